package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/events"
)

const (
	announceQueue   = 1024
	announceTimeout = 5 * time.Second
	drainTimeout    = 2 * time.Second
)

// Announce tells news without waiting: for those who must not stop for a bus
// that is away, above all the recorder. News is sent in order, persisted news
// again until the server has it; if more than the queue's 1,024 wait, new ones
// are not told. Nothing is lost by that: the files are the truth, and those
// who follow the news also look there.
func (b *Bus) Announce(ev events.Event) {
	select {
	case b.queue <- ev:
	default:
		b.untold.Add(1)
	}
}

func (b *Bus) announce(ctx context.Context) {
	defer close(b.done)
	for {
		select {
		case ev := <-b.queue:
			b.tell(ctx, ev)
			b.admit()
		case <-ctx.Done():
			b.admit()
			b.drain()
			return
		}
	}
}

// admit says how much news was not told, once the queue is through.
func (b *Bus) admit() {
	if len(b.queue) > 0 {
		return
	}
	if n := b.untold.Swap(0); n > 0 {
		b.log.Warn("bus: news was not told, since too much waited", "events", n)
	}
}

// tell tries until the event is stored or ctx ends. Fragments are not worth a
// second try: the next is half a second away.
func (b *Bus) tell(ctx context.Context, ev events.Event) {
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		if b.once(ctx, ev) || !persisted(ev) {
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			// Once more, in drain's time: the server may answer by now.
			last, cancel := context.WithTimeout(context.Background(), drainTimeout)
			b.once(last, ev)
			cancel()
			return
		}
	}
}

func (b *Bus) once(parent context.Context, ev events.Event) bool {
	ctx, cancel := context.WithTimeout(parent, announceTimeout)
	defer cancel()
	err := b.Publish(ctx, ev)
	switch {
	case err == nil:
		b.fault.Recovered()
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		// The server came back without its files.
		if err := b.Ensure(ctx); err != nil {
			b.fault.Failed(err)
		}
	case parent.Err() == nil && (ctx.Err() == nil || persisted(ev)):
		b.fault.Failed(err)
	}
	return err == nil
}

func (b *Bus) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	for {
		select {
		case ev := <-b.queue:
			if !b.once(ctx, ev) {
				return // no server: the rest has no better chance
			}
		default:
			if b.NC.IsConnected() {
				if err := b.NC.FlushWithContext(ctx); err != nil {
					b.log.Warn("bus: last news may be lost", "error", err)
				}
			}
			return
		}
	}
}
