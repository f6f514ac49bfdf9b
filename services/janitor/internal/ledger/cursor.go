package ledger

// cursor walks through one series.
type cursor struct {
	camera string
	tail   bool
	chunks [][]entry
	entry  *entry
	next   int // within the first of chunks
}

// newCursor stands at the first entry; nil where there is none.
func newCursor(camera string, tail bool, s *series) *cursor {
	c := &cursor{camera: camera, tail: tail, chunks: s.chunks}
	if !c.advance() {
		return nil
	}
	return c
}

// advance goes to the next entry that is not gone.
func (c *cursor) advance() bool {
	for len(c.chunks) > 0 {
		if c.next == len(c.chunks[0]) {
			c.chunks, c.next = c.chunks[1:], 0
			continue
		}
		c.entry = &c.chunks[0][c.next]
		c.next++
		if c.entry.size != gone {
			return true
		}
	}
	return false
}

// before is the order of View.Oldest; the camera's name only makes it the same
// each time.
func (c *cursor) before(d *cursor) bool {
	switch {
	case c.entry.start != d.entry.start:
		return c.entry.start < d.entry.start
	case c.tail != d.tail:
		return c.tail
	default:
		return c.camera < d.camera
	}
}

// cursors is a heap, the oldest entry's first.
type cursors []*cursor

func (h cursors) Len() int           { return len(h) }
func (h cursors) Less(i, j int) bool { return h[i].before(h[j]) }
func (h cursors) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *cursors) Push(x any)        { *h = append(*h, x.(*cursor)) }

func (h *cursors) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
