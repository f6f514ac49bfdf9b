package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/recorder/internal/ledger"
)

type book []events.Gap

func (b *book) Announce(ev events.Event) { *b = append(*b, ev.(events.Gap)) }

func TestGaps(t *testing.T) {
	at := func(seconds int) time.Time {
		return time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
	}
	var b book
	l := ledger.New("pi", "door", &b)
	l.Lost(events.CauseRecorder, "start", at(0))
	l.Recorded(at(2), at(3))
	l.Recorded(at(3), at(4))
	l.Lost(events.CauseCamera, "silent", at(14)) // since the last footage
	l.Lost(events.CauseCamera, "silent", at(20)) // the same gap
	l.Lost(events.CauseNetwork, "dead", at(25))  // another
	l.Recorded(at(30), at(31))
	l.Lost(events.CauseDisk, "full", at(20)) // the clock has stepped back
	l.Recorded(at(15), at(16))
	gap := func(state events.GapState, cause events.Cause, detail string, start, end int) events.Gap {
		g := events.Gap{V: 1, State: state, Site: "pi", Camera: "door", Cause: cause, Start: at(start), Detail: detail}
		if state == events.GapClosed {
			g.End = at(end)
		}
		return g
	}
	want := book{
		gap(events.GapOpened, events.CauseRecorder, "start", 0, 0), gap(events.GapClosed, events.CauseRecorder, "start", 0, 2),
		gap(events.GapOpened, events.CauseCamera, "silent", 4, 0), gap(events.GapClosed, events.CauseCamera, "silent", 4, 25),
		gap(events.GapOpened, events.CauseNetwork, "dead", 25, 0), gap(events.GapClosed, events.CauseNetwork, "dead", 25, 30),
		gap(events.GapOpened, events.CauseDisk, "full", 20, 0), gap(events.GapClosed, events.CauseDisk, "full", 20, 20),
	}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Fatal(diff)
	}
}
