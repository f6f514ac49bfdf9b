package evict

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync/atomic"

	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/services/janitor/internal/ledger"
)

// Store is what an evictor needs of the store.
type Store interface {
	List(ctx context.Context, prefix string) iter.Seq2[objstore.Object, error]
	Delete(ctx context.Context, keys []string) iter.Seq[objstore.Deleted]
}

// ErrOver says that the footage is over the quota and nothing more may go.
var ErrOver = errors.New("only the newest segment of each camera is left: raise MAX_USED_SPACE, or shorten SEGMENT_DURATION")

// Config are an evictor's quota and those who hear of its work. Any of the
// functions may be nil.
type Config struct {
	Quota    int64                      // bytes
	Deleted  func(ledger.Object)        // by the evictor
	Refused  func(ledger.Object, error) // the store won't delete it
	Vanished func(ledger.Object)        // no more in the ledger, as it was deleted by whomever
}

// Evictor deletes footage. See New.
type Evictor struct {
	Config

	store  Store
	ledger *ledger.Ledger
	log    *slog.Logger
	fault  *fault.Repeat
	held   holds
	kick   chan struct{}
	err    atomic.Pointer[error]
}

// New returns an evictor of what is in the ledger.
func New(cfg Config, store Store, l *ledger.Ledger, log *slog.Logger) *Evictor {
	if cfg.Deleted == nil {
		cfg.Deleted = func(ledger.Object) {}
	}
	if cfg.Refused == nil {
		cfg.Refused = func(ledger.Object, error) {}
	}
	if cfg.Vanished == nil {
		cfg.Vanished = func(ledger.Object) {}
	}
	return &Evictor{
		Config: cfg, store: store, ledger: l, log: log,
		fault: fault.New(log, "keeping footage within MAX_USED_SPACE"),
		held:  holds{}, kick: make(chan struct{}, 1),
	}
}

// Err is why the latest Pass failed, or nil.
func (e *Evictor) Err() error {
	if err := e.err.Load(); err != nil {
		return *err
	}
	return nil
}
