package spool_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/spool"
)

var start = time.Date(2026, 11, 22, 16, 3, 1, 250e6, time.UTC)

func open(t testing.TB) *spool.Spool {
	t.Helper()
	s, err := spool.Open(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, s *spool.Spool, rel, content string) {
	t.Helper()
	path := filepath.Join(s.Root(), rel)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
		t.Fatal(err)
	}
}

func scan(t testing.TB, s *spool.Spool) []spool.File {
	t.Helper()
	var all []spool.File
	for f, err := range s.Scan(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

func TestScanListsFootageInOrderAndNothingElse(t *testing.T) {
	s := open(t)
	put(t, s, "yard/2026-11-22T16-03-01.250Z.mp4", "abc")
	put(t, s, "door/2026-11-22T16-04-01.250Z.part", "a")
	put(t, s, "door/2026-11-22T16-03-01.250Z.mp4", "ab")
	for _, foreign := range []string{"door/.lock", "door/holiday.mp4", "door/2026-11-22T16-03-01.250Z.mp4.bak", "Door/2026-11-22T16-03-01.250Z.mp4", "door/sub/2026-11-22T16-03-01.250Z.mp4", "2026-11-22T16-03-01.250Z.mp4"} {
		put(t, s, foreign, "x")
	}
	if err := os.Symlink(filepath.Join(s.Root(), "door"), filepath.Join(s.Root(), "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(s.Root(), "door/2026-11-22T16-05-01.250Z.mp4")); err != nil {
		t.Fatal(err)
	}
	want := []spool.File{
		{Camera: "door", Start: start, Closed: true, Size: 2},
		{Camera: "door", Start: start.Add(time.Minute), Size: 1},
		{Camera: "yard", Start: start, Closed: true, Size: 3},
	}
	if diff := cmp.Diff(want, scan(t, s)); diff != "" {
		t.Fatal(diff)
	}
}

func TestRemoveStaysInside(t *testing.T) {
	s := open(t)
	put(t, s, "door/2026-11-22T16-03-01.250Z.mp4", "ab")
	f := spool.File{Camera: "door", Start: start, Closed: true}
	if err := s.Remove(f); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(f); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("removing what is gone: %v", err)
	}
	outside := t.TempDir()
	precious := filepath.Join(outside, "2026-11-22T16-03-01.250Z.mp4")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(s.Root(), "link")); err != nil {
		t.Fatal(err)
	}
	for _, camera := range []string{"link", "../" + filepath.Base(outside), ""} {
		if err := s.Remove(spool.File{Camera: camera, Start: start, Closed: true}); err == nil {
			t.Errorf("removed a file of %q", camera)
		}
	}
	if _, err := os.Stat(precious); err != nil {
		t.Fatal("a file outside of the spool was removed")
	}
}

func TestDescribe(t *testing.T) {
	info, err := spool.Describe("testdata/three.mp4")
	if err != nil {
		t.Fatal(err)
	}
	if info.Duration != 3*time.Second || info.Codec != "avc1.64000A,mp4a.40.2" || len(info.SHA256) != 64 || info.Size == 0 {
		t.Fatalf("%+v", info)
	}
	if _, err := spool.Describe("spool_test.go"); err == nil {
		t.Fatal("a text file was described")
	}
	if _, err := spool.Describe(t.TempDir()); err == nil {
		t.Fatal("a folder was described")
	}
}
