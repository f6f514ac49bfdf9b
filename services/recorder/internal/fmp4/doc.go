// Package fmp4 writes fragmented MP4 (ISO/IEC 14496-12): the header of a file,
// and the header of a fragment, whose data the caller already has in memory and
// need not copy.
//
// Sound in G.711 and LPCM is stored as it comes, under the registered sample
// entries of QuickTime (alaw, ulaw, raw, twos, in24), which players know; see
// docs/decisions. A browser that knows no such sound plays the picture alone.
package fmp4
