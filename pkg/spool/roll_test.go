package spool_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/donhk/istream/pkg/spool"
)

func enrol(t *testing.T, s *spool.Spool, id string) *spool.Roll {
	t.Helper()
	r, err := s.Enrol(id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ended(t *testing.T, r *spool.Roll, want ...string) {
	t.Helper()
	if got, err := r.Ended(); err != nil || !slices.Equal(got, want) {
		t.Errorf("ended are %v (%v), not %v", got, err, want)
	}
}

// TestKilledRecorderIsToldByTheRoll: at once, by each of the others, until one
// strikes it.
func TestKilledRecorderIsToldByTheRoll(t *testing.T) {
	s := open(t)
	kill := holder(t, s.Root()) // enrolled as "holder"
	a, b := enrol(t, s, "a"), enrol(t, s, "b")
	ended(t, a)
	kill()
	ended(t, a, "holder")
	ended(t, b, "holder")
	if err := a.Strike("holder"); err != nil {
		t.Fatal(err)
	}
	if err := b.Strike("holder"); err != nil {
		t.Fatalf("struck twice: %v", err)
	}
	ended(t, b)
	if err := a.Leave(); err != nil {
		t.Fatal(err)
	}
	ended(t, b)
	if err := b.Leave(); err != nil {
		t.Fatal(err)
	}
}

func TestRollThatWasRemovedIsMadeAgain(t *testing.T) {
	s := open(t)
	a, b := enrol(t, s, "a"), enrol(t, s, "b")
	if err := os.RemoveAll(s.Root()); err != nil {
		t.Fatal(err)
	}
	ended(t, a) // b is on no roll: it is not known to have ended
	ended(t, b)
	ended(t, a)
	for _, id := range []string{"a", "b"} {
		if _, err := os.Stat(filepath.Join(s.Root(), ".recorders", id)); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(a.Leave(), b.Leave()); err != nil {
		t.Fatal(err)
	}
}

func TestRollTakesNamesOnly(t *testing.T) {
	s := open(t)
	if _, err := s.Enrol("../x"); err == nil {
		t.Error("enrolled outside the spool")
	}
	a := enrol(t, s, "a")
	for _, id := range []string{"../a", "a", ""} {
		if err := a.Strike(id); err == nil {
			t.Errorf("struck %q", id)
		}
	}
	if err := a.Leave(); err != nil {
		t.Fatal(err)
	}
}

func TestLockedClaimsNothing(t *testing.T) {
	s := open(t)
	if s.Locked("door") || s.Locked("..") {
		t.Error("a folder that is not there is locked")
	}
	l := lock(t, s, 3)
	if !s.Locked("door") {
		t.Error("a folder that is locked is free")
	}
	if _, err := l.Create(start); err != nil {
		t.Fatal(err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	if s.Locked("door") {
		t.Error("a folder that was unlocked is locked")
	}
	if l := lock(t, s, 3); l.Unlock() != nil {
		t.Error("asking has left a claim")
	}
}
