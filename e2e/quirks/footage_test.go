package quirks_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mp4/codecs"

	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/pkg/events"
)

// segment is what a closed file holds.
type segment struct {
	path     string
	frames   []uint64 // their numbers, in the order of the file
	keyed    bool     // the first is a keyframe
	sps      []byte   // of the file's header
	duration time.Duration
	tracks   int
	sounds   int // frames of sound
}

// segments reads the closed files of a folder, oldest first.
func segments(t *testing.T, dir string) []segment {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*"+events.ClosedSuffix))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	all := make([]segment, len(paths))
	for i, path := range paths {
		all[i] = read(t, path)
	}
	return all
}

func read(t *testing.T, path string) segment {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var header fmp4.Init
	var parts fmp4.Parts
	if err := errors.Join(header.Unmarshal(bytes.NewReader(content)), parts.Unmarshal(fragments(content))); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	s := segment{path: path, tracks: len(header.Tracks)}
	video := header.Tracks[0]
	switch codec := video.Codec.(type) {
	case *codecs.H264:
		s.sps = codec.SPS
	case *codecs.H265:
		s.sps = codec.SPS
	}
	var ticks uint64
	for _, part := range parts {
		for _, track := range part.Tracks {
			if track.ID != video.ID {
				s.sounds += len(track.Samples)
				continue
			}
			for _, sample := range track.Samples {
				s.keyed = s.keyed || s.frames == nil && !sample.IsNonSyncSample
				s.frames = append(s.frames, number(t, path, sample.Payload))
				ticks += uint64(sample.Duration)
			}
		}
	}
	s.duration = time.Duration(ticks) * time.Second / time.Duration(video.TimeScale)
	return s
}

// fragments leaves out all but moof and mdat.
func fragments(content []byte) []byte {
	var kept []byte
	for len(content) >= 8 {
		size := min(int(binary.BigEndian.Uint32(content)), len(content))
		if size < 8 {
			break
		}
		if kind := string(content[4:8]); kind == "moof" || kind == "mdat" {
			kept = append(kept, content[:size]...)
		}
		content = content[size:]
	}
	return kept
}

// number finds the one stamp that a frame has.
func number(t *testing.T, path string, sample []byte) uint64 {
	t.Helper()
	var units h264.AVCC // H.265 is stored the same way
	if err := units.Unmarshal(sample); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var found []uint64
	for _, unit := range units {
		if stamp, ok := clip.ParseStamp([][]byte{unit}); ok {
			found = append(found, stamp.Number)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s: a frame with the numbers %v", path, found)
	}
	return found[0]
}

// recorded counts the frames in a folder while it is written.
func recorded(t *testing.T, dir string) int {
	t.Helper()
	count := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return skipGone(err)
		}
		content, err := os.ReadFile(path)
		count += bytes.Count(content, []byte("iStream-camsim-1"))
		return skipGone(err)
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// skipGone forgives a file that was renamed meanwhile.
func skipGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sessions parts frames where numbers are missing.
func sessions(t *testing.T, all []segment) [][]uint64 {
	t.Helper()
	var parted [][]uint64
	for _, s := range all {
		if !s.keyed {
			t.Errorf("%s does not begin with a keyframe", s.path)
		}
		for _, n := range s.frames {
			last := len(parted) - 1
			switch {
			case last < 0 || n > parted[last][len(parted[last])-1]+1:
				parted = append(parted, []uint64{n})
			case n <= parted[last][len(parted[last])-1]:
				t.Fatalf("%s: frame %d comes after frame %d", s.path, n, parted[last][len(parted[last])-1])
			default:
				parted[last] = append(parted[last], n)
			}
		}
	}
	return parted
}
