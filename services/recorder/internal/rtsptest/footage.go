package rtsptest

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mp4/codecs"

	"github.com/donhk/istream/pkg/spool"
)

// Segment is what a recorded file holds.
type Segment struct {
	File      spool.File
	Info      spool.Info
	Pictures  []int // numbers, in the order of the file
	Sound     []int
	Keys      []bool
	Shown     []time.Duration // of each picture, since the file's zero
	Fragments []time.Duration // how long each lasts
	Codecs    []any

	late time.Duration // before the picture begins
}

// Read parses a closed segment with another parser than the one that wrote it.
func Read(t testing.TB, path string) Segment {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := Segment{}
	if s.Info, err = spool.Describe(path); err != nil {
		t.Fatal(err)
	}
	header := headerOf(t, b, s.Info.Codec)
	var parts fmp4.Parts
	if err := parts.Unmarshal(mediaOf(b)); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, track := range header.Tracks {
		s.Codecs = append(s.Codecs, track.Codec)
	}
	s.late = lateOf(b)
	for _, part := range parts {
		for _, track := range part.Tracks {
			s.add(t, header.Tracks, track)
		}
	}
	return s
}

// headerOf parses the header. That parser knows no PCM as it is stored here: the
// picture's track is the first, and all that is asked of the other is its number.
func headerOf(t testing.TB, b []byte, codec string) fmp4.Init {
	t.Helper()
	var header fmp4.Init
	if _, sound, _ := strings.Cut(codec, ","); slices.Contains([]string{"alaw", "ulaw", "raw", "twos", "in24"}, sound) {
		header.Tracks = []*fmp4.InitTrack{{ID: 1, TimeScale: Rate, Codec: &codecs.H264{}}, {ID: 2, TimeScale: 8000, Codec: &codecs.LPCM{}}}
	} else if err := header.Unmarshal(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return header
}

func (s *Segment) add(t testing.TB, tracks []*fmp4.InitTrack, run *fmp4.PartTrack) {
	t.Helper()
	for _, track := range tracks {
		if track.ID != run.ID || !track.Codec.IsVideo() {
			continue
		}
		at, begin := int64(run.BaseTime), int64(run.BaseTime)
		for _, sample := range run.Samples {
			s.Pictures = append(s.Pictures, number(t, sample.Payload))
			s.Keys = append(s.Keys, !sample.IsNonSyncSample)
			s.Shown = append(s.Shown, time.Duration(at+int64(sample.PTSOffset))*time.Second/time.Duration(track.TimeScale)+s.late)
			at += int64(sample.Duration)
		}
		s.Fragments = append(s.Fragments, time.Duration(at-begin)*time.Second/time.Duration(track.TimeScale))
		return
	}
	for _, sample := range run.Samples {
		s.Sound = append(s.Sound, int(binary.BigEndian.Uint32(sample.Payload[4:])))
	}
}

func number(t testing.TB, payload []byte) int {
	t.Helper()
	const mark, digits = "picture", 8
	if bytes.Count(payload, []byte(mark)) != 1 {
		t.Fatalf("%d pictures in one sample", bytes.Count(payload, []byte(mark)))
	}
	at := bytes.Index(payload, []byte(mark)) + len(mark)
	n, err := strconv.Atoi(string(payload[at : at+digits]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// lateOf is the empty edit of the first track, the picture's, whose edits come
// before the next track. The movie counts milliseconds.
func lateOf(b []byte) time.Duration {
	_, track, _ := bytes.Cut(b, []byte("trak"))
	track, _, _ = bytes.Cut(track, []byte("trak"))
	at := bytes.Index(track, []byte("elst"))
	if at < 0 || binary.BigEndian.Uint32(track[at+16:]) != 1<<32-1 {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint32(track[at+12:])) * time.Millisecond
}

// mediaOf is the file without its header and index.
func mediaOf(b []byte) []byte {
	var fragments []byte
	for len(b) >= 8 {
		size := binary.BigEndian.Uint32(b)
		if name := string(b[4:8]); name == "moof" || name == "mdat" {
			fragments = append(fragments, b[:size]...)
		}
		b = b[size:]
	}
	return fragments
}

// ReadAll reads the closed segments of a spool, in order.
func ReadAll(t testing.TB, root string) []Segment {
	t.Helper()
	s, err := spool.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	var all []Segment
	for f, err := range s.Scan(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if f.Closed {
			segment := Read(t, s.Path(f))
			segment.File = f
			all = append(all, segment)
		}
	}
	return all
}
