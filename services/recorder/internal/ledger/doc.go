// Package ledger keeps the account of what was not recorded: a gap opens with
// its cause when footage stops, and closes when it goes on, so that footage and
// gaps together cover every second since the camera was first seen.
//
// Each gap is told on the bus and written into the camera's folder. So the
// account outlives the recorder, whose successor closes the gap that it left or
// opens the one that it could not, and it outlives the bus.
//
// Lengths are true whatever the wall clock does. A clock that is set has a gap
// of its own (events.CauseClock) between the time before and the time after. One
// that was not disciplined and then is: then the gaps of the time before are
// dated anew, as the segments are.
package ledger
