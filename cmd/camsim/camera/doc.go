// Package camera is a simulated network camera: an ONVIF device (WS-Discovery,
// SOAP over HTTP) and its RTSP server, playing one of the project's clips. Many
// run in one process; each has ports of its own. What it does wrong is chosen by
// [Faults].
//
//	cam, err := camera.Start(ctx, camera.Config{Name: "front-door"})
//	...
//	defer cam.Close()
//	record(cam.RTSPURL())
//
// A camera answers discovery only on the NICs it is told, so that cameras of
// tests that run side by side do not show up in each other's scans.
package camera
