package shipper_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/setting"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// failing gives the first n calls err.
func failing(n int64, err error) func(context.Context, string) error {
	var calls atomic.Int64
	return func(context.Context, string) error {
		if calls.Add(1) <= n {
			return err
		}
		return nil
	}
}

func TestNoFaultOfTheStoreDropsAnything(t *testing.T) {
	t.Parallel()
	_, b := bustest.Start(t)
	for _, class := range []error{
		objstore.ErrUnavailable, objstore.ErrDenied, objstore.ErrNoBucket, objstore.ErrClockSkew, objstore.ErrCorrupt, errors.New("unheard of"),
	} {
		t.Run(class.Error(), func(t *testing.T) {
			w := newWorldOn(t, b)
			w.memory.PutFault = failing(5, class)
			w.memory.ReplyFault = failing(5, class) // stored, yet not confirmed
			for n := range 4 {
				w.close(t, segment("door", n))
			}
			stop := w.start(t)
			eventually(t, w.shipped)
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestALocalFileStaysUntilTheStoreConfirms(t *testing.T) {
	w := newWorld(t)
	var confirm atomic.Bool
	var replies atomic.Int64
	w.memory.ReplyFault = func(context.Context, string) error {
		replies.Add(1)
		if confirm.Load() {
			return nil
		}
		return fmt.Errorf("%w: other bytes", objstore.ErrCorrupt)
	}
	w.close(t, segment("door", 0))
	w.start(t)
	eventually(t, func() error {
		if replies.Load() < 5 {
			return errors.New("it is not tried again")
		}
		return nil
	})
	if !w.onDisk(segment("door", 0)) {
		t.Error("the file went without a confirmation")
	}
	confirm.Store(true)
	eventually(t, w.shipped)
}

func TestOneBadObjectBlocksNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cfg.Concurrency = 1
	bad := segment("door", 0)
	w.memory.PutFault = func(_ context.Context, key string) error {
		if key == bad.Key() {
			return objstore.ErrUnavailable
		}
		return nil
	}
	for n := range 20 {
		w.close(t, segment("door", n))
	}
	delete(w.sums, bad.Key())
	w.start(t)
	eventually(t, w.shipped)
	if !w.onDisk(bad) {
		t.Error("the bad one is gone")
	}
}

func TestFaultsAreToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var failures atomic.Int64
	var back atomic.Bool
	w.memory.PutFault = func(context.Context, string) error {
		if n := failures.Add(1); !back.Load() {
			return fmt.Errorf("%w: for the time number %d", objstore.ErrUnavailable, n)
		}
		return nil
	}
	for n := range 10 {
		w.close(t, segment("door", n))
	}
	w.start(t)
	eventually(t, func() error {
		if failures.Load() < 9 {
			return errors.New("too few tries")
		}
		return nil
	})
	back.Store(true)
	eventually(t, w.shipped)
	if told := strings.Count(w.log.String(), "level=WARN"); told != 1 {
		t.Errorf("told %d times:\n%s", told, w.log)
	}
}

// Whatever the store and the shipper's restarts do, and in whatever order: each
// closed segment is in the store once, with its bytes, and not on disk.
func TestAnyScheduleOfFaults(t *testing.T) {
	t.Parallel()
	_, b := bustest.Start(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorldOn(t, b)
		w.limits.Held = rapid.IntRange(1, 8).Draw(rt, "held")
		w.cfg.Concurrency = rapid.IntRange(1, 4).Draw(rt, "uploads")
		w.cfg.Rescan = setting.Duration(5 * time.Millisecond)
		// Thirty failures in a row would double a millisecond to days.
		w.limits.Longest, w.limits.LongestAlone = 20*time.Millisecond, 20*time.Millisecond
		w.limits.Drain = time.Millisecond
		faults := rapid.SliceOfN(rapid.SampledFrom([]string{"none", "before", "after", "hang"}), 0, 30).Draw(rt, "faults")
		var calls atomic.Int64
		fault := func(ctx context.Context, when string) error {
			if i := int(calls.Load()); i < len(faults) {
				switch faults[i] {
				case when:
					return errors.New("on demand")
				case "hang":
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(3 * time.Millisecond):
						return objstore.ErrUnavailable
					}
				}
			}
			return nil
		}
		w.memory.PutFault = func(ctx context.Context, _ string) error { calls.Add(1); return fault(ctx, "before") }
		w.memory.ReplyFault = func(ctx context.Context, _ string) error { return fault(ctx, "after") }
		stop := w.start(t)
		for n := range rapid.IntRange(1, 12).Draw(rt, "segments") {
			name := segment([]string{"door", "yard"}[n%2], n)
			w.close(t, name)
			if rapid.Bool().Draw(rt, "told") {
				w.tell(t, events.Name{Site: site, Camera: name.Camera, Start: name.Start})
			}
			if rapid.IntRange(0, 3).Draw(rt, "restart") == 0 {
				if err := stop(); err != nil {
					rt.Fatal(err)
				}
				stop = w.start(t)
			}
		}
		eventually(t, w.shipped)
		if err := stop(); err != nil {
			rt.Fatal(err)
		}
	})
}
