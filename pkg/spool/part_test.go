package spool_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/spool"
)

// movie is a whole file as it comes in: init and three fragments.
func movie(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/three.mp4")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// writes cuts a movie as a recorder writes it: init and first fragment, then
// a fragment each.
func writes(t testing.TB) [][]byte {
	t.Helper()
	b := movie(t)
	var all [][]byte
	for {
		next := bytes.Index(b[min(len(b), 8):], []byte("moof"))
		if len(all) == 0 {
			first := next + 8
			next = first + bytes.Index(b[first+4:], []byte("moof")) - 4
		}
		if next < 0 {
			return append(all, b)
		}
		all = append(all, b[:next+4])
		b = b[next+4:]
	}
}

func part(t *testing.T) (*spool.Spool, *spool.Lock, *spool.Part) {
	t.Helper()
	s := open(t)
	l := lock(t, s, 1)
	t.Cleanup(func() { _ = l.Unlock() })
	p, err := l.Create(start)
	if err != nil {
		t.Fatal(err)
	}
	return s, l, p
}

func TestClosedSegmentIsWholeAndDescribed(t *testing.T) {
	s, _, p := part(t)
	parts := writes(t)
	if len(parts) != 3 {
		t.Fatalf("%d writes", len(parts))
	}
	for _, b := range parts {
		if err := p.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := p.SyncIfDue(0); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]spool.File{{Camera: "door", Start: start, Size: p.Size()}}, scan(t, s)); diff != "" {
		t.Fatal(diff)
	}
	info, err := p.Close()
	if err != nil {
		t.Fatal(err)
	}
	files := scan(t, s)
	if diff := cmp.Diff([]spool.File{{Camera: "door", Start: start, Closed: true, Size: info.Size}}, files); diff != "" {
		t.Fatal(diff)
	}
	described, err := spool.Describe(s.Path(files[0]))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(info, described); diff != "" {
		t.Fatal(diff)
	}
	if info.Duration != 3*time.Second {
		t.Fatalf("lasts %v", info.Duration)
	}
}

func TestWriteRefusesWhatCouldNotBeMended(t *testing.T) {
	_, _, p := part(t)
	parts := writes(t)
	for name, b := range map[string][]byte{"no movie": parts[1], "half": parts[0][:len(parts[0])-1], "junk": []byte("hello, world")} {
		if err := p.Write(b); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if p.Size() != 0 || p.Fragments() != 0 {
		t.Fatalf("%d bytes, %d fragments", p.Size(), p.Fragments())
	}
	if err := p.Write(parts[0]); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(parts[1][:100]); err == nil {
		t.Fatal("half a fragment was written")
	}
	if err := p.Write(parts[1]); err != nil {
		t.Fatal(err)
	}
	if info, err := p.Close(); err != nil || info.Duration != 2*time.Second {
		t.Fatalf("%+v, %v", info, err)
	}
}

func TestRecoverGivesTheClosedName(t *testing.T) {
	s, l, p := part(t)
	b := movie(t)
	if err := p.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := p.Abandon(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(s.Path(p.File()), int64(len(b)-10)); err != nil {
		t.Fatal(err)
	}
	info, err := l.Recover(p.File())
	if err != nil {
		t.Fatal(err)
	}
	described, err := spool.Describe(s.Path(spool.File{Camera: "door", Start: start, Closed: true}))
	if err != nil || described != info || info.Duration != 2*time.Second {
		t.Fatalf("%+v, %+v, %v", info, described, err)
	}
}

func TestRecoverRemovesWhatIsEmpty(t *testing.T) {
	s, l, p := part(t)
	path := s.Path(p.File())
	if err := p.Abandon(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, movie(t)[:1200], 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Recover(p.File()); !errors.Is(err, spool.ErrEmpty) {
		t.Fatal(err)
	}
	if left := scan(t, s); len(left) != 0 {
		t.Fatalf("left: %v", left)
	}
}

// TestRecoverKeepsWhatItCannotRead: footage is not removed for a spoilt header.
func TestRecoverKeepsWhatItCannotRead(t *testing.T) {
	s, l, p := part(t)
	path := s.Path(p.File())
	if err := p.Abandon(); err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Replace(movie(t), []byte("moov"), []byte("\xff\xff\xff\xff"), 1)
	if err := os.WriteFile(path, spoilt, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Recover(p.File()); !errors.Is(err, spool.ErrUnreadable) {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(strings.TrimSuffix(path, ".part") + ".unreadable")
	if err != nil || !bytes.Equal(kept, spoilt) {
		t.Fatalf("%d bytes of %d are kept: %v", len(kept), len(spoilt), err)
	}
	if left := scan(t, s); len(left) != 0 {
		t.Fatalf("left: %v", left)
	}
}

func TestClosedSegmentIsNeverReplaced(t *testing.T) {
	s, l, p := part(t)
	if err := p.Write(movie(t)); err != nil {
		t.Fatal(err)
	}
	closed := spool.File{Camera: "door", Start: start, Closed: true}
	put(t, s, closed.Rel(), "footage")
	if _, err := p.Close(); err == nil {
		t.Fatal("a closed segment was replaced")
	}
	if _, err := l.Recover(p.File()); err == nil {
		t.Fatal("a closed segment was replaced")
	}
	if b, err := os.ReadFile(s.Path(closed)); err != nil || string(b) != "footage" {
		t.Fatalf("%q, %v", b, err)
	}
}
