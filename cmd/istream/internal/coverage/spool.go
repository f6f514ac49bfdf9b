package coverage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

// longest is more than a segment lasts.
const longest = 3 * time.Hour

// look reads the ledgers in the spool, and the segments that the bus does not
// know. What vanishes meanwhile is shipped, and told on the bus.
func (b *book) look(ctx context.Context, dir *spool.Spool) error {
	folders, err := os.ReadDir(dir.Root())
	if err != nil {
		return fmt.Errorf("looking into the spool: %w", err)
	}
	for _, folder := range folders {
		if !folder.IsDir() || !events.ValidToken(folder.Name()) || b.of(folder.Name()) == nil {
			continue
		}
		if err := b.lookInto(ctx, dir, folder.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) lookInto(ctx context.Context, dir *spool.Spool, camera string) error {
	account := b.of(camera)
	for g, err := range dir.Gaps(camera) {
		if err != nil {
			return err
		}
		account.Gap(g)
	}
	known := account.Known()
	for f, err := range dir.Camera(ctx, camera) {
		if err != nil {
			return err
		}
		if known(f.Start) || f.Start.Add(longest).Before(b.From) || f.Start.After(b.To) {
			continue
		}
		info, err := spool.Measure(dir.Path(f))
		if errors.Is(err, fs.ErrPermission) {
			return err
		}
		if err == nil {
			account.File(f.Start, info.Duration)
		} // else gone, or no segment that can be played: nothing that would count
	}
	return nil
}
