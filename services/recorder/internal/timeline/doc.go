// Package timeline gives samples their times. It is arithmetic alone: no clock,
// no I/O.
//
// Aligner puts the tracks of a session onto one time axis, which begins at the
// session's first unit, and mends time stamps that leave the truth: the axis
// may not part from the arrival of the packets by more than Tolerance. Reorder
// derives decode times where pictures are shown in another order than they are
// sent in.
package timeline
