package janitor

import (
	"errors"

	"github.com/donhk/istream/pkg/events"
)

func (j *janitor) status() events.JanitorStatus {
	stats := j.ledger.Stats()
	s := events.JanitorStatus{
		Site: j.cfg.Site(), Quota: j.cfg.MaxUsedSpace.Bytes(),
		Used: stats.Used, Objects: stats.Objects, Oldest: stats.Oldest, Newest: stats.Newest,
		Events: j.pulse.Mode(), Deleted: j.deleted.Load(), Reconciled: j.auditor.Last(),
	}
	if err := errors.Join(j.auditor.Err(), j.evictor.Err()); err != nil {
		s.Error = err.Error()
	}
	return s
}
