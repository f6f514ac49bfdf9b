package spool_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

var noon = spool.Stamp{
	Boot: "0123456789abcdef0123456789abcdef", Uptime: 90 * time.Second, Wall: start,
	State: events.ClockUnsynced, Step: -time.Hour,
}

// stamped is a movie with a stamp before its first fragment.
func stamped(t testing.TB, s spool.Stamp) []byte {
	t.Helper()
	b := movie(t)
	end := int64(0)
	for range 2 { // ftyp, moov
		end += int64(binary.BigEndian.Uint32(b[end:]))
	}
	return append(append(append([]byte{}, b[:end]...), s.Box()...), b[end:]...)
}

// TestAStampOutlivesEverything: it is told at the close, by the closed file, by
// one that was cut short, and by one that is being written.
func TestAStampOutlivesEverything(t *testing.T) {
	s, l, p := part(t)
	if err := p.Write(stamped(t, noon)); err != nil {
		t.Fatal(err)
	}
	growing, err := s.ReadStamp(p.File())
	measured, fault := spool.Measure(s.Path(p.File()))
	if err = errors.Join(err, fault); err != nil || measured.SHA256 != "" || measured.Duration == 0 {
		t.Fatal(measured, err)
	}
	closed, err := p.Close()
	if err != nil {
		t.Fatal(err)
	}
	f := spool.File{Camera: "door", Start: p.File().Start, Closed: true}
	described, err := spool.Describe(s.Path(f))
	if err != nil {
		t.Fatal(err)
	}
	cut, err := l.Create(start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(cut.Write(stamped(t, noon)), cut.Abandon()); err != nil {
		t.Fatal(err)
	}
	mended, err := l.Recover(cut.File())
	if err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string]*spool.Stamp{"growing": &growing, "measured": measured.Stamp, "closed": closed.Stamp, "described": described.Stamp, "mended": mended.Stamp} {
		if got == nil || !cmp.Equal(*got, noon) {
			t.Errorf("%s: %+v", what, got)
		}
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestAFileWithoutAStampSaysSo(t *testing.T) {
	s, l, p := part(t)
	if err := p.Write(movie(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReadStamp(p.File()); !errors.Is(err, spool.ErrNoStamp) {
		t.Error(err)
	}
	if info, err := p.Close(); err != nil || info.Stamp != nil {
		t.Error(info, err)
	}
	if _, err := s.ReadStamp(p.File()); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestAStampTellsTheStateOfTheName(t *testing.T) {
	for _, c := range []struct {
		state events.ClockState
		moved time.Duration
		want  events.ClockState
	}{
		{events.ClockUnsynced, 0, events.ClockUnsynced},
		{events.ClockUnsynced, 3 * time.Millisecond, events.ClockUnsynced}, // for another of its name
		{events.ClockUnsynced, time.Second, events.ClockRestamped},
		{events.ClockUnsynced, -time.Hour, events.ClockRestamped},
		{events.ClockSynced, time.Second, events.ClockSynced},
	} {
		if got := (spool.Stamp{Wall: start, State: c.state}).Clock(start.Add(c.moved)); got != c.want {
			t.Errorf("%s, moved by %v: %s, want %s", c.state, c.moved, got, c.want)
		}
	}
}

func TestStampsAreReadBack(t *testing.T) {
	dir := t.TempDir() + "/segment"
	rapid.Check(t, func(t *rapid.T) {
		want := spool.Stamp{
			Boot:   rapid.StringMatching("([0-9a-f]{31}1)?").Draw(t, "boot"),
			Uptime: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "uptime")) * time.Millisecond,
			Wall:   time.UnixMilli(rapid.Int64Range(-6e13, 250_000_000_000_000).Draw(t, "wall")).UTC(),
			State:  rapid.SampledFrom([]events.ClockState{events.ClockSynced, events.ClockUnsynced, events.ClockUnknown}).Draw(t, "state"),
			Step:   time.Duration(rapid.Int64Range(-9e12, 9e12).Draw(t, "step")) * time.Millisecond,
		}
		if err := os.WriteFile(dir, stampedAs(want), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := spool.Measure(dir)
		if err != nil || info.Stamp == nil {
			t.Fatal(info, err)
		}
		if diff := cmp.Diff(want, *info.Stamp); diff != "" {
			t.Fatal(diff)
		}
	})
}

func stampedAs(s spool.Stamp) []byte {
	b, err := os.ReadFile("testdata/three.mp4")
	if err != nil {
		panic(err)
	}
	at := bytes.Index(b, []byte("moof")) - 4
	return append(append(append([]byte{}, b[:at]...), s.Box()...), b[at:]...)
}
