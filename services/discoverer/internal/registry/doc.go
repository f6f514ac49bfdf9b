// Package registry decides which cameras there are and what has changed of
// them, from what scans saw. It does no I/O and has no clock.
//
// A camera is a video source of a device; a DVR has several. It is known by
// its device's endpoint reference, else by hardware address, serial number or
// address, the first that is no placeholder. Two devices that are seen at once
// under different endpoint references, or at different addresses, stay two,
// whatever else they share.
//
// Its id is made once, of the model and a few digits of a hash of that key,
// and stays: over addresses, restarts and a model that is learned later. A
// name given by hand is an id of itself, and stays with the device that it was
// given to, until it gets another.
package registry
