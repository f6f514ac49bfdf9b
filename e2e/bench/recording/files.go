package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// files lists what was recorded of a camera, by its folder, or of all.
func files(dir, camera string) ([]string, error) {
	var all []string
	for _, pattern := range []string{"*.mp4", "*.part"} {
		found, err := filepath.Glob(filepath.Join(dir, camera, pattern))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func folder(camera int) string { return fmt.Sprintf("cam%d", camera) }

// cameras counts those with footage.
func cameras(dir string) (n int, err error) {
	for {
		all, err := files(dir, folder(n))
		if err != nil {
			return 0, err
		}
		size := int64(0)
		for _, path := range all {
			more, err := content(path)
			if err != nil {
				return 0, err
			}
			size += more
		}
		if size == 0 {
			return n, nil
		}
		n++
	}
}

// media is how many bytes of samples lie on disk.
func media(dir string) (size int64, err error) {
	all, err := files(dir, "*")
	if err != nil {
		return 0, err
	}
	for _, path := range all {
		more, err := content(path)
		if err != nil {
			return 0, err
		}
		size += more
	}
	return size, nil
}

// content is how many bytes the mdat boxes of a file hold so far.
func content(path string) (size int64, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Ext(path) == ".part" {
		return content(path[:len(path)-len(".part")] + ".mp4") // closed meanwhile
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	var head [8]byte
	for at := int64(0); at+8 <= end; {
		if _, err := f.ReadAt(head[:], at); err != nil {
			return 0, err
		}
		box := int64(binary.BigEndian.Uint32(head[:]))
		if box < 8 {
			return size, nil // not written yet
		}
		if string(head[4:]) == "mdat" {
			size += min(box, end-at) - 8
		}
		at += box
	}
	return size, nil
}

// stamp is what the simulated camera puts before each frame's number.
const (
	stamp  = "iStream-camsim-1"
	digits = 16
)

// recorded is the share of the frames with numbers from first to last that lie
// on disk, of n cameras.
func recorded(dir string, n int, first, last uint64) (float64, error) {
	if last < first {
		return 0, errors.New("the window is too short to count frames in it")
	}
	have := 0
	for camera := range n {
		seen := map[uint64]bool{}
		all, err := files(dir, folder(camera))
		if err != nil {
			return 0, err
		}
		for _, path := range all {
			b, err := os.ReadFile(path)
			if err != nil {
				return 0, err
			}
			for {
				at := bytes.Index(b, []byte(stamp))
				if at < 0 || len(b) < at+len(stamp)+digits {
					break
				}
				b = b[at+len(stamp):]
				if number, err := strconv.ParseUint(string(b[:digits]), 16, 64); err == nil && number >= first && number <= last {
					seen[number] = true
				}
			}
		}
		have += len(seen)
	}
	return float64(have) / float64(n) / float64(last-first+1), nil
}
