package disk_test

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/disk"
	"github.com/donhk/istream/services/recorder/internal/ledger"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
	"github.com/donhk/istream/services/recorder/internal/segment"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type news struct {
	mu     sync.Mutex
	events []events.Event
}

func (n *news) Announce(ev events.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
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

// desk is a writer with a spool of its own.
type desk struct {
	spool  *spool.Spool
	lock   *spool.Lock
	news   *news
	writer *disk.Writer
}

func newDesk(t *testing.T, s *spool.Spool) *desk {
	t.Helper()
	l, err := s.Lock("door", 0)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{spool: s, lock: l, news: &news{}}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	d.writer = disk.New(disk.Options{
		Site: "pi", Camera: "door", Sync: time.Second, Lock: l, News: d.news,
		Ledger: ledger.New("pi", "door", d.news), Counters: &disk.Counters{}, Log: log,
	})
	return d
}

// write runs the writer over what a session of some pictures gives, which began
// at a time by the wall clock.
func (d *desk) write(t *testing.T, begin time.Time, pictures int, segmentDuration time.Duration) (lost error) {
	t.Helper()
	chunks, done := make(chan segment.Chunk), make(chan struct{})
	go func() {
		defer close(done)
		d.writer.Run(t.Context(), chunks, func() {}, func(err error) { lost = err })
	}()
	scene := rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 5}
	var sets *media.Sets
	cut := segment.New([]media.Format{{Codec: media.H264, Rate: rtsptest.Rate}}, segmentDuration, time.Second, func(c segment.Chunk) { chunks <- c })
	for n := range pictures {
		u := scene.Unit(n, sets)
		sets, u.Arrival = u.Sets, begin.Add(scene.Picture(n).Time)
		cut.Push(u)
	}
	cut.Close(segment.CauseSession)
	close(chunks)
	<-done
	return lost
}

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

// TestClockThatStepsBack: names stay unique and in order, nothing is dropped.
func TestClockThatStepsBack(t *testing.T) {
	s := open(t)
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, begin := range []time.Time{noon, noon.Add(-time.Hour), noon.Add(-time.Hour), noon.Add(5 * time.Hour)} {
		d := newDesk(t, s)
		if err := d.write(t, begin, 30, time.Second); err != nil {
			t.Fatal(err)
		}
		if err := d.lock.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
	d := newDesk(t, s)
	got := d.starts(t)
	want := []string{
		"2026-11-22T12-00-00.000Z", "2026-11-22T12-00-01.000Z",
		"2026-11-22T12-00-01.001Z", "2026-11-22T12-00-01.002Z",
		"2026-11-22T12-00-01.003Z", "2026-11-22T12-00-01.004Z",
		"2026-11-22T17-00-00.000Z", "2026-11-22T17-00-01.000Z",
	}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("segment %d is called %s, not %s", i, got[i], want[i])
		}
	}
	pictures := 0
	for _, segment := range rtsptest.ReadAll(t, s.Root()) {
		pictures += len(segment.Pictures)
	}
	if pictures != 4*30 {
		t.Errorf("%d pictures of %d", pictures, 4*30)
	}
	if err := d.lock.Unlock(); err != nil {
		t.Fatal(err)
	}
}

// TestClosedIsToldAfterOpened, and only of what is there.
func TestEachStepIsToldOnce(t *testing.T) {
	d := newDesk(t, open(t))
	if err := d.write(t, time.Now(), 60, time.Second); err != nil {
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
	d := newDesk(t, open(t))
	if _, err := d.spool.Lock("door", 99); err == nil {
		t.Fatal("locked twice")
	}
	if err := d.write(t, time.Now(), 30, time.Second); err == nil {
		t.Fatal("it wrote on")
	}
	if got := d.starts(t); len(got) != 0 {
		t.Fatalf("%v", got)
	}
	if err := d.lock.Unlock(); err != nil {
		t.Fatal(err)
	}
}
