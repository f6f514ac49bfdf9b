// Package rtsp holds a session with a camera: it connects, chooses the tracks
// that can be stored, and turns their packets into units until the session ends.
// What goes wrong is told in one plain sentence that names the cause (Fault),
// and never shows credentials: those enter no URL, and leave this package only
// as the answer to a camera's challenge.
//
// Packets come over the RTSP connection itself unless told otherwise: none is
// lost on the way, and no port has to be open. UDP, RTSP through HTTP and RTSP
// through TLS are the other ways (route, dial, tunnel). On the plain connection
// packets are read by us, at ticks (gather, receiver); all others by gortsplib.
//
// gortsplib speaks the protocol. What it does less well than cameras need is
// done beside it, by looking at each request and reply (control): signing in,
// again whenever a camera changes its challenge; keeping the session alive in
// a way that the camera takes, before the time-out that it tells; following
// redirects within bounds; and TEARDOWN, whose reply is awaited so that no
// session meets the one before. What was found out serves the next session
// (Habits).
package rtsp
