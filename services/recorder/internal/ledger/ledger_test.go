package ledger_test

import (
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/recorder/internal/clocktest"
	"github.com/donhk/istream/services/recorder/internal/ledger"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

type news []events.Gap

func (n *news) Announce(ev events.Event) { *n = append(*n, ev.(events.Gap)) }

// book is a ledger's place in a camera's folder.
type book struct {
	gaps  []events.Gap
	fault error
}

func (b *book) AppendGap(g events.Gap) error {
	if b.fault == nil {
		b.gaps = append(b.gaps, g)
	}
	return b.fault
}

func (b *book) Gaps() iter.Seq2[events.Gap, error] {
	return func(yield func(events.Gap, error) bool) {
		for _, g := range b.gaps {
			if !yield(g, nil) {
				return
			}
		}
	}
}

// desk is a ledger and a clock that goes on as the test tells; its times are
// seconds after noon.
type desk struct {
	*ledger.Ledger
	t     *testing.T
	clock *clocktest.Clock
	news  news
	book  book
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, clock: clocktest.New(noon)}
	d.Ledger = ledger.New("pi", "door", &d.news, d.clock)
	return d
}

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// successor is another recorder of the same camera.
func (d *desk) successor(life ledger.Life) {
	d.t.Helper()
	d.Ledger = ledger.New("pi", "door", &d.news, d.clock)
	d.begin(life)
}

func (d *desk) begin(life ledger.Life) {
	d.t.Helper()
	if err := d.Begin(&d.book, life, d.clock.Now()); err != nil {
		d.t.Fatal(err)
	}
}

// record records for some seconds, as one segment.
func (d *desk) record(seconds int) {
	first := d.clock.Now()
	d.Began(first, d.clock.At(first), d.clock.State())
	for range seconds {
		from := d.clock.Now()
		d.Recorded(from, d.clock.Pass(time.Second))
	}
}

func (d *desk) lost(cause events.Cause) { d.Lost(cause, string(cause), d.clock.Now()) }

func (d *desk) pass(seconds int) { d.clock.Pass(time.Duration(seconds) * time.Second) }

// expect compares what was told since the last call; and that the book has it.
func (d *desk) expect(want ...string) {
	d.t.Helper()
	got := []string{}
	for _, g := range d.news {
		text := string(g.State) + " " + string(g.Cause) + " " + clock(g.Start)
		if g.State == events.GapClosed {
			text += "-" + clock(g.End)
		}
		if g.Step != 0 {
			text += " by " + g.Step.Duration().String()
		}
		if !g.Was.IsZero() {
			text += ", was " + clock(g.Was)
		}
		got = append(got, text)
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		d.t.Errorf("told: %s", diff)
	}
	if d.book.fault == nil && len(d.news) > 0 && !slices.Equal(d.book.gaps[max(len(d.book.gaps)-len(d.news), 0):], d.news) {
		d.t.Errorf("the book has %+v", d.book.gaps)
	}
	d.news = nil
}

func clock(t time.Time) string { return t.Format("15:04:05") }

func TestGapsHaveTheirCauses(t *testing.T) {
	d := newDesk(t)
	d.begin(ledger.Life{})
	d.expect("opened recorder 12:00:00")
	d.pass(2)
	d.record(2)
	d.expect("closed recorder 12:00:00-12:00:02")
	d.pass(10)
	d.lost(events.CauseCamera) // since the last footage
	d.pass(6)
	d.lost(events.CauseCamera) // the same gap
	d.pass(5)
	d.lost(events.CauseNetwork) // another
	d.pass(5)
	d.record(1)
	d.expect("opened camera 12:00:04", "closed camera 12:00:04-12:00:25", "opened network 12:00:25", "closed network 12:00:25-12:00:30")
}

func TestASuccessorGoesOn(t *testing.T) {
	d := newDesk(t)
	d.begin(ledger.Life{})
	d.record(10)
	d.End("stopped", d.clock.Now())
	d.expect("opened recorder 12:00:00", "closed recorder 12:00:00-12:00:00", "opened recorder 12:00:10")
	d.pass(20)
	d.successor(ledger.Life{Newest: at(0), End: at(10)})
	d.record(10) // to 12:00:40
	d.expect("closed recorder 12:00:10-12:00:30")
	d.pass(5) // killed
	d.successor(ledger.Life{Newest: at(30), End: at(39)})
	d.expect("opened recorder 12:00:39")
	d.record(1)
	d.expect("closed recorder 12:00:39-12:00:45")
	d.lost(events.CauseCamera)
	d.pass(4) // killed
	d.successor(ledger.Life{Newest: at(45), End: at(46)})
	d.pass(5)
	d.record(1)
	d.expect("opened camera 12:00:46", "closed camera 12:00:46-12:00:55")
	d.lost(events.CauseCamera)
	d.expect("opened camera 12:00:56")
	d.pass(60) // recorded, and its end could not be written
	d.successor(ledger.Life{Newest: at(100), End: at(110)})
	d.expect("opened recorder 12:01:50")
}

