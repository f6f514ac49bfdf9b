package janitor

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/services/janitor/internal/audit"
	"github.com/donhk/istream/services/janitor/internal/evict"
	"github.com/donhk/istream/services/janitor/internal/ledger"
)

// Report is what one Clean did, or would do. All sizes are bytes.
type Report struct {
	Site    string    `json:"site"`
	DryRun  bool      `json:"dry_run"`
	Quota   int64     `json:"quota"`
	Before  int64     `json:"before"` // footage, tails included
	After   int64     `json:"after"`
	Objects int       `json:"objects"` // after
	Over    int64     `json:"over"`    // that may not go, beyond the quota
	Gone    []Gone    `json:"gone"`    // the oldest first
	Refused []Refusal `json:"refused,omitempty"`
}

// Gone is an object that was deleted, or would be.
type Gone struct {
	Key    string    `json:"key"`
	Camera string    `json:"camera"`
	Start  time.Time `json:"start"` // of the segment
	Bytes  int64     `json:"bytes"`
	Cause  string    `json:"cause"`
}

// Refusal is an object that the store would not delete.
type Refusal struct {
	Key   string `json:"key"`
	Error string `json:"error"`
}

// Clean brings the footage of store under the quota once, without a bus; a dry
// run only tells what would go. Where it fails midway, the Report tells how far
// it got.
func Clean(ctx context.Context, cfg Config, store objstore.Bucket, dryRun bool, log *slog.Logger) (Report, error) {
	site := cfg.Site()
	r := Report{Site: site, DryRun: dryRun, Quota: cfg.MaxUsedSpace.Bytes(), Gone: []Gone{}}
	l := ledger.New(ledger.Scope{Site: site})
	if err := audit.New(audit.Config{}, store, l, log).Once(ctx); err != nil {
		return r, fmt.Errorf("cleaning %s: %w", site, err)
	}
	r.Before = l.Stats().Used
	evictor := evict.New(evict.Config{Quota: r.Quota, Deleted: r.gone, Refused: r.refused}, store, l, log)
	var err error
	if dryRun {
		goes, _ := evictor.Choose(math.MaxInt)
		for _, o := range goes {
			l.Forget(o)
			r.gone(o)
		}
	} else {
		err = evictor.Pass(ctx)
	}
	stats := l.Stats()
	r.After, r.Objects, r.Over = stats.Used, stats.Objects, max(stats.Used-r.Quota, 0)
	if err != nil {
		return r, fmt.Errorf("cleaning %s: %w", site, err)
	}
	return r, nil
}

func (r *Report) gone(o ledger.Object) {
	r.Gone = append(r.Gone, Gone{Key: o.Key(), Camera: o.Camera, Start: o.Start, Bytes: o.Size, Cause: CauseQuota})
}

func (r *Report) refused(o ledger.Object, err error) {
	r.Refused = append(r.Refused, Refusal{Key: o.Key(), Error: err.Error()})
}
