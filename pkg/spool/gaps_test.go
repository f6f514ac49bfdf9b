package spool

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/events"
)

func gap(n int) events.Gap {
	at := time.Date(2026, 11, 22, 16, 0, n, 0, time.UTC)
	return events.Gap{V: 1, State: events.GapClosed, Site: "pi", Camera: "door", Cause: events.CauseCamera, Start: at, End: at.Add(time.Second), Detail: strings.Repeat("silent ", 150)}
}

func gaps(t *testing.T, s *Spool) (all []events.Gap) {
	t.Helper()
	for g, err := range s.Gaps("door") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

func TestTheLedgerIsBoundedAndKeepsTheNewest(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Lock("door", 0)
	if err != nil {
		t.Fatal(err)
	}
	const many = 1_500
	for n := range many {
		if err := l.AppendGap(gap(n)); err != nil {
			t.Fatal(err)
		}
	}
	all := gaps(t, s)
	if len(all) < many/5 || len(all) == many || all[len(all)-1] != gap(many-1) {
		t.Fatalf("%d are left, the last is %+v", len(all), all[len(all)-1])
	}
	for i := range all[1:] {
		if all[i+1].Start.Sub(all[i].Start) != time.Second {
			t.Fatalf("one is missing after %v", all[i].Start)
		}
	}
	if stat, err := os.Stat(filepath.Join(s.Root(), "door", gapsName)); err != nil || stat.Size() > maxGaps+maxGap {
		t.Fatal(stat, err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

// TestALedgerThatWasCutShort: the rest is read, and what follows too.
func TestALedgerThatWasCutShort(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Lock("door", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.AppendGap(gap(1)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Root(), "door", gapsName)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(content, `{"v":1,"state":"opened","ca`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.AppendGap(gap(2)); err != nil {
		t.Fatal(err)
	}
	if all := gaps(t, s); len(all) != 2 || all[0] != gap(1) || all[1] != gap(2) {
		t.Fatalf("%+v", all)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

// FuzzGaps: a ledger may hold anything after a power cut.
func FuzzGaps(f *testing.F) {
	line, err := json.Marshal(gap(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add(append(append([]byte("\n\n"), line...), line[:20]...))
	f.Add(append(bytes.Repeat([]byte("x"), 2*maxGap), append([]byte("\n"), line...)...))
	f.Fuzz(func(t *testing.T, content []byte) {
		for g, err := range readGaps(bytes.NewReader(content), "door") {
			if err != nil || g.Camera != "door" || g.Start.IsZero() {
				t.Fatalf("%+v, %v", g, err)
			}
		}
	})
}

// FuzzStamp: a box that is read is one that could be written.
func FuzzStamp(f *testing.F) {
	for _, s := range []Stamp{{Wall: gap(1).Start}, {Boot: "0123456789abcdef0123456789abcdef", Uptime: time.Hour, Wall: gap(2).Start, State: events.ClockSynced, Step: -time.Second}} {
		f.Add(s.Box()[8:])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, ok := parseStamp(body)
		if !ok {
			return
		}
		if again, ok := parseStamp(s.Box()[8:]); !ok || again != s {
			t.Fatalf("%+v is read as %+v", s, again)
		}
		events.FormatStart(s.Wall)
	})
}

// FuzzLockFile: the line may hold anything too.
func FuzzLockFile(f *testing.F) {
	for _, line := range []string{"", "00000000000000000007", "00000000000000000007 2026-11-22T16-03-01.250Z", "00000000000000000007 2026-11-22T16-03-01.250Z 00000000000000000012 boot", "\x00 \x00"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) { parseFacts(line) })
}