// TestADiskThatFails: what can't be written waits for the disk.
func TestADiskThatFails(t *testing.T) {
	d := newDesk(t)
	d.lost(events.CauseDisk) // the folder can't be had
	d.pass(10)
	d.book.fault = errors.New("full")
	d.begin(ledger.Life{Newest: at(-60), End: at(-30)})
	d.expect("opened disk 12:00:00", "closed recorder 11:59:30-12:00:00")
	d.book.fault = nil
	d.record(1)
	d.news = d.book.gaps
	d.expect("opened disk 12:00:00", "closed recorder 11:59:30-12:00:00", "closed disk 12:00:00-12:00:10")
}

func TestAClockThatIsSet(t *testing.T) {
	d := newDesk(t)
	d.begin(ledger.Life{})
	d.record(10)
	d.expect("opened recorder 12:00:00", "closed recorder 12:00:00-12:00:00")
	d.clock.Step(time.Hour)
	d.record(10) // footage goes on
	d.expect("closed clock 12:00:10-13:00:10 by 1h0m0s")
	d.clock.Step(-time.Hour)
	d.record(10)
	d.expect("closed clock 12:00:20-12:00:20 by -1h0m0s")
	d.pass(5)
	d.clock.Step(time.Hour)
	d.pass(5)
	d.lost(events.CauseCamera) // before it was known
	d.expect("opened camera 12:00:30", "closed camera 12:00:30-12:00:40", "closed clock 12:00:40-13:00:40 by 1h0m0s", "opened camera 13:00:40")
	d.pass(5)
	d.clock.Step(-time.Hour)
	d.pass(5)
	d.lost(events.CauseCamera) // while it lasts
	d.expect("closed camera 13:00:40-13:00:50", "closed clock 12:00:50-12:00:50 by -1h0m0s", "opened camera 12:00:50")
	d.clock.Step(300 * time.Millisecond) // put right, not set
	d.pass(10)
	d.record(1)
	d.expect("closed camera 12:00:50-12:01:00")
}

// TestAClockThatBecomesRight: what it dated before is dated anew.
func TestAClockThatBecomesRight(t *testing.T) {
	d := newDesk(t)
	d.clock.Say(events.ClockUnsynced)
	d.begin(ledger.Life{Newest: at(1000), End: at(1060)}) // before the power went
	d.pass(10)
	d.record(10)
	d.lost(events.CauseCamera)
	d.pass(10)
	d.record(10)
	d.lost(events.CauseNetwork)
	d.expect("opened recorder 12:17:40", "closed recorder 12:17:40-12:17:40", "opened camera 12:00:20", "closed camera 12:00:20-12:00:30", "opened network 12:00:40")
	d.clock.Step(time.Hour)
	d.clock.Say(events.ClockSynced)
	d.pass(10)
	d.record(1)
	d.expect("closed recorder 12:17:40-13:00:10, was 12:17:40", "closed camera 13:00:20-13:00:30, was 12:00:20",
		"opened network 13:00:40, was 12:00:40", "closed network 13:00:40-13:00:50, was 12:00:40")
	d.lost(events.CauseCamera)
	d.expect("opened camera 13:00:51")
}

// TestStepsOfAWrongClockAreNone: once it is right, all is dated by it.
func TestStepsOfAWrongClockAreNone(t *testing.T) {
	d := newDesk(t)
	d.clock.Say(events.ClockUnsynced)
	d.begin(ledger.Life{})
	d.record(10)
	d.clock.Step(time.Hour)
	d.record(10)
	d.expect("opened recorder 12:00:00", "closed recorder 12:00:00-12:00:00", "closed clock 12:00:10-13:00:10 by 1h0m0s")
	d.clock.Step(time.Hour)
	d.clock.Say(events.ClockSynced)
	d.record(10)
	d.expect("closed recorder 14:00:00-14:00:00, was 12:00:00", "closed clock 14:00:10-14:00:10, was 12:00:10")
}

func TestMisfiled(t *testing.T) {
	d := newDesk(t)
	d.begin(ledger.Life{})
	d.news = nil
	d.Misfiled(at(10), time.Minute, "shipped")
	d.expect("closed clock 12:00:10-12:01:10")
}

func TestNotes(t *testing.T) {
	d := newDesk(t)
	d.begin(ledger.Life{})
	d.record(5)
	d.news = nil
	for range 3 {
		d.Note("time stamps jump", d.clock.Now())
		d.pass(10 * 60)
	}
	d.Note("no keyframe", d.clock.Now())
	d.pass(2 * 60 * 60)
	d.Note("no keyframe", d.clock.Now())
	d.expect("closed camera 12:00:05-12:00:05", "closed camera 12:30:05-12:30:05", "closed camera 14:30:05-14:30:05")
}
