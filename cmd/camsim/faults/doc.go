// Package faults names what a simulated camera can do wrong on demand, as real
// ones do. One field of [Faults] is one fault: its tags give the name and the
// help that the command shows, its type says whether a value goes with it. To
// add a fault, add a field and act on it where it belongs: camsim/internal/wsd
// for discovery, onvif for HTTP and SOAP, rtsp for streams.
package faults
