package ledger

// Listing is a walk through the bucket that sets the ledger right. One that is
// begun while another is under way puts an end to the other.
type Listing struct {
	l    *Ledger
	pass uint32
}

// Begin starts a listing; finish it with End or Abandon. The first page must
// be fetched after Begin.
func (l *Ledger) Begin() *Listing {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pass++
	l.listing = true
	return &Listing{l: l, pass: l.pass}
}

// Saw records an object as the store lists it, and reports whether the ledger
// had it otherwise. Order does not matter.
func (g *Listing) Saw(o Object) (changed bool) {
	l := g.l
	l.mu.Lock()
	defer l.mu.Unlock()
	if g.pass != l.pass {
		return false
	}
	c, ok := l.cameras[o.Camera]
	if ok {
		if e := c.series(o).get(o.position()); e != nil {
			if e.mark == g.pass {
				return false // touched since the listing began: newer than this page
			}
			changed = e.size != o.Size
			l.put(o)
			return changed
		}
	}
	l.put(o)
	return true
}

// End takes out what was not seen, after all was, and tells vanished of it,
// which must not call the ledger. Claims from before the listing are settled
// by it.
func (g *Listing) End(vanished func(Object)) {
	l := g.l
	l.mu.Lock()
	defer l.mu.Unlock()
	if g.pass != l.pass {
		return
	}
	l.sweep(func(e entry) bool { return e.mark == g.pass }, vanished)
	for key, c := range l.claims {
		if c.pass != g.pass {
			delete(l.claims, key)
		}
	}
	if !l.trusted && l.doubt != g.pass {
		l.trusted = true
	}
}

// Abandon ends a listing that failed midway: what it saw stands, and nothing
// is concluded from what it did not see.
func (g *Listing) Abandon() {
	l := g.l
	l.mu.Lock()
	defer l.mu.Unlock()
	if g.pass == l.pass {
		l.sweep(func(entry) bool { return true }, nil)
	}
}

// sweep takes out all that is gone already and all that stay is false for.
func (l *Ledger) sweep(stay func(entry) bool, vanished func(Object)) {
	l.listing = false
	for _, name := range l.names() {
		c := l.cameras[name]
		for _, tail := range []bool{false, true} {
			s := c.series(Object{Tail: tail})
			s.keep(func(e entry) bool {
				if e.size == gone || stay(e) {
					return e.size != gone
				}
				l.used -= e.size
				l.objects--
				vanished(l.object(name, tail, e))
				return false
			})
		}
		l.tidy(name, c)
	}
}
