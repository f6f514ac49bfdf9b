package camera

import (
	"context"

	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/disk"
	"github.com/donhk/istream/services/recorder/internal/ledger"
)

// account has the ledger go on where an earlier recorder of the camera ended.
func (c *Camera) account(ctx context.Context, lock *spool.Lock) error {
	book := ledger.InFolder(lock)
	if c.NoLedger {
		book = ledger.Nowhere()
	}
	return c.ledger.Begin(book, disk.Earlier(ctx, lock, c.Clock), c.Clock.Now())
}
