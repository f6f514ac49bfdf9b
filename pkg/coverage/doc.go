// Package coverage works out of what is known of a camera, segments and gaps,
// what every moment of a stretch of time was: footage, a gap with its cause, or
// unknown. It is arithmetic alone: no clock, no I/O.
//
// Where several things are told of one moment, footage counts, unless it was
// dropped; then the causes go before each other as in Causes. What nothing is
// told of is unknown, and never hidden: only where less than the slack is
// missing between two things that are known does it count as the first of them,
// since arrivals jitter.
//
// Time that the wall clock skipped as it was set forward did not pass: it is
// told apart, and no part of what is covered or not.
package coverage
