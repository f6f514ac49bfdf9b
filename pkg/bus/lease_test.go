package bus_test

import (
	"errors"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
)

func TestLeaseRunsOutAndIsTold(t *testing.T) {
	_, b := bustest.Start(t)
	leases, err := b.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	free := make(chan string, 16)
	listed := make(chan struct{})
	go func() {
		_ = leases.Watch(t.Context(), "pi.*", func(key, holder string) {
			if holder == "" {
				free <- key
			}
		}, func() { close(listed) })
	}()
	<-listed
	first, err := leases.Acquire(t.Context(), "pi.door", "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leases.Acquire(t.Context(), "pi.door", "b"); !errors.Is(err, bus.ErrHeld) {
		t.Fatalf("a held lease was given: %v", err)
	}
	if err := leases.Renew(t.Context(), &first); err != nil {
		t.Fatal(err)
	}
	select {
	case key := <-free:
		if key != "pi.door" {
			t.Fatalf("freed %q", key)
		}
	case <-time.After(4 * bus.LeaseTTL):
		t.Fatal("nobody was told that the lease ran out")
	}
	second, err := leases.Acquire(t.Context(), "pi.door", "b")
	if err != nil {
		t.Fatal(err)
	}
	if second.Token <= first.Token {
		t.Fatalf("token %d after %d", second.Token, first.Token)
	}
	if err := leases.Renew(t.Context(), &first); !errors.Is(err, bus.ErrHeld) {
		t.Fatalf("a lost lease was renewed: %v", err)
	}
	if err := leases.Release(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := leases.Renew(t.Context(), &second); err != nil {
		t.Fatalf("another's release freed the lease: %v", err)
	}
}

// TestLeaseOutlivesLostAnswers: a holder that does not know of its last change
// is not mistaken for another.
func TestLeaseOutlivesLostAnswers(t *testing.T) {
	_, b := bustest.Start(t)
	leases, err := b.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lease, err := leases.Acquire(t.Context(), "pi.door", "a")
	if err != nil {
		t.Fatal(err)
	}
	stale := lease
	if err := leases.Renew(t.Context(), &lease); err != nil {
		t.Fatal(err)
	}
	if err := leases.Renew(t.Context(), &stale); err != nil {
		t.Fatalf("the answer to a renewal was lost, and so is the lease: %v", err)
	}
	again, err := leases.Acquire(t.Context(), "pi.door", "a")
	if err != nil {
		t.Fatalf("the answer to an acquisition was lost, and so is the lease: %v", err)
	}
	if err := leases.Release(t.Context(), again); err != nil {
		t.Fatal(err)
	}
}

// A bus that was killed comes back without leases. Where another process makes
// their bucket anew first, nothing else tells that the watches hear no more.
func TestLeasesTellThatTheyBeganAnew(t *testing.T) {
	_, b := bustest.Start(t)
	old, err := b.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lease, err := old.Acquire(t.Context(), "pi.door", "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.JS.DeleteKeyValue(t.Context(), events.KVLeases); err != nil {
		t.Fatal(err)
	}
	if err := b.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := old.Renew(t.Context(), &lease); !errors.Is(err, bus.ErrHeld) {
		t.Errorf("a lease of the bucket before was renewed: %v", err)
	}
	if _, err := old.Acquire(t.Context(), "pi.door", "a"); err == nil || errors.Is(err, bus.ErrHeld) {
		t.Errorf("a lease was given to one who hears no more of the others: %v", err)
	}
	anew, err := b.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := anew.Acquire(t.Context(), "pi.door", "a")
	if err != nil {
		t.Fatal(err)
	}
	if again.Token <= lease.Token {
		t.Errorf("token %d after %d", again.Token, lease.Token)
	}
}

// TestEvictionFreesOnlyWhatIsTheHolders: who is known to have ended keeps nobody
// waiting, and nobody else loses anything.
func TestEvictionFreesOnlyWhatIsTheHolders(t *testing.T) {
	_, b := bustest.Start(t)
	leases, err := b.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, err := leases.Acquire(t.Context(), "pi.door", "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, evict := range []struct{ key, holder string }{{"pi.door", "b"}, {"pi.yard", "a"}} {
		if err := leases.Evict(t.Context(), evict.key, evict.holder); err != nil {
			t.Fatal(err)
		}
	}
	if err := leases.Renew(t.Context(), &first); err != nil {
		t.Fatalf("another's eviction freed the lease: %v", err)
	}
	if err := leases.Evict(t.Context(), "pi.door", "a"); err != nil {
		t.Fatal(err)
	}
	second, err := leases.Acquire(t.Context(), "pi.door", "b")
	if err != nil {
		t.Fatal(err)
	}
	if second.Token <= first.Token {
		t.Errorf("token %d after %d", second.Token, first.Token)
	}
	if err := leases.Evict(t.Context(), "pi.door", "a"); err != nil {
		t.Fatal(err)
	}
	if err := leases.Renew(t.Context(), &second); err != nil {
		t.Errorf("evicted again, after another had taken it: %v", err)
	}
}
