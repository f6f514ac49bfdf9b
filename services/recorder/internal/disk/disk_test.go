package disk_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/clocktest"
	"github.com/donhk/istream/services/recorder/internal/disk"
	"github.com/donhk/istream/services/recorder/internal/ledger"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
	"github.com/donhk/istream/services/recorder/internal/segment"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type news struct {
	mu        sync.Mutex
	events    []events.Event
	fragments int
}

func (n *news) Announce(ev events.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := ev.(events.Fragment); ok {
		n.fragments++
		return
	}
	n.events = append(n.events, ev)
}

func (n *news) states() (all []events.SegmentState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, ev := range n.events {
		if s, ok := ev.(events.Segment); ok {
			all = append(all, s.State)
		}
	}
	return all
}

// noon is where the wall clock of these tests begins.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// desk is a writer with a spool of its own.
type desk struct {
	spool  *spool.Spool
	lock   *spool.Lock
	news   *news
	clock  *clocktest.Clock
	writer *disk.Writer
	number int // of the next picture
}

func newDesk(t *testing.T, s *spool.Spool, clock *clocktest.Clock) *desk {
	t.Helper()
	l, err := s.Lock("door", 0)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{spool: s, lock: l, news: &news{}, clock: clock}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	d.writer = disk.New(disk.Options{
		Site: "pi", Camera: "door", Sync: time.Second, Lock: l, News: d.news,
		Ledger: ledger.New("pi", "door", d.news, clock), Counters: &disk.Counters{}, Clock: clock, Log: log,
	})
	return d
}

// scene is what the camera of these tests shows.
var scene = rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 5}

// write runs the writer over sessions of some pictures each; before is called at
// each of the session's pictures, by its number in the session.
func (d *desk) write(t *testing.T, segmentDuration time.Duration, pictures int, before func(int)) (lost error) {
	t.Helper()
	chunks, done := make(chan segment.Chunk), make(chan struct{})
	var cut *segment.Segmenter
	go func() {
		defer close(done)
		d.writer.Run(t.Context(), chunks, func(cause string) { cut.Cut(cause) }, func(err error) { lost = err })
	}()
	var sets *media.Sets
	cut = segment.New([]media.Format{{Codec: media.H264, Rate: rtsptest.Rate}}, segmentDuration, time.Second, func(c segment.Chunk) { chunks <- c })
	for n := range pictures {
		if before != nil {
			before(n)
		}
		u := scene.Unit(d.number, sets)
		sets, u.Time, u.Arrival = u.Sets, int64(n)*3600, d.clock.Now()
		cut.Push(u)
		d.number++
		d.clock.Pass(40 * time.Millisecond)
	}
	cut.Close(segment.CauseSession)
	close(chunks)
	<-done
	return lost
}

// starts are those of the closed segments. There are no others.
func (d *desk) starts(t *testing.T) (all []string) {
	t.Helper()
	for f, err := range d.spool.Scan(t.Context()) {
		if err != nil || !f.Closed {
			t.Fatalf("%+v, %v", f, err)
		}
		all = append(all, events.FormatStart(f.Start))
	}
	return all
}

func open(t *testing.T) *spool.Spool {
	t.Helper()
	s, err := spool.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d *desk) unlock(t *testing.T) {
	t.Helper()
	if err := d.lock.Unlock(); err != nil {
		t.Fatal(err)
	}
}

// segments are the events of a state.
func (n *news) segments(state events.SegmentState) (all []events.Segment) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, ev := range n.events {
		if s, ok := ev.(events.Segment); ok && s.State == state {
			all = append(all, s)
		}
	}
	return all
}

// recorded are the numbers of the pictures in the spool, in the order of names.
func (d *desk) recorded(t *testing.T) (numbers []int) {
	t.Helper()
	for _, s := range rtsptest.ReadAll(t, d.spool.Root()) {
		numbers = append(numbers, s.Pictures...)
	}
	return numbers
}

