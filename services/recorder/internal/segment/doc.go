// Package segment cuts a session's units into segments and fragments. It is
// pure: units go in, chunks for the disk come out.
//
// A segment begins with a keyframe and ends with the picture before the first
// keyframe on or after its duration; parameter sets that change end it sooner.
// Its last sample lasts until the first of the next segment, so that segments
// joined are the stream. A fragment lasts a second at most, and need not begin
// with a keyframe. No unit is lost or stored twice at a cut.
package segment
