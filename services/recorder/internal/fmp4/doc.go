// Package fmp4 writes fragmented MP4 (ISO/IEC 14496-12): the header of a file,
// and the header of a fragment, whose data the caller already has in memory and
// need not copy.
//
// Sound in G.711 is stored as it comes, under the registered sample entries
// alaw and ulaw, which QuickTime, VLC and ffmpeg play. A browser that knows no
// such sound plays the picture alone.
package fmp4
