// Package onvif asks one device who it is and which streams it offers.
//
// The requests and their envelope are github.com/use-go/onvif's; all that it
// leaves open is closed here. A call ends after 5 s and a device after 20 s,
// whatever it does; a body is read to its end or to 1 MiB, then closed, inside
// the transport; answers are read leniently and by local names; a wrong
// password is told apart from everything else, by status and by SOAP fault.
//
// Calls are signed by WS-UsernameToken with the device's clock, and by HTTP
// Digest where a 401 asks for it. The password itself is never sent.
package onvif
