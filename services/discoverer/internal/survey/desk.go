package survey

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/pause"
	"github.com/donhk/istream/services/discoverer/internal/wsd"
)

// The bounds of a round, against devices that are made up.
const (
	maxContacts  = 1024
	maxPerSource = 256
	parallel     = 48 // visits at a time
)

// again is how long after a visit a Hello leads to another.
const again = 30 * time.Second

// desk sends out the visits: one a device and round, in parallel. A visit
// starts a moment after the first reply, when the others are likely in.
type desk struct {
	visit  func(context.Context, contact)
	settle time.Duration

	slots chan struct{}
	mu    sync.Mutex
	idle  *sync.Cond
	round map[string]*errand
	count map[netip.Addr]int
	out   int // visits that are not over
}

// errand is a contact and where its visit stands.
type errand struct {
	contact
	left  bool      // what is heard now comes too late for the visit
	ended time.Time // zero: it is not over
}

func newDesk(settle time.Duration, visit func(context.Context, contact)) *desk {
	d := &desk{visit: visit, settle: settle, slots: make(chan struct{}, parallel)}
	d.idle = sync.NewCond(&d.mu)
	d.round, d.count = map[string]*errand{}, map[netip.Addr]int{}
	return d
}

// begin starts a round, in which each device is visited once more.
func (d *desk) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.count)
	for key, c := range d.round {
		if !c.ended.IsZero() {
			delete(d.round, key)
		}
	}
}

// hear takes in what a device said.
func (d *desk) hear(ctx context.Context, h wsd.Heard) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := keyOf(h)
	c := d.round[key]
	switch {
	case c == nil:
		if len(d.round) >= maxContacts || d.count[h.Source] >= maxPerSource {
			return
		}
		d.count[h.Source]++
		c = &errand{contact: contact{key: key}}
		c.add(h)
		d.send(ctx, c, d.settle)
	case !c.left:
		c.add(h)
	case h.Hello && !c.ended.IsZero() && time.Since(c.ended) >= again:
		*c = errand{contact: contact{key: key}}
		c.add(h)
		d.send(ctx, c, d.settle)
	}
}

// call sends out a visit that was asked for by hand.
func (d *desk) call(ctx context.Context, c contact) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if was := d.round[c.key]; was == nil || !was.ended.IsZero() {
		d.send(ctx, &errand{contact: c}, 0)
	}
}

func (d *desk) send(ctx context.Context, c *errand, settle time.Duration) {
	d.round[c.key] = c
	d.out++
	go func() {
		defer d.done(c)
		if pause.For(ctx, settle) != nil {
			return
		}
		select {
		case d.slots <- struct{}{}:
			defer func() { <-d.slots }()
		case <-ctx.Done():
			return
		}
		d.mu.Lock()
		c.left = true
		visited := c.contact
		d.mu.Unlock()
		d.visit(ctx, visited)
	}()
}

func (d *desk) done(c *errand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.left, c.ended = true, time.Now()
	d.out--
	d.idle.Broadcast()
}

// wait returns when all visits are over.
func (d *desk) wait() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.out > 0 {
		d.idle.Wait()
	}
}
