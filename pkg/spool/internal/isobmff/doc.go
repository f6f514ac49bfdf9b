// Package isobmff reads as much of fragmented MP4 (ISO/IEC 14496-12) as the
// spool needs: the tracks of a movie header, the timing of a fragment, and an
// index of the fragments. What it reads may be cut short, corrupted or hostile:
// sizes are bounded before memory is taken, and nothing panics.
package isobmff
