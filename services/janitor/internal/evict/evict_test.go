package evict_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
	"github.com/donhk/istream/services/janitor/internal/evict"
	"github.com/donhk/istream/services/janitor/internal/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a bucket of segments of 10 bytes and an evictor that knows it.
type scene struct {
	*objstoretest.Memory
	ledger  *ledger.Ledger
	evictor *evict.Evictor

	batches                    []int
	tries                      map[string]int
	silent                     bool // the store tells no outcome
	deleted, refused, vanished []string
}

func stage(segments int, quota int64) *scene {
	s := &scene{Memory: &objstoretest.Memory{}, ledger: ledger.New(ledger.Scope{Site: "attic"}), tries: map[string]int{}}
	listing := s.ledger.Begin()
	for i := range segments {
		o := segment(i, 10)
		s.Fill(o.Key(), make([]byte, o.Size), o.Start)
		listing.Saw(o)
	}
	listing.End(nil)
	s.evictor = evict.New(evict.Config{
		Quota:    quota,
		Deleted:  func(o ledger.Object) { s.deleted = append(s.deleted, o.Key()) },
		Refused:  func(o ledger.Object, _ error) { s.refused = append(s.refused, o.Key()) },
		Vanished: func(o ledger.Object) { s.vanished = append(s.vanished, o.Key()) },
	}, s, s.ledger, slog.New(slog.DiscardHandler))
	return s
}

// Delete counts, and may keep silent.
func (s *scene) Delete(ctx context.Context, keys []string) iter.Seq[objstore.Deleted] {
	s.batches = append(s.batches, len(keys))
	for _, key := range keys {
		s.tries[key]++
	}
	if s.silent {
		return func(func(objstore.Deleted) bool) {}
	}
	return s.Memory.Delete(ctx, keys)
}

func segment(i int, size int64) ledger.Object {
	start := time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Minute)
	return ledger.Object{Name: events.Name{Site: "attic", Camera: "door", Start: start}, Size: size}
}

func keys(from, to int) (all []string) {
	for i := from; i < to; i++ {
		all = append(all, segment(i, 0).Key())
	}
	return all
}

// expect checks that the bucket holds the segments from first on, that the
// ledger agrees with it, and what the last Pass said.
func (s *scene) expect(t *testing.T, want []string, err, class error) {
	t.Helper()
	if !errors.Is(err, class) || (err == nil) != (class == nil) {
		t.Errorf("got %v, want %v", err, class)
	}
	slices.Sort(want)
	if got := s.Keys(); !slices.Equal(got, want) {
		t.Errorf("the bucket holds %d objects, want %d: %.300s", len(got), len(want), fmt.Sprint(got))
	}
	if used := s.ledger.Stats().Used; used != s.Size("") {
		t.Errorf("%d bytes are counted as %d", s.Size(""), used)
	}
}

func TestTheOldestGoInBatches(t *testing.T) {
	s := stage(2510, 100)
	s.expect(t, keys(2500, 2510), s.evictor.Pass(t.Context()), nil)
	if !slices.Equal(s.batches, []int{1000, 1000, 500}) || !slices.Equal(s.deleted, keys(0, 2500)) {
		t.Errorf("deleted %d in batches of %v", len(s.deleted), s.batches)
	}
	s.expect(t, keys(2500, 2510), s.evictor.Pass(t.Context()), nil)
	if len(s.batches) != 3 {
		t.Error("the second pass asked the store")
	}
}

func TestNothingGoesBeforeAListing(t *testing.T) {
	s := stage(5, 10)
	blank := ledger.New(ledger.Scope{Site: "attic"})
	for i := range 5 {
		blank.Created(segment(i, 10))
	}
	e := evict.New(evict.Config{Quota: 10}, s, blank, slog.New(slog.DiscardHandler))
	if err := e.Pass(t.Context()); err != nil || len(s.batches) > 0 {
		t.Errorf("%v, %v", err, s.batches)
	}
}

var errLocked = errors.New("object lock")

func TestALockedObjectIsPassedOver(t *testing.T) {
	s := stage(10, 50)
	locked := segment(1, 0).Key()
	s.DeleteFault = func(_ context.Context, key string) error {
		if key == locked {
			return errLocked
		}
		return nil
	}
	s.expect(t, append(keys(6, 10), locked), s.evictor.Pass(t.Context()), errLocked)
	s.write(t, segment(10, 10))
	s.expect(t, append(keys(7, 11), locked), s.evictor.Pass(t.Context()), nil)
	if s.tries[locked] != 1 || !slices.Equal(s.refused, []string{locked}) {
		t.Errorf("tried %d times, told of %q", s.tries[locked], s.refused)
	}
}

