package spool_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/pkg/spool"
)

// TestNamesUnderASteppingClock: whatever the clock shows, no name is given
// twice, though files are shipped and recorders start anew; while it does not
// step names rise; and a name is where the clock was, at most a little later.
func TestNamesUnderASteppingClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root, err := os.MkdirTemp("", "names")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(root) }()
		s, err := spool.Open(root)
		if err != nil {
			t.Fatal(err)
		}
		l, err := s.Lock("door", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Unlock() }()
		given, clock, latest := map[time.Time]bool{}, start, time.Time{}
		for range rapid.IntRange(1, 30).Draw(t, "segments") {
			stepped := false
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0: // set back, often to where it was before
				clock = clock.Add(-time.Duration(rapid.IntRange(1, 20).Draw(t, "back")) * time.Second)
				stepped = true
			case 1:
				clock = clock.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "on")) * time.Second)
			case 2: // shipped
				for f := range given {
					if err := s.Remove(spool.File{Camera: "door", Start: f}); err != nil && !errors.Is(err, fs.ErrNotExist) {
						t.Fatal(err)
					}
				}
			case 3: // another recorder
				if err := l.Unlock(); err != nil {
					t.Fatal(err)
				}
				if l, err = s.Lock("door", 0); err != nil {
					t.Fatal(err)
				}
			case 4: // put right a little
				clock = clock.Add(-time.Duration(rapid.IntRange(1, 400).Draw(t, "little")) * time.Millisecond)
			}
			p, err := l.Create(clock)
			if err != nil {
				t.Fatal(err)
			}
			name := p.File().Start
			if given[name] {
				t.Fatalf("%v was given twice", name)
			}
			if !stepped && !name.After(latest) {
				t.Fatalf("%v comes after %v", name, latest)
			}
			if late := name.Sub(clock); late < 0 || late > spool.ClockTolerance+time.Duration(len(given)+1)*time.Millisecond {
				t.Fatalf("%v is called %v", clock, name)
			}
			given[name], latest = true, name
			clock = clock.Add(time.Duration(rapid.IntRange(1, 3).Draw(t, "seconds")) * time.Second)
		}
	})
}

// closed records a segment and closes it.
func closed(t *testing.T, l *spool.Lock, at time.Time) spool.File {
	t.Helper()
	p, err := l.Create(at)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(stamped(t, noon)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return spool.File{Camera: "door", Start: p.File().Start, Closed: true}
}

func TestRestampGivesTheTrueStart(t *testing.T) {
	s := open(t)
	l := lock(t, s, 0)
	early, late := closed(t, l, start.AddDate(-50, 0, 0)), closed(t, l, start)
	got, err := l.Restamp(early, start)
	if err != nil || !got.Start.Equal(start.Add(time.Millisecond)) {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, f := range []spool.File{late, got} {
		if _, err := spool.Describe(s.Path(f)); err != nil {
			t.Error(err)
		}
	}
	if _, err := l.Restamp(early, start); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("restamped twice: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

// TestHeldSegmentsKeepTheirName: who ships a file is not surprised, and who asks
// for one that was renamed is told that it is gone.
func TestHeldSegmentsKeepTheirName(t *testing.T) {
	s := open(t)
	l := lock(t, s, 0)
	f := closed(t, l, start)
	release, err := s.Hold(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Restamp(f, start.Add(time.Hour)); !errors.Is(err, spool.ErrBusy) {
		t.Fatalf("renamed while it was held: %v", err)
	}
	second, err := s.Hold(f) // as another shipper
	if err != nil {
		t.Fatal(err)
	}
	release()
	second()
	if _, err := l.Restamp(f, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Hold(f); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("held under a name that it has no more: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestUnstampedIsRemembered(t *testing.T) {
	s := open(t)
	l := lock(t, s, 3)
	if p, err := l.Create(start); err != nil {
		t.Fatal(err)
	} else if err := errors.Join(l.SetUnstamped("boot"), p.Write(movie(t)), p.Abandon(), l.Unlock()); err != nil {
		t.Fatal(err)
	}
	l = lock(t, s, 3)
	if got := l.Unstamped(); got != "boot" {
		t.Fatalf("%q", got)
	}
	if err := errors.Join(l.SetUnstamped(""), l.Unlock()); err != nil {
		t.Fatal(err)
	}
	l = lock(t, s, 3)
	if got := l.Unstamped(); got != "" || l.Token() != 3 || !l.Newest().Equal(start) {
		t.Fatalf("%q, %d, %v", got, l.Token(), l.Newest())
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}
