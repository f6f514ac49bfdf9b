// Package wsd answers WS-Discovery probes as a camera (WS-Discovery April 2005,
// ONVIF Core 7): on one multicast socket a NIC, Hello at the start and Bye at the
// end. Sockets share port 3702, so any number of cameras and other programs of
// one host hear each probe.
package wsd
