// Package depacket makes units of the payloads of RTP packets: RFC 6184 (H.264),
// RFC 7798 (H.265), "RTP Payload Format For AV1", RFC 2435 (JPEG), RFC 3640 (AAC),
// RFC 3551 and 3190 (G.711, LPCM), RFC 7587 (Opus).
//
// It takes what cameras really send: marker bits on every NAL unit or on none,
// parameter sets with a time stamp of their own, several NAL units in one behind
// start codes. Where one access unit ends is told by the next (H.264, 7.4.1.2.3),
// so each unit comes out with the first packet of the one after it; or at a rest
// in the stream, with its marker, where the camera's markers have proven good. A
// payload is copied once, into its unit.
package depacket
