package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/events"
)

// ErrHeld says that somebody else has the lease.
var ErrHeld = errors.New("the lease is held by another")

// ErrAnew says that the bus has begun anew, without the leases that there were.
var ErrAnew = errors.New("the leases have begun anew: open them again")

// Lease is a claim that lasts for LeaseTTL after its last renewal.
type Lease struct {
	Key    string
	Holder string
	// Token grows with every grant of a key, also over a restart of the bus.
	Token uint64

	revision uint64
}

// Leases hands out leases, kept in memory by the bus.
//
// Their revisions begin anew with the bus. Tokens grow all the same: an epoch,
// kept on disk, counts the incarnations of the bucket, and leads the token.
//
// A Leases belongs to one of them: in the next, its watches hear nothing, and
// Acquire fails with ErrAnew.
type Leases struct {
	kv      jetstream.KeyValue
	bus     *Bus
	created time.Time // of the bucket
}

// Leases opens the bucket of leases; call it again where calls fail for good.
func (b *Bus) Leases(ctx context.Context) (*Leases, error) {
	kv, err := b.JS.KeyValue(ctx, events.KVLeases)
	if err != nil {
		return nil, fmt.Errorf("opening the leases: %w", err)
	}
	l := &Leases{kv: kv, bus: b}
	if l.created, err = l.creation(ctx); err != nil {
		return nil, fmt.Errorf("opening the leases: %w", err)
	}
	return l, nil
}

// Acquire takes the lease of key if nobody has it, else ErrHeld. A holder that
// has it already, since an answer was lost on the way, is given it again.
func (l *Leases) Acquire(ctx context.Context, key, holder string) (Lease, error) {
	epoch, err := l.epoch(ctx)
	if err != nil {
		return Lease{}, fmt.Errorf("leasing %s: %w", key, err)
	}
	revision, err := l.kv.Create(ctx, key, []byte(holder))
	if errors.Is(err, jetstream.ErrKeyExists) {
		revision, err = l.own(ctx, key, holder)
	}
	if errors.Is(err, ErrHeld) {
		return Lease{}, ErrHeld
	}
	if err != nil {
		return Lease{}, fmt.Errorf("leasing %s: %w", key, err)
	}
	return Lease{Key: key, Holder: holder, Token: epoch<<40 | revision&(1<<40-1), revision: revision}, nil
}

// Renew prolongs a lease; ErrHeld means that it is lost.
func (l *Leases) Renew(ctx context.Context, lease *Lease) error {
	revision, err := l.kv.Update(ctx, lease.Key, []byte(lease.Holder), lease.revision)
	if isConflict(err) {
		revision, err = l.own(ctx, lease.Key, lease.Holder)
	}
	if errors.Is(err, ErrHeld) {
		return ErrHeld
	}
	if err != nil {
		return fmt.Errorf("renewing %s: %w", lease.Key, err)
	}
	lease.revision = revision
	return nil
}

// own is the revision of a key that holder has, though it knows of another: the
// answer to its last change was lost.
func (l *Leases) own(ctx context.Context, key, holder string) (uint64, error) {
	entry, err := l.kv.Get(ctx, key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return 0, ErrHeld // it ran out just now
	case err != nil:
		return 0, err
	case string(entry.Value()) != holder:
		return 0, ErrHeld
	}
	return entry.Revision(), nil
}

// Release gives a lease back; that of somebody else is left alone.
func (l *Leases) Release(ctx context.Context, lease Lease) error {
	err := l.kv.Delete(ctx, lease.Key, jetstream.LastRevision(lease.revision))
	if err != nil && !isConflict(err) {
		return fmt.Errorf("releasing %s: %w", lease.Key, err)
	}
	return nil
}

// Evict frees the lease of a holder that is known to have ended; it is left
// alone where somebody else has it.
func (l *Leases) Evict(ctx context.Context, key, holder string) error {
	revision, err := l.own(ctx, key, holder)
	if errors.Is(err, ErrHeld) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("evicting from %s: %w", key, err)
	}
	return l.Release(ctx, Lease{Key: key, Holder: holder, revision: revision})
}

// Watch calls changed with the holder of each key that matches the filter (a
// subject), first as they are and then at each change; an empty holder means
// that the lease is free: given back or run out. listed is called once, when
// what is held at first has been told. The error says why the watch ended.
func (l *Leases) Watch(ctx context.Context, filter string, changed func(key, holder string), listed func()) error {
	watch, err := l.kv.Watch(ctx, filter)
	if err != nil {
		return fmt.Errorf("watching the leases: %w", err)
	}
	defer func() { _ = watch.Stop() }() // fails where the connection is gone already
	for {
		select {
		case entry, ok := <-watch.Updates():
			switch {
			case !ok:
				return errors.New("watching the leases: the watch ended")
			case entry == nil:
				listed()
			case entry.Operation() == jetstream.KeyValuePut:
				changed(entry.Key(), string(entry.Value()))
			default:
				changed(entry.Key(), "")
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// incarnation is the value of the epoch's key: which bucket of leases it
// belongs to, by the time the server made it.
type incarnation struct {
	Epoch   uint64    `json:"epoch"`
	Created time.Time `json:"created"`
}

// creation is when the server made the bucket that there is now.
func (l *Leases) creation(ctx context.Context) (time.Time, error) {
	stream, err := l.bus.JS.Stream(ctx, "KV_"+events.KVLeases)
	if err != nil {
		return time.Time{}, err
	}
	return stream.CachedInfo().Created.UTC(), nil
}

// epoch counts the incarnations of the leases' bucket. Whoever meets a new one
// first counts it; compare-and-set lets only one do so.
func (l *Leases) epoch(ctx context.Context) (uint64, error) {
	created, err := l.creation(ctx)
	if err != nil {
		return 0, err
	}
	if !created.Equal(l.created) {
		return 0, ErrAnew
	}
	meta, err := l.bus.JS.KeyValue(ctx, events.KVMeta)
	if err != nil {
		return 0, err
	}
	for {
		known, revision, err := readIncarnation(ctx, meta)
		if err != nil {
			return 0, err
		}
		if known.Created.Equal(created) {
			return known.Epoch, nil
		}
		value, err := json.Marshal(incarnation{Epoch: known.Epoch + 1, Created: created})
		if err != nil {
			return 0, err
		}
		if _, err := meta.Update(ctx, epochKey, value, revision); err != nil && !isConflict(err) {
			return 0, err
		}
	}
}

const epochKey = "lease.epoch"

func readIncarnation(ctx context.Context, meta jetstream.KeyValue) (incarnation, uint64, error) {
	entry, err := meta.Get(ctx, epochKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return incarnation{}, 0, nil
	}
	if err != nil {
		return incarnation{}, 0, err
	}
	var known incarnation
	if err := json.Unmarshal(entry.Value(), &known); err != nil {
		return incarnation{}, 0, fmt.Errorf("reading %s: %w", epochKey, err)
	}
	return known, entry.Revision(), nil
}

// isConflict: the key has another revision than the one expected.
func isConflict(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		errors.Is(err, jetstream.ErrKeyExists)
}
