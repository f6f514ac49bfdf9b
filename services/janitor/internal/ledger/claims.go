package ledger

// claim is what an event said of a key, and nobody has verified.
type claim struct {
	Object
	created bool
	urgent  bool   // to be settled at once
	pass    uint32 // the listing under way, or the one before
	serial  uint64
}

// Claim is what is to be looked up in the store.
type Claim struct {
	Object
	serial uint64
}

// maxClaims is where one listing is cheaper than a look at each claim.
func (l *Ledger) maxClaims() int { return 1000 + l.objects/100 }

// Created records the claim that o was written, and reports whether more is
// counted by it.
func (l *Ledger) Created(o Object) (raised bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := int64(-1)
	if e := l.entry(o); e != nil {
		was = e.size
	}
	// A page that was fetched before may tell otherwise yet.
	if _, claimed := l.claims[o.Key()]; was == o.Size && !claimed && !l.listing {
		return false
	}
	l.claim(o, true)
	raised = o.Size > was
	o.Size = max(o.Size, was)
	l.put(o)
	return raised
}

// Removed records the claim that o is gone, and reports whether that matters.
// It counts on until the claim is settled.
func (l *Ledger) Removed(o Object) (known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known = l.entry(o) != nil; known || l.listing {
		l.claim(o, false)
	}
	return known
}

func (l *Ledger) claim(o Object, created bool) {
	if len(l.claims) >= l.maxClaims() {
		clear(l.claims)
		l.trusted, l.doubt = false, l.pass
	}
	l.serial++
	l.claims[o.Key()] = claim{Object: o, created: created, urgent: !created, pass: l.pass, serial: l.serial}
}

// Claims are those worth a look: the urgent ones, and all of them once more
// than quota is counted.
func (l *Ledger) Claims(quota int64) []Claim {
	l.mu.Lock()
	defer l.mu.Unlock()
	var worth []Claim
	for _, c := range l.claims {
		if c.urgent || l.used > quota {
			worth = append(worth, Claim{c.Object, c.serial})
		}
	}
	return worth
}

// Settle records what the store has under c's key. It reports whether an
// object that counted is gone. Where an event came after the look began, the
// claim stands, and the look is void.
func (l *Ledger) Settle(c Claim, size int64, found bool) (vanished bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := c.Key()
	if now, ok := l.claims[key]; !ok || now.serial != c.serial {
		return false
	}
	delete(l.claims, key)
	if !found {
		return l.drop(c.Object)
	}
	c.Size = min(max(size, 0), maxSize)
	l.put(c.Object)
	return false
}
