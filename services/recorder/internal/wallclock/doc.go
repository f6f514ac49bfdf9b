// Package wallclock is the time that recordings are named by, and how far it may
// be trusted. An instant, as a frame's arrival, is a time.Time whose differences
// are monotonic. Which time of day it was is asked for apart, since the wall clock
// may be set at any time: then the newer one is right.
package wallclock
