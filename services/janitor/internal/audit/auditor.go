package audit

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/services/janitor/internal/ledger"
)

// Lister is what an audit needs of the store.
type Lister interface {
	List(ctx context.Context, prefix string) iter.Seq2[objstore.Object, error]
}

// Finding is an object that the ledger did not have, or with another size.
type Finding struct {
	ledger.Object
	Modified time.Time
}

// Auditor lists the bucket. See New.
type Auditor struct {
	Config

	store  Lister
	ledger *ledger.Ledger
	fault  *fault.Repeat
	hasten chan struct{}

	mu  sync.Mutex
	at  time.Time // of the last listing that ended well
	err error     // of the one that failed after it
}

// Config are an auditor's interval and those who hear of its work. Any of the
// functions may be nil; none may call the ledger.
type Config struct {
	Interval time.Duration // between two listings
	Found    func(Finding) // except by the first listing, which finds everything
	Vanished func(ledger.Object)
	Done     func() // after each listing that ended well
}

// New returns an auditor of store for the ledger.
func New(cfg Config, store Lister, l *ledger.Ledger, log *slog.Logger) *Auditor {
	if cfg.Found == nil {
		cfg.Found = func(Finding) {}
	}
	if cfg.Vanished == nil {
		cfg.Vanished = func(ledger.Object) {}
	}
	if cfg.Done == nil {
		cfg.Done = func() {}
	}
	return &Auditor{Config: cfg, store: store, ledger: l, fault: fault.New(log, "listing the bucket"), hasten: make(chan struct{}, 1)}
}

// Once lists the bucket and sets the ledger right, page by page.
func (a *Auditor) Once(ctx context.Context) error {
	err := a.list(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err = err; err == nil {
		a.at = time.Now().UTC()
	}
	return err
}

func (a *Auditor) list(ctx context.Context) error {
	first := a.Last().IsZero()
	listing := a.ledger.Begin()
	for _, prefix := range a.ledger.Prefixes() {
		for o, err := range a.store.List(ctx, prefix) {
			if err != nil {
				listing.Abandon()
				return fmt.Errorf("listing the footage: %w", err)
			}
			ours, ok := a.ledger.Parse(o.Key, o.Size)
			if ok && listing.Saw(ours) && !first {
				a.Found(Finding{ours, o.Modified})
			}
		}
	}
	listing.End(a.Vanished)
	return nil
}

// Last is when a listing last ended well; zero: never.
func (a *Auditor) Last() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at
}

// Err is why the latest listing failed, or nil.
func (a *Auditor) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// Hasten has the next listing begin now.
func (a *Auditor) Hasten() {
	select {
	case a.hasten <- struct{}{}:
	default:
	}
}
