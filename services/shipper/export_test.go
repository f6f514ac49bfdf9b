package shipper

// RunWith is Run with another bound on the segments held and another time to
// drain.
var RunWith = run
