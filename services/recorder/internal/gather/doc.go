// Package gather reads a camera's stream rarely: a recorder is in no hurry, and
// to be woken for each packet is most of what recording costs. Between two reads
// the packets wait in the kernel.
//
// Until the stream begins, a Conn reads as any connection does. From the first
// packet on it is read at ticks that all connections of the process share, so
// that one wake-up serves all cameras. It is woken sooner only if more waits than
// the kernel may hold for it, so that no camera is ever held up, and when the
// connection ends.
//
// The packets are taken out of the stream by an interleaved.Parser and handed
// over where they lie; they are not copied. Only RTSP messages and RTCP go on to
// who reads the Conn.
package gather
