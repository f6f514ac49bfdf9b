package spool_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/spool"
)

// holderVariable turns this test binary into a process that holds a lock, and
// is on the roll, until it is killed.
const holderVariable = "SPOOL_TEST_HOLD"

func TestMain(m *testing.M) {
	if root := os.Getenv(holderVariable); root != "" {
		os.Exit(hold(root))
	}
	os.Exit(m.Run())
}

func hold(root string) int {
	s, err := spool.Open(root)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stdout, err)
		return 1
	}
	l, err := s.Lock("door", 7)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stdout, err)
		return 1
	}
	if _, err := s.Enrol("holder"); err != nil {
		_, _ = fmt.Fprintln(os.Stdout, err)
		return 1
	}
	_, _ = fmt.Fprintln(os.Stdout, "held")
	buffer := make([]byte, 1)
	_, _ = os.Stdin.Read(buffer) // until killed
	_ = l.Unlock()
	return 0
}

// holder starts the process and returns how to kill it.
func holder(t *testing.T, root string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holderVariable+"="+root)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = in.Close() }
	t.Cleanup(kill)
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the holder said %q", line)
	}
	return kill
}

func lock(t *testing.T, s *spool.Spool, token uint64) *spool.Lock {
	t.Helper()
	l, err := s.Lock("door", token)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestKilledHolderLosesTheLock(t *testing.T) {
	s := open(t)
	kill := holder(t, s.Root())
	if _, err := s.Lock("door", 8); !errors.Is(err, spool.ErrLocked) {
		t.Fatalf("locked twice: %v", err)
	}
	kill()
	if _, err := s.Lock("door", 7); !errors.Is(err, spool.ErrFenced) {
		t.Fatalf("the token that was left is forgotten: %v", err)
	}
	l := lock(t, s, 8)
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestTokens(t *testing.T) {
	s := open(t)
	put(t, s, "door/2026-11-22T16-03-01.250Z.mp4", "")
	l := lock(t, s, 5)
	if _, err := s.Lock("door", 9); !errors.Is(err, spool.ErrLocked) {
		t.Fatal(err)
	}
	if _, err := l.Create(start.Add(time.Second)); !errors.Is(err, spool.ErrFenced) {
		t.Fatalf("a segment was opened in spite of a higher token: %v", err)
	}
	if err := l.Raise(9); err != nil {
		t.Fatal(err)
	}
	if err := l.Raise(8); !errors.Is(err, spool.ErrFenced) {
		t.Fatalf("lowered: %v", err)
	}
	p, err := l.Create(start.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Close(); !errors.Is(err, spool.ErrEmpty) {
		t.Fatalf("closed without a fragment: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lock("door", 8); !errors.Is(err, spool.ErrFenced) {
		t.Fatalf("a lower token was let in: %v", err)
	}
	l = lock(t, s, 0)
	if l.Token() != 9 {
		t.Fatalf("without a bus the token is %d", l.Token())
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestNewestIsRememberedWhenTheFileIsGone(t *testing.T) {
	s := open(t)
	l := lock(t, s, 1)
	p, err := l.Create(start)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(movie(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Unlock(), s.Remove(spool.File{Camera: "door", Start: start, Closed: true})); err != nil {
		t.Fatal(err)
	}
	l = lock(t, s, 1)
	if !l.Newest().Equal(start) {
		t.Fatalf("newest is %v", l.Newest())
	}
	if p, err = l.Create(start); err != nil || !p.File().Start.Equal(start.Add(time.Millisecond)) {
		t.Fatalf("a name was given twice: %v, %v", p.File(), err)
	}
	if _, err := p.Close(); !errors.Is(err, spool.ErrEmpty) {
		t.Fatal(err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestUnusedLockLeavesNothing(t *testing.T) {
	s := open(t)
	l := lock(t, s, 3)
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.Root(), "door")); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the folder stayed: %v", err)
	}
}

func TestFolderThatVanishesIsNoticed(t *testing.T) {
	s := open(t)
	l := lock(t, s, 3)
	if err := os.RemoveAll(s.Root()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Create(start); !errors.Is(err, spool.ErrGone) {
		t.Fatalf("a segment was opened in a folder that is gone: %v", err)
	}
	second := lock(t, s, 3)
	if _, err := l.Create(start); !errors.Is(err, spool.ErrGone) {
		t.Fatalf("a segment was opened under another's lock: %v", err)
	}
	if err := errors.Join(l.Unlock(), second.Unlock()); err != nil {
		t.Fatal(err)
	}
}

func TestGarbledLockFileIsNoObstacle(t *testing.T) {
	s := open(t)
	put(t, s, "door/.lock", "\x00\x00\x00\x00")
	l := lock(t, s, 4)
	if l.Token() != 4 || !l.Newest().IsZero() {
		t.Fatalf("token %d, newest %v", l.Token(), l.Newest())
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}
