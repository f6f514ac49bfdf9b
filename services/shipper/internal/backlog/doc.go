// Package backlog knows what waits for the store, how much it is, and what may
// be tried next. It has neither I/O nor clock nor lock: callers give the time
// and call from one goroutine at a time.
//
// Order. The oldest segment goes first. A failure says little about its cause,
// so that two things follow from it. The line rests, longer with each failure
// in a row, and is then tried by one segment alone until one gets through. And
// a segment that failed three times leaves the next trial to the one after it.
// Once any segment gets through, those that failed meanwhile are suspected:
// each waits for itself, longer each time, so that a segment which the store
// will not have blocks nobody, and one that met a bad moment is soon back.
//
// Bound. However much lies on disk, the oldest segments alone are held here, up
// to a limit; the rest is counted. Low asks for another look at the disk.
package backlog
