package janitor

import (
	"strconv"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/janitor/internal/audit"
	"github.com/donhk/istream/services/janitor/internal/feed"
	"github.com/donhk/istream/services/janitor/internal/ledger"
)

// CauseQuota is the cause of what the janitor deletes.
const CauseQuota = "quota"

// changed takes up the store's word. What it wrote is passed on as it is told;
// what is gone is announced once the ledger has it gone, with its size.
func (j *janitor) changed(c feed.Change) {
	if c.Bucket != j.deps.BucketName {
		return
	}
	o, ours := j.ledger.Parse(c.Key, c.Size)
	if !ours {
		return
	}
	if j.pulse.Heard() {
		j.deps.Log.Info("the store's events come")
	}
	if !c.Created {
		if j.ledger.Removed(o) {
			j.evictor.Kick()
		}
		return
	}
	if !o.Tail {
		j.announce(events.Bucket{Change: events.BucketCreated, Key: c.Key, Bytes: c.Size, SHA256: c.SHA256, Origin: c.Origin, At: c.At})
	}
	j.created(o)
}

// uploaded takes up the shipper's word.
func (j *janitor) uploaded(s events.Segment) {
	o, ours := j.ledger.Parse(s.Key, s.Bytes)
	if ours && !o.Tail && j.created(o) {
		j.untold(events.Bucket{Key: s.Key, Bytes: o.Size, SHA256: s.SHA256, Origin: "uploaded", At: s.At})
	}
}

// found takes up what a listing found.
func (j *janitor) found(f audit.Finding) {
	if f.Tail {
		return // tails have no events
	}
	origin := "listed-" + strconv.FormatInt(f.Modified.UnixMilli(), 10)
	j.untold(events.Bucket{Key: f.Key(), Bytes: f.Size, Origin: origin, At: f.Modified.UTC()})
}

// untold announces what the store has not told, if it tells nothing at all;
// else its own word is awaited, for a while.
func (j *janitor) untold(b events.Bucket) {
	if j.pulse.Missed(time.Now()) {
		j.deps.Log.Warn("the store's events have stopped: what is new is found by listing", "each", j.cfg.CleanDirInterval.String())
	}
	if j.pulse.Mode() == feed.ModePoll {
		b.Change = events.BucketCreated
		j.announce(b)
	}
}

func (j *janitor) created(o ledger.Object) (raised bool) {
	raised = j.ledger.Created(o)
	if raised {
		j.evictor.Kick()
	}
	return raised
}

// evicted tells of what the janitor deleted.
func (j *janitor) evicted(o ledger.Object) {
	j.deleted.Add(1)
	if !o.Tail {
		s := events.NewSegment(events.Deleted, o.Name, time.Now())
		s.Bytes, s.Cause = o.Size, CauseQuota
		j.deps.Bus.Announce(s)
	}
}

// vanished tells of what is no more in the bucket, whoever removed it.
func (j *janitor) vanished(o ledger.Object) {
	if !o.Tail {
		j.announce(events.Bucket{Change: events.BucketRemoved, Key: o.Key(), Bytes: o.Size})
	}
}

func (j *janitor) announce(b events.Bucket) {
	b.V, b.Site = events.Version, j.cfg.Site()
	if b.At.IsZero() {
		b.At = time.Now().UTC()
	}
	j.deps.Bus.Announce(b)
}
