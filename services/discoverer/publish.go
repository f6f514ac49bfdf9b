package discoverer

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/pause"
)

// busTime bounds one call to the bus.
const busTime = 10 * time.Second

// publisher brings cameras to the bus: the newest of each, as often as it
// takes, and again where the bus has forgotten.
type publisher struct {
	bus    *bus.Bus
	site   string
	repeat *fault.Repeat

	mu      sync.Mutex
	waiting map[string]events.Camera // by id
	work    chan struct{}            // there is something to do
	doubt   bool                     // whether the bus has what it was told
}

func newPublisher(b *bus.Bus, site string, log *slog.Logger) *publisher {
	return &publisher{
		bus: b, site: site, repeat: fault.New(log, "telling of cameras"),
		waiting: map[string]events.Camera{}, work: make(chan struct{}, 1),
	}
}

// put has changes published; it does not wait.
func (p *publisher) put(changes []events.Camera) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range changes {
		p.waiting[c.ID] = c
	}
	p.wake()
}

// check has it seen to that the bus still has all; it does not wait.
func (p *publisher) check() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doubt = true
	p.wake()
}

func (p *publisher) wake() { signal(p.work) }

// run works until ctx ends; all are the cameras that the bus should have.
func (p *publisher) run(ctx context.Context, all func() []events.Camera) error {
	listener := p.bus.NC.StatusChanged(nats.CONNECTED)
	defer p.bus.NC.RemoveStatusListener(listener)
	back := listener
	for {
		select {
		case <-p.work:
		case _, open := <-back: // it may have lost its files
			if !open {
				back = nil // the connection was closed for good
			}
			p.check()
			continue
		case <-ctx.Done():
			return nil
		}
		for wait := time.Second; ; wait = min(2*wait, time.Minute) {
			err := p.flush(ctx, all)
			if ctx.Err() != nil {
				return nil
			}
			if err == nil {
				p.repeat.Recovered()
				break
			}
			p.repeat.Failed(err)
			p.check()
			if p.bus.Ready(ctx) != nil || pause.For(ctx, wait) != nil {
				return nil
			}
		}
	}
}

// flush brings the bus up to date.
func (p *publisher) flush(ctx context.Context, all func() []events.Camera) error {
	p.mu.Lock()
	doubt := p.doubt
	p.doubt = false
	p.mu.Unlock()
	if doubt {
		if err := p.compare(ctx, all()); err != nil {
			return err
		}
	}
	for _, c := range p.next() {
		if err := p.store(ctx, c); err != nil {
			return err
		}
		p.stored(c)
	}
	return nil
}

func (p *publisher) store(ctx context.Context, c events.Camera) error {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	return p.bus.PutCamera(ctx, c)
}

// compare has those published again that the bus does not have as they are.
func (p *publisher) compare(ctx context.Context, all []events.Camera) error {
	known, err := cameras(ctx, p.bus, p.site)
	if err != nil {
		return err
	}
	revisions := map[string]uint64{}
	for _, c := range known {
		revisions[c.ID] = c.Revision
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range all {
		if _, waits := p.waiting[c.ID]; !waits && revisions[c.ID] != c.Revision {
			p.waiting[c.ID] = c
		}
	}
	return nil
}

func (p *publisher) next() []events.Camera {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(maps.Values(p.waiting), func(a, b events.Camera) int { return cmp.Compare(a.ID, b.ID) })
}

// stored forgets a camera, unless it has changed meanwhile.
func (p *publisher) stored(c events.Camera) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting[c.ID].Revision == c.Revision {
		delete(p.waiting, c.ID)
	}
}

// cameras are those that the bus knows.
func cameras(ctx context.Context, b *bus.Bus, site string) ([]events.Camera, error) {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	return b.Cameras(ctx, site)
}
