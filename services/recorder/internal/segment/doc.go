// Package segment cuts a session's units into segments and fragments. It is
// pure: units go in, chunks for the disk come out.
//
// A segment begins with a keyframe and ends with the picture before the first
// keyframe on or after its duration; parameter sets that change end it sooner.
// Where no keyframe comes, it ends all the same once it is as long as Longest
// says, the next begins with what comes then, and ends at the first keyframe: no
// picture is left out, and the files joined play as the stream does.
//
// Its last sample lasts until the first of the next segment, so that segments
// joined are the stream. A fragment lasts a second at most, by the pictures' times
// and about so by their arrival, and need not begin with a keyframe. No unit is lost or stored twice at a cut.
package segment
