// Package policy decides what footage goes when there is too much. It has no
// I/O and no clock.
//
// The oldest goes first, over all cameras, and no more than has to: what goes
// are the first objects, in the order of their starts, of those that may go
// and whose bytes bring the use down to the quota. A camera's newest segment
// never goes, nor its open tail, so that there is always something of every
// camera, and nobody writes into what is being deleted.
package policy
