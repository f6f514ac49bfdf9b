// Package rtsp is the RTSP server of a simulated camera (RFC 2326): a path a
// stream, over TCP interleaved and UDP, with Basic and Digest credentials, from
// clips that play for ever. A stream without a viewer costs nothing; what
// several view is packetized once.
package rtsp
