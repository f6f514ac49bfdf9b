package evict

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/janitor/internal/ledger"
	"github.com/donhk/istream/services/janitor/internal/policy"
)

const (
	batch    = 1000 // what S3 deletes in one request at most
	patience = 10   // how many batches in a row may be refused whole
)

// pass is one Pass's memory of what the store would not delete.
type pass struct {
	*Evictor
	refused map[string]bool // since the last success
	fault   error           // the first
}

// Pass deletes until the footage is within the quota. It does nothing while
// the ledger is not to be trusted. One Pass at a time.
func (e *Evictor) Pass(ctx context.Context) error {
	p := pass{Evictor: e, refused: map[string]bool{}}
	e.held.prune(time.Now())
	for barren := 0; e.ledger.Trusted() && barren < patience; barren++ {
		if err := e.settle(ctx); err != nil {
			return err
		}
		goes, over := e.choose(batch, p.refused)
		if len(goes) == 0 {
			return p.outcome(over)
		}
		deleted, err := p.delete(ctx, goes)
		if err != nil {
			return err
		}
		if deleted > 0 {
			// So the store does delete, just not these.
			e.held.hold(p.refused, time.Now())
			clear(p.refused)
			barren = 0
		}
	}
	return p.fault
}

// delete returns how many objects went. An error is one that the rest would
// meet as well.
func (p *pass) delete(ctx context.Context, goes []ledger.Object) (deleted int, err error) {
	keys, left := make([]string, len(goes)), make(map[string]ledger.Object, len(goes))
	for i, o := range goes {
		keys[i] = o.Key()
		left[keys[i]] = o
	}
	for d := range p.store.Delete(ctx, keys) {
		o, ok := left[d.Key]
		if !ok {
			continue // not asked for, or told twice
		}
		delete(left, d.Key)
		switch {
		case d.Err == nil:
			deleted++
			p.held.release(d.Key)
			if p.ledger.Forget(o) {
				p.Vanished(o)
			}
			p.Deleted(o)
		case hopeless(d.Err):
			err = d.Err
		default:
			p.refuse(o, d.Err)
		}
	}
	for _, o := range left {
		p.refuse(o, fmt.Errorf("deleting %s: the store told nothing of it", o.Key()))
	}
	p.log.Debug("deleted footage", "objects", deleted, "of", len(goes))
	return deleted, err
}

func (p *pass) refuse(o ledger.Object, err error) {
	p.refused[o.Key()] = true
	p.Refused(o, err)
	if p.fault == nil {
		p.fault = err
	}
}

// hopeless: not a matter of the one object.
func hopeless(err error) bool {
	for _, class := range []error{objstore.ErrUnavailable, objstore.ErrNoBucket, objstore.ErrClockSkew, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

func (p *pass) outcome(over int64) error {
	switch {
	case p.fault != nil || over <= 0:
		return p.fault
	case len(p.held) > 0:
		return fmt.Errorf("%v over, and the store won't delete %d objects", setting.Size(over), len(p.held))
	default:
		return fmt.Errorf("%v over, and %w", setting.Size(over), ErrOver)
	}
}

// Choose lists what a Pass would delete, limit objects at most, and by how
// many bytes that falls short of the quota.
func (e *Evictor) Choose(limit int) (goes []ledger.Object, over int64) { return e.choose(limit, nil) }

func (e *Evictor) choose(limit int, refused map[string]bool) (goes []ledger.Object, over int64) {
	now := time.Now()
	skip := func(o ledger.Object) bool {
		if len(refused) == 0 && len(e.held) == 0 {
			return false // spares the key's text
		}
		key := o.Key()
		return refused[key] || e.held.has(key, now)
	}
	e.ledger.Read(func(v ledger.View) { goes, over = policy.Choose(v, e.Quota, limit, skip) })
	return goes, over
}