// TestClockThatStepsBack: names are unique, the time that they tell is the one
// that the clock showed, and nothing is dropped. Recorders begin anew meanwhile.
func TestClockThatStepsBack(t *testing.T) {
	s, clock := open(t), clocktest.New(noon)
	pictures := 0
	for range 4 {
		d := newDesk(t, s, clock)
		if err := d.write(t, time.Second, 50, nil); err != nil {
			t.Fatal(err)
		}
		pictures += 50
		d.unlock(t)
		clock.Step(-2 * time.Second) // to where it was
	}
	d := newDesk(t, s, clock)
	got := d.starts(t)
	want := []string{
		"2026-11-22T12-00-00.000Z", "2026-11-22T12-00-00.001Z", "2026-11-22T12-00-00.002Z", "2026-11-22T12-00-00.003Z",
		"2026-11-22T12-00-01.000Z", "2026-11-22T12-00-01.001Z", "2026-11-22T12-00-01.002Z", "2026-11-22T12-00-01.003Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := len(d.recorded(t)); got != pictures {
		t.Errorf("%d pictures of %d", got, pictures)
	}
	d.unlock(t)
}

// TestAStepBeginsASegment, which says so, in its events and in its file.
func TestAStepBeginsASegment(t *testing.T) {
	d := newDesk(t, open(t), clocktest.New(noon))
	err := d.write(t, time.Hour, 25*20, func(n int) {
		if n == 25*10+3 { // within a group of pictures
			d.clock.Step(-time.Hour)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	opened, closed := d.news.segments(events.Opened), d.news.segments(events.Closed)
	if len(opened) != 2 || len(closed) != 2 || closed[0].Cause != segment.CauseClock {
		t.Fatalf("%+v, %+v", opened, closed)
	}
	for _, told := range []events.Segment{opened[1], closed[1]} {
		if told.Step.Duration() != -time.Hour || told.Clock != events.ClockSynced {
			t.Errorf("%+v", told)
		}
	}
	first, second := closed[0].Start, closed[1].Start
	if !first.Equal(noon) || second.Sub(noon) != closed[0].Duration.Duration()-time.Hour {
		t.Errorf("begun at %v and %v, after %v", first, second, closed[0].Duration.Duration())
	}
	stamp, err := d.spool.ReadStamp(spool.File{Camera: "door", Start: second, Closed: true})
	if err != nil || stamp.Step != -time.Hour || !stamp.Wall.Equal(second) {
		t.Errorf("%+v, %v", stamp, err)
	}
	if got := len(d.recorded(t)); got != 25*20 {
		t.Errorf("%d pictures", got)
	}
	d.unlock(t)
}

// TestRestamped: what was recorded before the clock was right has its true time
// once it is; but not what is being shipped, before that is done.
func TestRestamped(t *testing.T) {
	d := newDesk(t, open(t), clocktest.New(time.Unix(0, 0).UTC()))
	d.clock.Say(events.ClockUnsynced)
	var release func()
	err := d.write(t, time.Second, 25*10, func(n int) {
		switch n {
		case 25 * 4:
			until(t, "two are closed", func() bool { return len(d.news.segments(events.Closed)) >= 2 })
			var err error
			if release, err = d.spool.Hold(spool.File{Camera: "door", Start: time.Unix(0, 0).UTC(), Closed: true}); err != nil {
				t.Fatal(err)
			}
		case 25*6 + 2:
			d.clock.Sync(noon.Sub(time.Unix(0, 0)))
		case 25 * 9:
			until(t, "most are restamped", func() bool { return restamped(d.news) >= 5 })
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.starts(t); got[0] != "1970-01-01T00-00-00.000Z" || got[1] != "2026-11-22T12-00-01.000Z" {
		t.Fatalf("%v", got)
	}
	if d.lock.Unstamped() == "" {
		t.Fatal("the one that is left is forgotten")
	}
	release()
	k := disk.Keeper{Site: "pi", Lock: d.lock, News: d.news, Clock: d.clock, Log: slog.New(slog.DiscardHandler)}
	if _, done, err := k.Restamp(t.Context()); !done || err != nil {
		t.Fatal(done, err)
	}
	segments := rtsptest.ReadAll(t, d.spool.Root())
	at, number := noon, 0
	was := map[time.Time]events.Segment{}
	for _, told := range d.news.segments(events.Closed) {
		was[told.Start] = told
	}
	for i, s := range segments {
		if !s.File.Start.Equal(at) {
			t.Errorf("segment %d begins at %v, not at %v", i, s.File.Start, at)
		}
		told := was[s.File.Start]
		if old := at.Add(time.Unix(0, 0).Sub(noon)); told.Clock == events.ClockRestamped && !told.Was.Equal(old) || told.SHA256 != s.Info.SHA256 {
			t.Errorf("told of %v: %+v", at, told)
		}
		if number < 25*6 && told.Clock != events.ClockRestamped {
			t.Errorf("%v is %s", at, told.Clock)
		}
		at = at.Add(s.Info.Duration)
		number += len(s.Pictures)
	}
	if number != 25*10 {
		t.Errorf("%d pictures", number)
	}
	d.unlock(t)
}

func restamped(n *news) (count int) {
	for _, told := range n.segments(events.Closed) {
		if told.Clock == events.ClockRestamped {
			count++
		}
	}
	return count
}

// TestShippedUnderAWrongTime is told of: the store keeps what it has.
func TestShippedUnderAWrongTime(t *testing.T) {
	d := newDesk(t, open(t), clocktest.New(time.Unix(0, 0).UTC()))
	d.clock.Say(events.ClockUnsynced)
	err := d.write(t, time.Second, 25*6, func(n int) {
		if n == 25*3 {
			until(t, "one is closed", func() bool { return len(d.news.segments(events.Closed)) >= 1 })
			if err := d.spool.Remove(spool.File{Camera: "door", Start: time.Unix(0, 0).UTC(), Closed: true}); err != nil {
				t.Fatal(err)
			}
			d.clock.Sync(noon.Sub(time.Unix(0, 0)))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var told []events.Gap
	for _, ev := range d.news.events {
		if g, ok := ev.(events.Gap); ok && g.Cause == events.CauseClock {
			told = append(told, g)
		}
	}
	if len(told) != 1 || !told[0].Start.Equal(noon) || told[0].End.Sub(noon) != time.Second || !strings.Contains(told[0].Detail, "pi/door/1970-01-01/door_1970-01-01T00-00-00.000Z.mp4") {
		t.Errorf("%+v", told)
	}
	d.unlock(t)
}

// TestAnotherBoot: nobody knows any more how wrong its clock was.
func TestAnotherBoot(t *testing.T) {
	s, clock := open(t), clocktest.New(noon)
	clock.Say(events.ClockUnsynced)
	d := newDesk(t, s, clock)
	if err := d.write(t, time.Second, 25, nil); err != nil {
		t.Fatal(err)
	}
	d.unlock(t)
	clock.Reboot(noon.Add(-time.Hour))
	clock.Say(events.ClockSynced)
	d = newDesk(t, s, clock)
	if err := d.write(t, time.Second, 25, nil); err != nil {
		t.Fatal(err)
	}
	if got := d.starts(t); len(got) != 2 || got[1] != "2026-11-22T12-00-00.000Z" || d.lock.Unstamped() != "" {
		t.Errorf("%v, %q", got, d.lock.Unstamped())
	}
	d.unlock(t)
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestClosedIsToldAfterOpened, and only of what is there.
func TestEachStepIsToldOnce(t *testing.T) {
	d := newDesk(t, open(t), clocktest.New(noon))
	if err := d.write(t, time.Second, 60, nil); err != nil {
		t.Fatal(err)
	}
	count := map[events.SegmentState]int{}
	for _, s := range d.news.states() {
		if count[s]++; count[events.Closed] > count[events.Opened] {
			t.Fatal("closed before it was opened")
		}
	}
	if count[events.Opened] != 3 || count[events.Closed] != 3 || len(d.starts(t)) != 3 {
		t.Fatalf("%v", count)
	}
	if err := d.lock.Unlock(); err != nil {
		t.Fatal(err)
	}
}

// TestClaimedByAnother: a recorder that finds a higher token at a new segment
// writes no more.
func TestClaimedByAnother(t *testing.T) {
	d := newDesk(t, open(t), clocktest.New(noon))
	if _, err := d.spool.Lock("door", 99); err == nil {
		t.Fatal("locked twice")
	}
	if err := d.write(t, time.Second, 30, nil); err == nil {
		t.Fatal("it wrote on")
	}
	if got := d.starts(t); len(got) != 0 {
		t.Fatalf("%v", got)
	}
	if err := d.lock.Unlock(); err != nil {
		t.Fatal(err)
	}
}
