package spool

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/donhk/istream/pkg/events"
)

const (
	gapsName = ".gaps"
	maxGaps  = 1 << 20 // bytes; half of it goes when it is full, the older one
	maxGap   = 8 << 10 // bytes of a line
)

// AppendGap adds to the camera's ledger: what the bus was told is known here too
// when the bus is gone. It is not synced, since whoever comes after a power cut
// finds the end of the footage in the files.
func (l *Lock) AppendGap(g events.Gap) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.appendGap(g); err != nil {
		return fmt.Errorf("keeping the ledger of %s: %w", l.camera, err)
	}
	return nil
}

func (l *Lock) appendGap(g events.Gap) error {
	line, err := json.Marshal(g)
	if err != nil {
		return err
	}
	if err := l.present(); err != nil {
		return err
	}
	path := filepath.Join(l.folder(), gapsName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW, 0o640)
	if err != nil {
		return err
	}
	stat, err := file.Stat()
	if err == nil {
		// The line before may have been cut short; an empty one is passed over.
		_, err = file.Write(append(append([]byte{'\n'}, line...), '\n'))
	}
	if err = errors.Join(err, file.Close()); err != nil || stat.Size() < maxGaps {
		return err
	}
	return halve(path)
}

// halve drops the older half of a ledger.
func halve(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	content = content[len(content)/2:]
	if at := bytes.IndexByte(content, '\n'); at >= 0 {
		content = content[at+1:]
	}
	next := path + ".next"
	if err := os.WriteFile(next, content, 0o640); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return os.Rename(next, path)
}

// Gaps reads a camera's ledger, oldest first. Lines that make no sense are passed
// over, since a power cut may leave anything.
func (s *Spool) Gaps(camera string) iter.Seq2[events.Gap, error] {
	return func(yield func(events.Gap, error) bool) {
		file, err := os.OpenFile(filepath.Join(s.root, camera, gapsName), os.O_RDONLY|unix.O_NOFOLLOW, 0)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(events.Gap{}, fmt.Errorf("reading the ledger: %w", err))
			return
		}
		defer func() { _ = file.Close() }() // read only
		for g, err := range readGaps(file, camera) {
			if !yield(g, err) {
				return
			}
		}
	}
}

func readGaps(r io.Reader, camera string) iter.Seq2[events.Gap, error] {
	return func(yield func(events.Gap, error) bool) {
		lines := bufio.NewReaderSize(r, maxGap)
		for {
			line, err := lines.ReadSlice('\n')
			for errors.Is(err, bufio.ErrBufferFull) { // no line of ours
				line = nil
				_, err = lines.ReadSlice('\n')
			}
			var g events.Gap
			if json.Unmarshal(line, &g) == nil && g.Camera == camera && !g.Start.IsZero() {
				if !yield(g, nil) {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(events.Gap{}, fmt.Errorf("reading the ledger: %w", err))
				return
			}
		}
	}
}
