package backlog

import (
	"slices"
	"strings"

	"github.com/donhk/istream/pkg/spool"
)

// Waiting is what waits of a camera, on disk, whether held here or not.
type Waiting struct {
	Camera   string
	Segments int
	Bytes    int64

	newest int64 // start, Unix milliseconds, of all that was ever counted
}

type tally map[string]*Waiting

func (t tally) of(camera string) *Waiting {
	w, ok := t[camera]
	if !ok {
		w = &Waiting{Camera: camera}
		t[camera] = w
	}
	return w
}

func (t tally) add(f spool.File) {
	w := t.of(f.Camera)
	w.Segments++
	w.Bytes += f.Size
	w.newest = max(w.newest, f.Start.UnixMilli())
}

// later counts a file that is not held: a camera's newest was not counted
// before; of any other that is not known, and another look will tell.
func (t tally) later(f spool.File) {
	if f.Start.UnixMilli() > t.of(f.Camera).newest {
		t.add(f)
	}
}

func (t tally) remove(f spool.File) {
	w := t.of(f.Camera)
	w.Segments--
	w.Bytes -= f.Size
}

// Waiting lists the cameras that have something on disk, by name.
func (b *Backlog) Waiting() []Waiting {
	var all []Waiting
	for _, w := range b.tally {
		if w.Segments > 0 {
			all = append(all, *w)
		}
	}
	slices.SortFunc(all, func(x, y Waiting) int { return strings.Compare(x.Camera, y.Camera) })
	return all
}
