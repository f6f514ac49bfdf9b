// Package recorder writes what cameras send into the spool, untouched: no
// decoding, no encoding, one fragment of a second at most to the disk at a time.
//
// Run is the service. Which cameras it records it learns from the registry on
// the bus and from CAMERAS, and shares them with the other recorders of the
// site. Neither the bus nor the discoverer has to be there for what is named in
// CAMERAS: those are recorded from the start, and nothing that happens on the
// bus stops a recording. Two recorders never write one camera: the lock of its
// folder sees to that, which the kernel takes back from whoever dies.
//
// A file under its closed name is whole and on the disk; the news of it is told
// after that. kill -9 costs at most the fragment being written, and the next
// recorder mends the rest. Record records a single stream without any of this.
package recorder
