package audit_test

import (
	"context"
	"errors"
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
	"github.com/donhk/istream/services/janitor/internal/audit"
	"github.com/donhk/istream/services/janitor/internal/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func segment(i int) ledger.Object {
	start := time.Date(2026, 11, 22, 16, i, 0, 0, time.UTC)
	return ledger.Object{Name: events.Name{Site: "attic", Camera: "door", Start: start}, Size: 10}
}

func fill(m *objstoretest.Memory, o ledger.Object) { m.Fill(o.Key(), make([]byte, o.Size), o.Start) }

func piece(i int) ledger.Object {
	o := segment(i)
	o.Tail = true
	return o
}

type findings struct{ found, vanished []string }

func (f *findings) config() audit.Config {
	return audit.Config{
		Interval: time.Hour,
		Found:    func(o audit.Finding) { f.found = append(f.found, o.Key()) },
		Vanished: func(o ledger.Object) { f.vanished = append(f.vanished, o.Key()) },
	}
}

func expect(t *testing.T, l *ledger.Ledger, objects int, used int64) {
	t.Helper()
	if s := l.Stats(); s.Objects != objects || s.Used != used {
		t.Errorf("%d bytes in %d objects, want %d in %d", s.Used, s.Objects, used, objects)
	}
}

func TestAListingFindsWhatIsOurs(t *testing.T) {
	m, l, f := &objstoretest.Memory{}, ledger.New(ledger.Scope{Site: "attic"}), &findings{}
	for i := range 5 {
		fill(m, segment(i))
	}
	fill(m, piece(5))
	for _, foreign := range []string{"attic/notes.txt", "attic", "cellar/door/x", segment(0).Key() + "~", "live/attic/x", strings.Replace(segment(0).Key(), "attic", "attic2", 1)} {
		m.Fill(foreign, make([]byte, 1000), time.Now())
	}
	a := audit.New(f.config(), m, l, slog.New(slog.DiscardHandler))
	if err := a.Once(t.Context()); err != nil || a.Last().IsZero() || !l.Trusted() {
		t.Fatal(err)
	}
	expect(t, l, 6, 60)
	if f.found != nil || f.vanished != nil {
		t.Errorf("the first listing told of %+v", f)
	}
	for range m.Delete(t.Context(), []string{segment(1).Key()}) {
		fill(m, segment(6))
	}
	if err := a.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, l, 6, 60)
	if !slices.Equal(f.found, []string{segment(6).Key()}) || !slices.Equal(f.vanished, []string{segment(1).Key()}) {
		t.Errorf("the second listing told of %+v", f)
	}
}

func TestAListingThatBreaksOffConcludesNothing(t *testing.T) {
	m, l, f := &objstoretest.Memory{}, ledger.New(ledger.Scope{Site: "attic"}), &findings{}
	fill(m, segment(1))
	fill(m, piece(2))
	fault := func(_ context.Context, prefix string) error {
		if strings.HasPrefix(prefix, events.LivePrefix) {
			return objstore.ErrUnavailable
		}
		return nil
	}
	a := audit.New(f.config(), m, l, slog.New(slog.DiscardHandler))
	m.ListFault = fault
	if err := a.Once(t.Context()); !errors.Is(err, objstore.ErrUnavailable) || a.Err() == nil || l.Trusted() {
		t.Fatalf("%v; trusted %v", err, l.Trusted())
	}
	expect(t, l, 1, 10)
	m.ListFault = nil
	if err := a.Once(t.Context()); err != nil || a.Err() != nil {
		t.Fatal(err)
	}
	expect(t, l, 2, 20)
	m.ListFault = fault
	if err := a.Once(t.Context()); err == nil || !l.Trusted() {
		t.Fatal(err)
	}
	expect(t, l, 2, 20)
}

// busy is a store in which something happens while it is listed.
type busy struct {
	*objstoretest.Memory
	during func(key string)
}

func (b busy) List(ctx context.Context, prefix string) iter.Seq2[objstore.Object, error] {
	return func(yield func(objstore.Object, error) bool) {
		for o, err := range b.Memory.List(ctx, prefix) {
			b.during(o.Key)
			if !yield(o, err) {
				return
			}
		}
	}
}

func TestWhatHappensDuringAListingCounts(t *testing.T) {
	m, l, f := &objstoretest.Memory{}, ledger.New(ledger.Scope{Site: "attic"}), &findings{}
	for i := range 3 {
		fill(m, segment(i))
	}
	store := busy{m, func(string) {}}
	a := audit.New(f.config(), &store, l, slog.New(slog.DiscardHandler))
	if err := a.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	store.during = func(key string) {
		if key != segment(1).Key() {
			return
		}
		// Its page was fetched, it is not seen yet.
		for range m.Delete(t.Context(), []string{key}) {
			l.Forget(segment(1))
		}
		// No page will have this one.
		fill(m, segment(9))
		l.Created(segment(9))
	}
	if err := a.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, l, 3, 30)
	if len(f.vanished) > 0 {
		t.Errorf("took %q for gone", f.vanished)
	}
}

func TestRunListsAgain(t *testing.T) {
	m := &objstoretest.Memory{}
	var listings, done atomic.Int64
	m.ListFault = func(context.Context, string) error {
		if listings.Add(1) == 1 {
			return objstore.ErrUnavailable
		}
		return nil
	}
	a := audit.New(audit.Config{Interval: time.Hour, Done: func() { done.Add(1) }}, m,
		ledger.New(ledger.Scope{Site: "attic"}), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- a.Run(ctx) }()
	reach := func(n int64) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); done.Load() < n; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d listings ended well, want %d", done.Load(), n)
			}
		}
	}
	reach(1)
	a.Hasten()
	reach(2)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
