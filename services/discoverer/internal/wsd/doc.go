// Package wsd finds devices by WS-Discovery (OASIS 1.0 of April 2005, as the
// ONVIF Core Specification, chapter 7, asks for it).
//
// Probe asks on every NIC at once, on a socket of its own for each address, so
// that the answer's source address is known and neither the default route nor
// another NIC has a say. Three probes are sent, since devices differ in which
// they answer: for dn:NetworkVideoTransmitter, for tds:Device, and without a
// type. Each is repeated with jitter, so that a lost datagram loses no camera.
//
// A Listener hears what is sent to the group itself: Hello, and answers by
// multicast. Nothing that is heard is trusted: datagrams are bounded in number
// a source and in size, and whatever can't be read is dropped.
package wsd
