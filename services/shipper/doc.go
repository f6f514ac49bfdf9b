// Package shipper brings closed segments from the spool into the store.
//
// The spool is the truth: it is read at the start, after each loss of the bus,
// and every RESCAN_INTERVAL; what the recorder tells on the bus only makes it
// quicker. A segment's way:
//
//  1. its bytes are stored under the segment's key, confirmed by the store with
//     size and checksum;
//  2. segments.<site>.<camera>.uploaded is told;
//  3. the local file is removed.
//
// A crash anywhere repeats what was not finished: the key and the bytes are the
// same, so that the bucket never holds a segment twice. A file that is no
// readable MP4 is shipped as it is. Nothing is given up: each fault is met by
// waiting and trying again, longer each time, up to a minute (internal/backlog
// has the order).
//
// Memory does not grow with the backlog.
package shipper
