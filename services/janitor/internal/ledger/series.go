package ledger

import (
	"slices"
	"sort"
)

// entry is an object of a camera in 24 bytes.
type entry struct {
	start int64
	size  int64  // gone: deleted while a listing runs
	rank  uint32 // see position
	mark  uint32 // the listing that saw it, or during which it was set
}

const gone = -1

func (e *entry) position() position { return position{start: e.start, rank: e.rank} }

// chunkSize bounds how much is moved for an insertion in the middle.
const chunkSize = 256

// series keeps entries in order, in chunks that are never empty. Footage comes
// at the end and goes at the front, which leaves the chunks full.
type series struct{ chunks [][]entry }

// find gives the place of p, or where it would be inserted.
func (s *series) find(p position) (c, i int, found bool) {
	c = sort.Search(len(s.chunks), func(k int) bool { return p.before(s.chunks[k][0].position()) }) - 1
	if c < 0 {
		return 0, 0, false
	}
	chunk := s.chunks[c]
	i = sort.Search(len(chunk), func(k int) bool { return !chunk[k].position().before(p) })
	return c, i, i < len(chunk) && chunk[i].position() == p
}

// get returns p's entry, valid until the series changes, or nil.
func (s *series) get(p position) *entry {
	c, i, found := s.find(p)
	if !found {
		return nil
	}
	return &s.chunks[c][i]
}

// add inserts an entry whose place is free.
func (s *series) add(e entry) {
	c, i, _ := s.find(e.position())
	switch {
	case len(s.chunks) == 0:
		s.chunks = append(s.chunks, []entry{e})
	case len(s.chunks[c]) < chunkSize:
		s.chunks[c] = slices.Insert(s.chunks[c], i, e)
	case c == len(s.chunks)-1 && i == chunkSize:
		s.chunks = append(s.chunks, append(make([]entry, 0, chunkSize), e))
	default:
		s.split(c)
		s.add(e)
	}
}

func (s *series) split(c int) {
	half := append(make([]entry, 0, chunkSize), s.chunks[c][chunkSize/2:]...)
	s.chunks[c] = s.chunks[c][:chunkSize/2]
	s.chunks = slices.Insert(s.chunks, c+1, half)
}

// remove takes p's entry out, if it is there.
func (s *series) remove(p position) {
	c, i, found := s.find(p)
	if !found {
		return
	}
	if s.chunks[c] = slices.Delete(s.chunks[c], i, i+1); len(s.chunks[c]) == 0 {
		s.chunks = slices.Delete(s.chunks, c, c+1)
	}
}

// keep takes out all entries that stay is false for, and closes the ranks.
func (s *series) keep(stay func(entry) bool) {
	kept := s.chunks[:0]
	for _, chunk := range s.chunks {
		chunk = slices.DeleteFunc(chunk, func(e entry) bool { return !stay(e) })
		last := len(kept) - 1
		switch {
		case len(chunk) == 0:
		case last >= 0 && len(kept[last])+len(chunk) <= chunkSize:
			kept[last] = append(kept[last], chunk...)
		default:
			kept = append(kept, chunk)
		}
	}
	clear(s.chunks[len(kept):])
	s.chunks = kept
}

// last is the newest entry that is not gone, or nil.
func (s *series) last() *entry {
	for _, chunk := range slices.Backward(s.chunks) {
		for i := range slices.Backward(chunk) {
			if chunk[i].size != gone {
				return &chunk[i]
			}
		}
	}
	return nil
}

func (s *series) empty() bool { return len(s.chunks) == 0 }
