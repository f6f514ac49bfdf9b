// Package interleaved takes apart what a camera sends over an RTSP connection
// once its stream has begun (RFC 2326, 10.12): packets of RTP and RTCP, each led
// by '$', a channel and a length, and RTSP messages between them.
//
// Cameras send what belongs to neither: the rest of a packet that was cut short
// when a buffer overflowed, text meant for a log, packets of channels that nobody
// asked for. After such junk the Parser goes on with the first packet that
// continues a stream it knows, or the first RTSP reply. It is pure: bytes go in,
// packets come out, and what is not whole yet is to be presented again.
package interleaved