func (s *scene) write(t *testing.T, o ledger.Object) {
	t.Helper()
	body := strings.NewReader(strings.Repeat("x", int(o.Size)))
	if err := s.Put(t.Context(), o.Key(), body, o.Size, objstore.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	s.ledger.Created(o)
}

func TestAKeyThatMayNotDelete(t *testing.T) {
	s := stage(40, 350)
	allowed := false
	s.DeleteFault = func(context.Context, string) error {
		if !allowed {
			return objstore.ErrDenied
		}
		return nil
	}
	s.expect(t, keys(0, 40), s.evictor.Pass(t.Context()), objstore.ErrDenied)
	if len(s.batches) > 10 {
		t.Errorf("asked %d times", len(s.batches))
	}
	allowed = true
	s.expect(t, keys(5, 40), s.evictor.Pass(t.Context()), nil)
}

func TestAStoreThatIsAway(t *testing.T) {
	s := stage(5, 30)
	s.DeleteFault = func(context.Context, string) error { return objstore.ErrUnavailable }
	s.expect(t, keys(0, 5), s.evictor.Pass(t.Context()), objstore.ErrUnavailable)
	if len(s.batches) != 1 || len(s.refused) > 0 {
		t.Errorf("asked %v, refused %v", s.batches, s.refused)
	}
	s.DeleteFault = nil
	s.expect(t, keys(2, 5), s.evictor.Pass(t.Context()), nil)
}

func TestAStoreThatKeepsSilent(t *testing.T) {
	s := stage(5, 30)
	s.silent = true
	if err := s.evictor.Pass(t.Context()); err == nil {
		t.Error("silence was taken for success")
	}
	s.silent = false
	s.expect(t, keys(2, 5), s.evictor.Pass(t.Context()), nil)
}

func TestMoreThanMayGo(t *testing.T) {
	s := stage(3, 5)
	s.expect(t, keys(2, 3), s.evictor.Pass(t.Context()), evict.ErrOver)
}

func TestFalseEventsDeleteNothing(t *testing.T) {
	s := stage(5, 50)
	s.ledger.Created(segment(7, 1<<40)) // is not there
	s.ledger.Created(segment(3, 1<<40)) // is smaller
	s.ledger.Removed(segment(2, 0))     // is there
	s.expect(t, keys(0, 5), s.evictor.Pass(t.Context()), nil)
	if len(s.batches) > 0 || !slices.Equal(s.vanished, []string{segment(7, 0).Key()}) {
		t.Errorf("deleted %v, told of %q", s.batches, s.vanished)
	}
}

func TestRemovalsAreLookedUpAtOnce(t *testing.T) {
	s := stage(5, 1000)
	for range s.Memory.Delete(t.Context(), keys(2, 3)) {
		s.ledger.Removed(segment(2, 0))
	}
	s.expect(t, append(keys(0, 2), keys(3, 5)...), s.evictor.Pass(t.Context()), nil)
	if !slices.Equal(s.vanished, keys(2, 3)) {
		t.Errorf("told of %q", s.vanished)
	}
}

func TestClaimsThatCannotBeLookedUp(t *testing.T) {
	s := stage(5, 50)
	s.write(t, segment(5, 10))
	s.ListFault = func(context.Context, string) error { return objstore.ErrUnavailable }
	s.expect(t, keys(0, 6), s.evictor.Pass(t.Context()), objstore.ErrUnavailable)
	s.ListFault = nil
	s.expect(t, keys(1, 6), s.evictor.Pass(t.Context()), nil)
}

func TestRunTriesAgain(t *testing.T) {
	s := stage(5, 30)
	var faults atomic.Int64
	s.DeleteFault = func(context.Context, string) error {
		if faults.Add(1) == 1 {
			return objstore.ErrUnavailable
		}
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.evictor.Run(ctx) }()
	s.evictor.Kick()
	for deadline := time.Now().Add(10 * time.Second); s.Size("") > 30; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still over the quota")
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	s.expect(t, keys(2, 5), s.evictor.Err(), nil)
}

// As where the news of a night comes when its footage is on its way out.
func TestEventsOfWhatIsBeingDeleted(t *testing.T) {
	s := stage(5, 30)
	s.ledger.Begin()
	s.DeleteFault = func(_ context.Context, key string) error {
		if key == segment(0, 0).Key() {
			s.ledger.Removed(segment(0, 0))
			s.ledger.Created(segment(1, 10))
		}
		return nil
	}
	s.expect(t, keys(2, 5), s.evictor.Pass(t.Context()), nil)
	if !slices.Equal(s.deleted, keys(0, 2)) || !slices.Equal(s.vanished, keys(0, 2)) {
		t.Errorf("deleted %q, told of %q", s.deleted, s.vanished)
	}
}
