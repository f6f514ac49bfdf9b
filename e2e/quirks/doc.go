// Package quirks holds the recorder to what it promises where a camera is bad:
// each fault of RTSP that cameras in the field have, played by the simulated
// camera, against the recorder's own code. The footage is read by another
// parser than the one that wrote it, and every frame is looked for by the number
// that the camera gave it.
package quirks
