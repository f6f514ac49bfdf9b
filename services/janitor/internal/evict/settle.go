package evict

import (
	"context"
	"fmt"
)

// settle looks up what events have claimed.
func (e *Evictor) settle(ctx context.Context) error {
	for _, c := range e.ledger.Claims(e.Quota) {
		size, found, err := look(ctx, e.store, c.Key())
		if err != nil {
			return fmt.Errorf("looking for %s: %w", c.Key(), err)
		}
		if e.ledger.Settle(c, size, found) {
			e.Vanished(c.Object)
		}
	}
	return nil
}

// look asks by a listing, since the janitor's key may list but need not read.
// The key itself comes before all that begin with it.
func look(ctx context.Context, store Store, key string) (size int64, found bool, err error) {
	for o, err := range store.List(ctx, key) {
		return o.Size, err == nil && o.Key == key, err
	}
	return 0, false, nil
}
