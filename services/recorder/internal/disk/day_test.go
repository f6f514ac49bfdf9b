package disk_test

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the test needs a zone, wherever it runs

	"github.com/donhk/istream/pkg/coverage"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/clocktest"
	"github.com/donhk/istream/services/recorder/internal/disk"
	"github.com/donhk/istream/services/recorder/internal/ledger"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
	"github.com/donhk/istream/services/recorder/internal/segment"
)

// pace is how long a picture of the day lasts.
const pace = 10 * time.Second

// stage is one camera of the day, with all of the recorder from the segmenter
// down to the files.
type stage struct {
	t      *testing.T
	id     string
	scene  rtsptest.Scene
	spool  *spool.Spool
	clock  *clocktest.Clock
	news   *news
	ledger *ledger.Ledger
	sent   map[int]time.Time // instant of each picture that was sent

	lock   *spool.Lock
	chunks chan segment.Chunk
	done   chan struct{}
	cut    *segment.Segmenter
	begun  int // number of the session's first picture
	sets   *media.Sets
}

// run has a recorder take the camera.
func (s *stage) run(ctx context.Context) {
	s.t.Helper()
	var err error
	if s.lock, err = s.spool.Lock(s.id, 0); err != nil {
		s.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s.ledger = ledger.New("pi", s.id, s.news, s.clock)
	if err := s.ledger.Begin(ledger.InFolder(s.lock), disk.Earlier(ctx, s.lock, s.clock), s.clock.Now()); err != nil {
		s.t.Fatal(err)
	}
	w := disk.New(disk.Options{
		Site: "pi", Camera: s.id, Sync: time.Second, Lock: s.lock, News: s.news,
		Ledger: s.ledger, Counters: &disk.Counters{}, Clock: s.clock, Log: log,
	})
	s.chunks, s.done = make(chan segment.Chunk, 8), make(chan struct{})
	go func() {
		defer close(s.done)
		w.Run(ctx, s.chunks, func(cause string) { s.cut.Cut(cause) }, func(err error) { s.t.Error(err) })
	}()
}

// stop has it give the camera back.
func (s *stage) stop() {
	s.t.Helper()
	s.part("")
	close(s.chunks)
	<-s.done
	s.ledger.End("the recorder stopped", s.clock.Now())
	if err := s.lock.Unlock(); err != nil {
		s.t.Error(err)
	}
	s.lock = nil
}

// meet begins a session with the camera, part ends it.
func (s *stage) meet(number int) {
	s.cut = segment.New([]media.Format{{Codec: media.H264, Rate: rtsptest.Rate}}, 20*time.Minute, time.Second, func(c segment.Chunk) { s.chunks <- c })
	s.begun, s.sets = number, nil
}

func (s *stage) part(cause events.Cause) {
	if s.cut == nil {
		return
	}
	s.cut.Close(segment.CauseSession)
	s.cut = nil
	if cause != "" {
		s.settle()
		s.ledger.Lost(cause, "it is away", s.clock.Now())
	}
}

// settle waits until the writer has what was sent.
func (s *stage) settle() {
	until(s.t, "the disk has it all", func() bool {
		s.news.mu.Lock()
		defer s.news.mu.Unlock()
		return s.news.fragments == len(s.sent) // a fragment each
	})
}

// send sends a picture; those before a session's first keyframe can't be stored.
func (s *stage) send(number int) {
	if s.cut == nil {
		return
	}
	u := s.scene.Unit(number, s.sets)
	u.Time, u.Arrival = int64(number-s.begun)*int64(pace/time.Second)*rtsptest.Rate, s.clock.Now()
	if s.sets = u.Sets; s.sets != nil {
		s.sent[number] = u.Arrival
	}
	s.cut.Push(u)
}

// TestADayOfClocks: 24 hours of three cameras, in which the clock begins in 1970
// and is set right, steps back by an hour, into another year and back, and by
// some minutes while a camera is away and while no recorder runs; and in which
// the local time has its hour twice. Every picture is recorded once, its time is
// one that the clock showed, and footage and gaps account for all of the day.
func TestADayOfClocks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	local := time.Local
	time.Local = berlin
	t.Cleanup(func() { time.Local = local })

	begin := time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC) // summer time ends that night
	s, clock := open(t), clocktest.New(time.Unix(0, 0))
	clock.Say(events.ClockUnsynced)
	var stages []*stage
	gops := []int{5, 20, 60}
	for i, id := range []string{"door", "yard", "lane"} {
		stages = append(stages, &stage{t: t, id: id, scene: rtsptest.Scene{Codec: media.H264, GOP: gops[i], FPS: 1, Size: 64}, spool: s, clock: clock, news: &news{}, sent: map[int]time.Time{}})
	}
	fiveYears := begin.AddDate(5, 0, 0).Sub(begin)
	minute := int(time.Minute / pace)
	each := func(do func(*stage)) func() {
		return func() {
			for _, s := range stages {
				do(s)
			}
		}
	}
	what := map[int]func(){
		0:              each(func(s *stage) { s.run(t.Context()); s.meet(0) }),
		12 * minute:    func() { clock.Sync(begin.Sub(time.Unix(0, 0))) },
		180*minute + 7: func() { clock.Step(-time.Hour) },
		300 * minute:   func() { stages[0].part(events.CauseCamera) },
		310 * minute:   func() { clock.Step(5 * time.Minute) },
		320*minute + 3: func() { stages[0].meet(320*minute + 3) },
		360 * minute:   each(func(s *stage) { s.stop() }),
		361 * minute:   func() { clock.Step(4 * time.Minute) },
		363*minute + 1: each(func(s *stage) { s.run(t.Context()); s.meet(363*minute + 1) }),
		480*minute + 3: func() { clock.Step(fiveYears) },
		540*minute + 2: func() { clock.Step(-fiveYears) },
		600 * minute:   func() { clock.Step(51 * time.Minute) }, // right again
	}
	const day = 24 * time.Hour
	for n := range int(day / pace) {
		if do := what[n]; do != nil {
			do()
		}
		each(func(s *stage) { s.send(n) })()
		clock.Pass(pace)
	}
	each(func(s *stage) { s.stop() })()
	for _, s := range stages {
		t.Run(s.id, func(t *testing.T) { s.check(t, begin, fiveYears) })
	}
}

