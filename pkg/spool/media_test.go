package spool

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/spool/internal/isobmff"
)

// memory is a segment's file without a disk.
type memory struct{ b []byte }

func (m *memory) ReadAt(p []byte, at int64) (int, error) { return bytes.NewReader(m.b).ReadAt(p, at) }

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	if grow := at + int64(len(p)) - int64(len(m.b)); grow > 0 {
		m.b = append(m.b, make([]byte, grow)...)
	}
	return copy(m.b[at:], p), nil
}

func (m *memory) Truncate(size int64) error {
	if size > int64(len(m.b)) {
		return io.ErrShortWrite
	}
	m.b = m.b[:size]
	return nil
}

func three(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/three.mp4")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ends lists where each whole fragment of a file ends.
func ends(t testing.TB, b []byte) []int64 {
	t.Helper()
	var all []int64
	r, limit := bytes.NewReader(b), int64(len(b))
	for at := int64(0); at < limit; {
		h, err := isobmff.ReadHeader(r, at, limit)
		if err != nil {
			t.Fatal(err)
		}
		if at = h.End(); h.Type == "mdat" {
			all = append(all, at)
		}
	}
	return all
}

func TestRepairAtEveryOffset(t *testing.T) {
	whole := three(t)
	cuts := ends(t, whole)
	if len(cuts) != 3 {
		t.Fatalf("%d fragments", len(cuts))
	}
	for size := range len(whole) + 1 {
		fragments := 0
		for fragments < len(cuts) && int64(size) >= cuts[fragments] {
			fragments++
		}
		m := &memory{b: bytes.Clone(whole[:size])}
		info, err := repair(m, int64(size))
		if fragments == 0 {
			if !errors.Is(err, ErrEmpty) {
				t.Fatalf("cut at %d: %v", size, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", size, err)
		}
		if want := time.Duration(fragments) * time.Second; info.Duration != want {
			t.Fatalf("cut at %d: lasts %v, not %v", size, info.Duration, want)
		}
		sameFragments(t, whole, m.b, cuts[fragments-1])
		again, err := repair(m, int64(len(m.b)))
		if err != nil || again != info {
			t.Fatalf("cut at %d: mended again: %+v, %v, not %+v", size, again, err, info)
		}
	}
}

// sameFragments finds everything after the moov as it was.
func sameFragments(t *testing.T, whole, mended []byte, end int64) {
	t.Helper()
	m, err := measure(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	at := m.header.End()
	if !bytes.Equal(whole[at:end], mended[at:end]) {
		t.Fatal("a fragment was changed")
	}
}

func TestRepairKeepsWhatIsBeforeAFault(t *testing.T) {
	whole := three(t)
	cuts := ends(t, whole)
	for name, fault := range map[string]func(b []byte) []byte{
		"zeros":            func(b []byte) []byte { clear(b[cuts[1]:]); return b },
		"size zero":        func(b []byte) []byte { clear(b[cuts[1] : cuts[1]+4]); return b },
		"size beyond":      func(b []byte) []byte { b[cuts[1]] = 0x7f; return b },
		"moof garbled":     func(b []byte) []byte { copy(b[cuts[1]+8:], "garbledgarbled"); return b },
		"mdat missing":     func(b []byte) []byte { copy(b[bytes.LastIndex(b, []byte("mdat")):], "free"); return b },
		"half an mfra":     func(b []byte) []byte { return append(b[:cuts[1]], 0, 0, 1, 0, 'm', 'f', 'r', 'a', 0) },
		"a second segment": func(b []byte) []byte { return append(b[:cuts[1]:cuts[1]], whole...) },
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{b: fault(bytes.Clone(whole))}
			info, err := repair(m, int64(len(m.b)))
			if err != nil || info.Duration != 2*time.Second {
				t.Fatalf("%+v, %v", info, err)
			}
			sameFragments(t, whole, m.b, cuts[1])
		})
	}
}

func FuzzRepair(f *testing.F) {
	whole := three(f)
	f.Add(whole)
	for _, size := range []int{0, 7, 8, 100, len(whole) / 2, len(whole) - 1} {
		f.Add(whole[:size])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &memory{b: bytes.Clone(b)}
		info, err := repair(m, int64(len(b)))
		if err != nil {
			return
		}
		if info.Size != int64(len(m.b)) {
			t.Fatalf("size %d of %d", info.Size, len(m.b))
		}
		again, err := repair(m, int64(len(m.b)))
		if err != nil || again != info {
			t.Fatalf("mended again: %+v, %v, not %+v", again, err, info)
		}
	})
}
