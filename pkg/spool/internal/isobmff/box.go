package isobmff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrShort says that the file ends within a box.
var ErrShort = errors.New("the file ends within a box")

// Bounds on what is read into memory, in bytes. A fragment of one second has
// a moof of a few kB.
const (
	MaxMoov = 1 << 20
	MaxMoof = 4 << 20
)

// Header is where a box lies in a file.
type Header struct {
	Type   string // four characters
	Offset int64
	Size   int64 // with its header
	Body   int64 // bytes of the header
}

// End is the offset after the box.
func (h Header) End() int64 { return h.Offset + h.Size }

// ReadHeader reads the box header at offset; the box must end at or before
// limit, else ErrShort.
func ReadHeader(r io.ReaderAt, offset, limit int64) (Header, error) {
	var b [16]byte
	n := min(int64(len(b)), limit-offset)
	if n < 8 {
		return Header{}, ErrShort
	}
	if _, err := r.ReadAt(b[:n], offset); err != nil && !errors.Is(err, io.EOF) {
		return Header{}, err
	}
	h := Header{Type: string(b[4:8]), Offset: offset, Size: int64(binary.BigEndian.Uint32(b[:4])), Body: 8}
	if h.Size == 1 {
		if n < 16 {
			return Header{}, ErrShort
		}
		large := binary.BigEndian.Uint64(b[8:16])
		if large > 1<<62 {
			return Header{}, ErrShort
		}
		h.Size, h.Body = int64(large), 16
	}
	if h.Size < h.Body {
		return Header{}, fmt.Errorf("box at %d has the size %d", offset, h.Size)
	}
	if h.Size > limit-offset {
		return Header{}, ErrShort
	}
	return h, nil
}

// Read reads a whole box of at most limit bytes into memory.
func Read(r io.ReaderAt, h Header, limit int64) ([]byte, error) {
	if h.Size > limit {
		return nil, fmt.Errorf("the %s at %d is too large: %d bytes", h.Type, h.Offset, h.Size)
	}
	b := make([]byte, h.Size)
	if _, err := r.ReadAt(b, h.Offset); err != nil {
		return nil, fmt.Errorf("reading the %s at %d: %w", h.Type, h.Offset, err)
	}
	return b, nil
}

// box is one in memory: its type, its content, and where the content begins
// relative to the outermost box.
type box struct {
	name string
	body []byte
	at   int
}

// children calls visit for each box inside body, whose first byte is at at.
func children(body []byte, at int, visit func(box) error) error {
	for pos := 0; pos < len(body); {
		rest := body[pos:]
		if len(rest) < 8 {
			return ErrShort
		}
		size, head := int64(binary.BigEndian.Uint32(rest)), int64(8)
		if size == 1 && len(rest) >= 16 {
			size, head = int64(binary.BigEndian.Uint64(rest[8:])&(1<<62-1)), 16
		}
		if size < head || size > int64(len(rest)) {
			return ErrShort
		}
		b := box{name: string(rest[4:8]), body: rest[head:size], at: at + pos + int(head)}
		if err := visit(b); err != nil {
			return err
		}
		pos += int(size)
	}
	return nil
}

// fields reads big-endian numbers and remembers whether there were enough.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) take(n int) []byte {
	if len(f.b) < n {
		f.short, f.b = true, nil
		return make([]byte, n)
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

func (f *fields) u8() uint8   { return f.take(1)[0] }
func (f *fields) u32() uint32 { return binary.BigEndian.Uint32(f.take(4)) }
func (f *fields) u64() uint64 { return binary.BigEndian.Uint64(f.take(8)) }

// wide reads 64 bits where the box's version is 1, else 32.
func (f *fields) wide(version uint8) uint64 {
	if version == 1 {
		return f.u64()
	}
	return uint64(f.u32())
}

func (f *fields) err() error {
	if f.short {
		return ErrShort
	}
	return nil
}