// picture is one that was recorded: when and for how long its file says that it
// was.
type picture struct {
	number int
	at     time.Time
	length time.Duration
}

func (s *stage) check(t *testing.T, begin time.Time, away time.Duration) {
	t.Helper()
	var pictures []picture
	account := coverage.NewAccount()
	names := map[int]spool.File{} // by the number of the first picture
	for f, err := range s.spool.Camera(t.Context(), s.id) {
		if err != nil || !f.Closed {
			t.Fatal(f, err)
		}
		file := rtsptest.Read(t, s.spool.Path(f))
		account.File(f.Start, file.Info.Duration)
		names[file.Pictures[0]] = f
		for i, number := range file.Pictures {
			from, to := file.Shown[i], file.Shown[0]+file.Info.Duration
			if i+1 < len(file.Shown) {
				to = file.Shown[i+1]
			}
			pictures = append(pictures, picture{number, f.Start.Add(from - file.Shown[0]), to - from})
		}
	}
	for _, ev := range s.news.events {
		switch ev := ev.(type) {
		case events.Segment:
			account.Segment(ev)
		case events.Gap:
			account.Gap(ev)
		}
	}
	s.once(t, pictures)
	s.ordered(t, names)
	exact(t, account, pictures, begin, begin.Add(24*time.Hour))

	// And the hour in another year, by itself.
	first, last := time.Time{}, time.Time{}
	for _, p := range pictures {
		if p.at.After(begin.Add(away)) {
			if first.IsZero() {
				first = p.at
			}
			last = p.at.Add(p.length)
		}
	}
	if hour := last.Sub(first); hour < 30*time.Minute || hour > 90*time.Minute {
		t.Errorf("%v in another year", hour)
	}
	exact(t, account, pictures, first, last)

	recorded := time.Duration(0)
	for _, p := range pictures {
		recorded += p.length
	}
	r, _ := account.Report(begin, begin.Add(24*time.Hour), 0)
	lost := time.Duration(0)
	for _, d := range r.Lost {
		lost += d
	}
	// The step while nobody ran is part of that gap: nobody saw it.
	if missing := 24*time.Hour - recorded + 4*time.Minute; lost != missing {
		t.Errorf("lost: %v, missing %v", r.Lost, missing)
	}
	for _, g := range r.Gaps {
		t.Logf("%s to %s: %s, %s", g.Start.Format(time.RFC3339Nano), g.End.Format(time.RFC3339Nano), g.Cause, g.Detail)
	}
}

// once: each picture that was sent is there, once.
func (s *stage) once(t *testing.T, pictures []picture) {
	t.Helper()
	seen := map[int]bool{}
	for _, p := range pictures {
		if _, sent := s.sent[p.number]; !sent || seen[p.number] {
			t.Fatalf("picture %d is there twice, or was not to be stored", p.number)
		}
		seen[p.number] = true
	}
	if len(seen) != len(s.sent) {
		t.Fatalf("%d pictures of %d", len(seen), len(s.sent))
	}
}

// ordered: names rise in the order of recording, but where the clock was set
// back, and none is of the clock that was wrong.
func (s *stage) ordered(t *testing.T, names map[int]spool.File) {
	t.Helper()
	var numbers []int
	for number := range names {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	back := 0
	for i, number := range numbers {
		f := names[number]
		if f.Start.Year() == 1970 {
			t.Errorf("%s was not restamped", f.Rel())
		}
		if i == 0 || f.Start.After(names[numbers[i-1]].Start) {
			continue
		}
		back++
		if stamp, err := s.spool.ReadStamp(f); err != nil || stamp.Step >= 0 {
			t.Errorf("%s comes after %s: %+v, %v", f.Rel(), names[numbers[i-1]].Rel(), stamp, err)
		}
	}
	if back != 2 {
		t.Errorf("names went back %d times, the clock twice", back)
	}
}

// exact: from begin to end footage is where the pictures are, to the frame, and
// everything else is explained.
func exact(t *testing.T, account *coverage.Account, pictures []picture, begin, end time.Time) {
	t.Helper()
	r, ok := account.Report(begin, end, 0)
	if !ok || !r.From.Equal(begin) {
		t.Fatalf("seen from %v on, not from %v", r.From, begin)
	}
	slices.SortFunc(pictures, func(a, b picture) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.number, b.number)) })
	footage, covered := time.Duration(0), begin
	for _, p := range pictures {
		to := p.at.Add(p.length)
		if p.at.Before(begin) || to.After(end) {
			continue
		}
		if p.at.After(covered) {
			covered = p.at
		}
		if to.After(covered) {
			footage += to.Sub(covered)
			covered = to
		}
	}
	if r.Footage != footage || r.Lost[coverage.Unknown] != 0 {
		t.Errorf("%v of footage, the pictures make %v; lost: %v", r.Footage, footage, r.Lost)
	}
}
