package spool

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/donhk/istream/pkg/spool/internal/isobmff"
)

// Info is what a segment's file tells of itself.
type Info struct {
	Duration time.Duration // of the picture, by its samples
	Codec    string        // RFC 6381, comma-separated a track
	SHA256   string        // hex, of the whole file
	Size     int64         // in bytes
	Stamp    *Stamp        // of the clock; nil where the file has none
}

// Describe reads a closed segment, whatever it may contain: with bounded
// memory, in one pass for the boxes and one for the checksum. Whole fragments
// before a fault count; without a readable header it is an error.
func Describe(path string) (Info, error) { return open(path, true) }

// Measure is Describe without the checksum, for a file that may still grow, or
// need not be read as a whole.
func Measure(path string) (Info, error) { return open(path, false) }

func open(path string, sum bool) (Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return Info{}, fmt.Errorf("describing a segment: %w", err)
	}
	info, err := describe(f, sum)
	if err = errors.Join(err, f.Close()); err != nil {
		return Info{}, fmt.Errorf("describing %s: %w", path, err)
	}
	return info, nil
}

func describe(f *os.File, sum bool) (Info, error) {
	stat, err := f.Stat()
	if err != nil {
		return Info{}, err
	}
	if !stat.Mode().IsRegular() {
		return Info{}, errors.New("not a regular file")
	}
	m, err := measure(f, stat.Size())
	if err != nil {
		return Info{}, err
	}
	if m.movie == nil {
		return Info{}, errNoHeader
	}
	info := m.info(stat.Size())
	if sum {
		info.SHA256, err = checksum(f, stat.Size())
	}
	return info, err
}

var errNoHeader = errors.New("not a segment: it has no movie header")

// maxBoxes bounds the time that a file of nothing but headers takes: a segment
// has two a second.
const maxBoxes = 1 << 20

// measured is how much of a file makes sense.
type measured struct {
	movie  *isobmff.Movie
	moov   []byte
	header isobmff.Header // of the moov
	index  *isobmff.Index
	stamp  *Stamp
	end    int64 // after the last whole fragment
}

func (m measured) info(size int64) Info {
	return Info{Duration: m.index.Duration(), Codec: m.movie.Codecs(), Size: size, Stamp: m.stamp}
}

// measure follows the boxes from the start to the first that is cut short or
// makes no sense; only failing reads are errors.
func measure(r io.ReaderAt, size int64) (measured, error) {
	var m measured
	var moof []byte
	var moofAt int64
	for at, boxes := int64(0), 0; at < size && boxes < maxBoxes; boxes++ {
		h, err := isobmff.ReadHeader(r, at, size)
		if err != nil {
			return m, onlyReads(err)
		}
		switch h.Type {
		case "moov":
			if m.movie != nil {
				return m, nil
			}
			if m.moov, err = isobmff.Read(r, h, isobmff.MaxMoov); err != nil {
				return m, onlyReads(err)
			}
			if m.movie, err = isobmff.ParseMoov(m.moov); err != nil {
				return m, nil
			}
			m.header, m.index = h, isobmff.NewIndex(m.movie)
		case "uuid":
			stamp, ok, err := readStamp(r, h)
			if err != nil {
				return m, err
			}
			if ok && m.stamp == nil {
				m.stamp = &stamp
			}
		case "moof":
			if moof, err = isobmff.Read(r, h, isobmff.MaxMoof); err != nil {
				return m, onlyReads(err)
			}
			moofAt = at
		case "mdat":
			if m.movie == nil {
				return m, nil
			}
			if moof != nil {
				fragment, err := m.index.Read(moof, moofAt, h.End()-moofAt)
				if err != nil {
					return m, nil
				}
				m.index.Add(fragment)
				moof, m.end = nil, h.End()
			}
		}
		at = h.End()
	}
	return m, nil
}

// onlyReads drops the faults of the content and keeps those of the device.
func onlyReads(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return err
	}
	return nil
}

func checksum(r io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, size)); err != nil {
		return "", fmt.Errorf("reading: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
