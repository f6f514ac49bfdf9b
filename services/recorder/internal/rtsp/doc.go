// Package rtsp holds a session with a camera: it connects, chooses the tracks
// that can be stored, and turns their packets into units until the session ends.
// What goes wrong is told in one plain sentence that names the cause (Fault),
// and never shows credentials: those enter a URL here alone, percent-encoded,
// and leave this package only as RTSP's authentication.
//
// The stream is asked for over the RTSP connection itself (TCP): no packet is
// lost on the way, and no port has to be open.
package rtsp
