package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/spool/internal/isobmff"
)

// memory is a segment's file without a disk.
type memory struct {
	b       []byte
	largest int // of the reads
}

func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	m.largest = max(m.largest, len(p))
	return bytes.NewReader(m.b).ReadAt(p, at)
}

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
		repairCut(t, whole, cuts, size, fragments)
	}
}

// repairCut mends the first size bytes of a file, which hold so many fragments.
func repairCut(t *testing.T, whole []byte, cuts []int64, size, fragments int) {
	t.Helper()
	m := &memory{b: bytes.Clone(whole[:size])}
	info, err := repair(m, int64(size))
	if fragments == 0 {
		if !errors.Is(err, ErrEmpty) {
			t.Fatalf("cut at %d: %v", size, err)
		}
		return
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

// TestRepairWithAByteWrong: wherever a byte is corrupt, fragments before it are
// kept where they are, and memory is bounded.
func TestRepairWithAByteWrong(t *testing.T) {
	whole := three(t)
	cuts := ends(t, whole)
	header, err := measure(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	body := header.header.End()
	for at := range whole {
		for _, wrong := range []byte{whole[at] ^ 1, ^whole[at], 0, 0xff} {
			m := &memory{b: bytes.Clone(whole)}
			m.b[at] = wrong
			info, err := repair(m, int64(len(m.b)))
			if m.largest > 2*len(whole) {
				t.Fatalf("%#x at %d: a read of %d bytes of %d", wrong, at, m.largest, len(whole))
			}
			sound := 0
			for sound < len(cuts) && cuts[sound] <= int64(at) {
				sound++
			}
			// Without the header all the rest is beyond use.
			if int64(at) < body || sound == 0 {
				continue
			}
			if err != nil || info.Duration < time.Duration(sound)*time.Second {
				t.Fatalf("%#x at %d: %+v, %v: %d fragments are sound", wrong, at, info, err, sound)
			}
			sameFragments(t, whole, m.b, cuts[sound-1])
		}
	}
}

// sparse is a file of pieces with nothing between them.
type sparse struct {
	pieces map[int64][]byte
}

func (s sparse) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	for from, piece := range s.pieces {
		if at < from+int64(len(piece)) && from < at+int64(len(b)) {
			copy(b[max(from-at, 0):], piece[max(at-from, 0):])
		}
	}
	return len(b), nil
}

// TestFilesOver4GiB: places far in a file need 64 bits, on a Pi too.
func TestFilesOver4GiB(t *testing.T) {
	const far = 5 << 30
	whole := three(t)
	cuts := ends(t, whole)
	gap := binary.BigEndian.AppendUint64([]byte("\x00\x00\x00\x01free"), far)
	end := cuts[2] + far
	m, err := measure(sparse{map[int64][]byte{0: whole[:cuts[0]], cuts[0]: gap, cuts[0] + far: whole[cuts[0]:cuts[2]]}}, end)
	if err != nil || m.index.Fragments() != 3 || m.end != end {
		t.Fatalf("%d fragments to %d, %v", m.index.Fragments(), m.end, err)
	}
	mfra := m.index.Mfra()
	for i, want := range []int64{cuts[0] + far, cuts[1] + far} {
		entry := mfra[8+24+28*(i+1):]
		if got := int64(binary.BigEndian.Uint64(entry[8:])); got != want {
			t.Errorf("fragment %d is at %d, not %d", i+1, got, want)
		}
	}
}

// TestAPowerCutWhileClosing: at whichever of its writes the power fails, the file
// is mended to the same.
func TestAPowerCutWhileClosing(t *testing.T) {
	whole := three(t)
	closed := &memory{b: bytes.Clone(whole)}
	want, err := repair(closed, int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	for writes := range 10 {
		m := &failing{memory: memory{b: bytes.Clone(whole)}, left: writes}
		if _, err := repair(m, int64(len(whole))); err == nil {
			if writes < 2 {
				t.Fatalf("%d writes are all it takes", writes)
			}
			break
		}
		got, err := repair(&m.memory, int64(len(m.b)))
		if err != nil || got != want || !bytes.Equal(m.b, closed.b) {
			t.Errorf("after %d writes: %+v, %v, not %+v", writes, got, err, want)
		}
	}
}

// failing takes so many writes, and half of the next.
type failing struct {
	memory
	left int
}

func (f *failing) WriteAt(b []byte, at int64) (int, error) {
	if f.left--; f.left < 0 {
		n, err := f.memory.WriteAt(b[:len(b)/2], at)
		return n, errors.Join(err, errors.New("the power is gone"))
	}
	return f.memory.WriteAt(b, at)
}

// sameFragments finds everything after the header as it was.
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
	m := &memory{b: bytes.Clone(whole)}
	if _, err := repair(m, int64(len(whole))); err != nil {
		f.Fatal(err)
	}
	f.Add(m.b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &memory{b: bytes.Clone(b)}
		info, err := repair(m, int64(len(b)))
		if err != nil {
			return
		}
		if m.largest > 2*len(b)+isobmff.MaxMoov {
			t.Fatalf("a read of %d bytes of %d", m.largest, len(b))
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
