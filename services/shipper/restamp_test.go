package shipper_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/pause"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/pkg/spool"
)

// TestSegmentsThatAreRestampedMeanwhile: the recorder gives segments their true
// start while they are sent. Each is in the store once, under the one name or the
// other, and none is left.
func TestSegmentsThatAreRestampedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.cfg.Rescan = setting.Duration(time.Second)
	w.memory.PutFault = func(ctx context.Context, _ string) error {
		if rand.IntN(3) == 0 {
			return errors.New("RequestTimeTooSkewed")
		}
		return pause.For(ctx, rand.N(3*time.Millisecond)) // a line of some length
	}
	const count, off = 40, 24 * time.Hour
	files := make([]spool.File, count)
	for i := range files {
		n := segment("door", i)
		w.close(t, n)
		files[i] = spool.File{Camera: n.Camera, Start: n.Start, Closed: true}
	}
	dir, err := spool.Open(w.spool)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := dir.Lock("door", 0)
	if err != nil {
		t.Fatal(err)
	}
	w.start(t)
	eventually(t, func() error {
		if len(w.memory.Keys()) < 3 {
			return errors.New("nothing is sent")
		}
		return nil
	})
	busy, renamed := 0, 0
	rand.Shuffle(count, func(i, j int) { files[i], files[j] = files[j], files[i] })
	for _, f := range files {
		eventually(t, func() error {
			moved, err := lock.Restamp(f, f.Start.Add(off))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case errors.Is(err, spool.ErrBusy):
				busy++
				return err
			case err != nil:
				t.Fatal(err)
			}
			renamed++
			w.sums[moved.Name(site).Key()] = w.sums[f.Name(site).Key()]
			delete(w.sums, f.Name(site).Key())
			return nil
		})
	}
	eventually(t, w.shipped)
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d were renamed, %d times one was being sent", renamed, busy)
}

// TestAnObjectTellsOfTheClock, also where the bus did not.
func TestAnObjectTellsOfTheClock(t *testing.T) {
	w := newWorld(t)
	dir, err := spool.Open(w.spool)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		stamp       spool.Stamp
		clock, step string
	}{
		{spool.Stamp{Wall: epoch, State: events.ClockSynced}, "synced", ""},
		{spool.Stamp{Wall: epoch.Add(time.Minute), State: events.ClockSynced, Step: -time.Hour}, "synced", "-1h0m0s"},
		{spool.Stamp{Wall: epoch.Add(2 * time.Minute), State: events.ClockUnsynced}, "unsynced", ""},
		{spool.Stamp{Wall: time.Unix(0, 0).UTC(), State: events.ClockUnsynced}, "restamped", ""},
	} {
		n := segment("door", i)
		w.write(t, n, append(footage(t, n.Key()), c.stamp.Box()...))
		if stamp, err := spool.Measure(dir.Path(spool.File{Camera: n.Camera, Start: n.Start, Closed: true})); err != nil || stamp.Stamp == nil {
			t.Fatal(stamp, err)
		}
		defer func() {
			if got := w.memory.Metadata(n.Key()); got["clock"] != c.clock || got["clock-step"] != c.step {
				t.Errorf("%s: %v", fmt.Sprint(c.stamp), got)
			}
		}()
	}
	w.start(t)
	eventually(t, w.shipped)
}
