// Package clip is the footage that a simulated camera plays: small clips made
// by this project (generate.sh), embedded in the binary, read into access units
// and played in real time without end.
//
// Every frame can be told from every other in two ways.
//
// In the stream: a [Sequence] puts an SEI message user_data_unregistered into
// each access unit, which holds the number of the frame since the camera
// started and the camera's name. [ParseStamp] reads it back. The number counts
// in decoding order, grows over the loops and is never used twice.
//
// In the picture: the lowest ninth is a row of 16 blocks, the frame's number in
// the clip in 8 bits, highest first, white for 1, and the same bits inverted.
// Scaled to one grey byte a block, [PictureNumber] reads it:
//
//	ffmpeg -i FILE -vf crop=iw:ih/9:0:ih*8/9,scale=16:1:flags=area,format=gray -f rawvideo -
//
// Each clip begins with an IDR picture, has closed GOPs alone, and its video and
// audio, where it has any, end at the same instant, so the loop has no seam.
package clip
