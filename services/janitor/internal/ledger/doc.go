// Package ledger is the janitor's own account of the footage in the bucket:
// every object of iStream's with its size, ordered by the start of what it
// shows, in some 25 bytes an object.
//
// Three sources write to it, in this order of trust: the janitor's own
// deletes, listings (Begin), and events (Created, Removed). An event may come
// late, twice, in the wrong order, or be false, so that it is no more than a
// Claim: the ledger counts the larger of what was known and what is claimed,
// and whoever wants to delete something on the strength of it looks at the
// store first (Claims, Settle). By that the ledger's use may be too high for a
// moment, and too low only where an event was lost, until the next listing.
//
// A listing takes time, in which objects come and go. Each entry carries the
// number of the listing by which, or during which, it was last set: what was
// touched since a listing began is left alone by it, and what was neither
// touched nor seen is gone when it ends.
//
// A Ledger may be used from several goroutines.
package ledger
