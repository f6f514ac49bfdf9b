// Package s3 is an objstore.Bucket on any store that speaks S3 (minio-go).
//
// A Put is one PUT of known size, whatever the size, so that a killed upload
// leaves nothing behind. The payload is not signed; it carries its CRC32C as a
// trailer, computed as the file is read, which the store verifies before it
// keeps anything. The store's reply repeats the checksum: that is the
// confirmation, and needs no right but to put. Where a reply has none, the
// object is asked for.
//
// A line that swallows packets is noticed: connecting takes 10 s at most, the
// kernel gives up on unacknowledged bytes after 25 s (Linux), a reply begins
// within 30 s of the request's end, and a connection on which nothing moves
// ends after a minute. What goes on moving may take long.
//
// Open makes no connection; nothing runs between the calls.
package s3
