package store_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/donhk/istream/cmd/demo/store"
)

func TestTheWorkingDirectoryComesBack(t *testing.T) {
	home := t.TempDir()
	t.Chdir(home)
	s := start(t, config("relative"))
	if want := filepath.Join(home, "relative", "objects", bucket, "a", "b.mp4"); s.Path("a/b.mp4") != want {
		t.Errorf("path %s, want %s", s.Path("a/b.mp4"), want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if here, err := os.Getwd(); err != nil || here != home {
		t.Errorf("in %s (%v), want %s", here, err, home)
	}
}

func TestAProcessHasOneStore(t *testing.T) {
	first := start(t, config(t.TempDir()))
	if _, err := store.Start(t.Context(), config(t.TempDir())); !errors.Is(err, store.ErrRunning) {
		t.Errorf("got %v, want ErrRunning", err)
	}
	put(t, client(t, first), segment, footage(10), shipped())
}

func TestAFailedStartLeavesRoomForTheNext(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := config(t.TempDir())
	c.Listen = taken.Addr().String()
	if _, err := store.Start(t.Context(), c); !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), c.Listen) {
		t.Errorf("got %v, want that %s is in use", err, c.Listen)
	}
	if here, err := os.Getwd(); err != nil || here != home {
		t.Errorf("in %s (%v), want %s", here, err, home)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	if s := start(t, c); s.Endpoint() != c.Listen {
		t.Errorf("endpoint %s, want %s", s.Endpoint(), c.Listen)
	}
}

func TestACancelledStartEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Start(ctx, config(t.TempDir())); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	start(t, config(t.TempDir()))
}

func TestADirThatCannotBeIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Start(t.Context(), config(file)); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want a word on %s", err, file)
	}
}

func TestAllFaultsOfAConfigAreTold(t *testing.T) {
	_, err := store.Start(t.Context(), store.Config{Listen: "nowhere", Dir: "x", Bucket: "b"})
	if err == nil {
		t.Fatal("it started")
	}
	for _, fault := range []string{"AccessKey", "SecretKey", `"nowhere"`} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%q does not name %s", err, fault)
		}
	}
}

func TestNothingIsPrinted(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = write, write
	defer func() { os.Stdout, os.Stderr = stdout, stderr }()

	s := start(t, config(t.TempDir()))
	put(t, client(t, s), segment, footage(10), shipped())
	closed := s.Close()
	os.Stdout, os.Stderr = stdout, stderr
	printed, err := func() ([]byte, error) {
		if err := write.Close(); err != nil {
			return nil, err
		}
		return io.ReadAll(read)
	}()
	if err := errors.Join(closed, err, read.Close()); err != nil {
		t.Fatal(err)
	}
	if len(printed) != 0 {
		t.Errorf("printed %q", printed)
	}
}

func TestDoneTellsOfTheEnd(t *testing.T) {
	s := start(t, config(t.TempDir()))
	select {
	case <-s.Done():
		t.Fatal("done while it runs")
	default:
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if _, err := net.Dial("tcp", s.Endpoint()); err == nil {
		t.Error("it still listens")
	}
}
