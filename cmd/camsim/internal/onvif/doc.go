// Package onvif is the SOAP side of a simulated camera (ONVIF Core, Media and
// Media2 service specifications): the few operations with which a recorder finds
// its streams, answered as cheap cameras answer them, over plain HTTP.
//
// Which operations there are is one table in operations.go; what they answer is
// in the folder replies, a template each. GetSystemDateAndTime, GetServices,
// GetCapabilities and GetScopes need no credentials (ONVIF Core, PRE_AUTH); the
// rest asks as [Auth] says.
package onvif
