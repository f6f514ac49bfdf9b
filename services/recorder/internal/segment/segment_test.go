package segment_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
	"github.com/donhk/istream/services/recorder/internal/segment"
	"github.com/donhk/istream/services/recorder/internal/timeline"
)

// film feeds a scene to a segmenter and keeps what comes out.
type film struct {
	scene   rtsptest.Scene
	jumps   bool // a picture may last until the next by its stamp, however long that is
	formats []media.Format
	cut     *segment.Segmenter
	begin   time.Time
	sets    *media.Sets
	files   []file
	sounds  int
}

type file struct {
	chunks []segment.Chunk
	bytes  bytes.Buffer
}

func newFilm(scene rtsptest.Scene, duration time.Duration) *film {
	f := &film{scene: scene, begin: time.Now()}
	formats := []media.Format{{Codec: scene.Codec, Rate: rtsptest.Rate}}
	if scene.Sound != "" {
		formats = append(formats, media.Format{Codec: media.PCMA, Rate: 8000, Channels: 1})
	}
	f.formats = formats
	f.cut = segment.New(formats, duration, time.Second, func(c segment.Chunk) {
		if c.Opens {
			f.files = append(f.files, file{})
		}
		last := &f.files[len(f.files)-1]
		last.chunks = append(last.chunks, c)
		for _, piece := range c.Pieces() {
			last.bytes.Write(piece)
		}
	})
	return f
}

func (f *film) picture(number int) {
	u := f.scene.Unit(number, f.sets)
	f.sets, u.Arrival = u.Sets, f.arrival(number)
	f.cut.Push(u)
}

func (f *film) arrival(number int) time.Time {
	return f.begin.Add(time.Duration(number) * time.Second / time.Duration(f.scene.FPS))
}

// sound is 20 ms of G.711 that arrives late by some time.
func (f *film) sound(until, late time.Duration) {
	if f.scene.Sound == "" {
		return
	}
	for ; time.Duration(f.sounds)*20*time.Millisecond+late <= until; f.sounds++ {
		b := make([]byte, 160)
		binary.BigEndian.PutUint32(b[4:], uint32(f.sounds))
		f.cut.Push(media.Unit{Track: 1, Time: int64(f.sounds) * 160, Arrival: f.begin.Add(until), Data: b, Sync: true, Length: 160})
	}
}

// ended is why a segment ended.
func (f *film) ended(i int) string {
	chunks := f.files[i].chunks
	return chunks[len(chunks)-1].Cause
}

// segments closes the film and reads the files.
func (f *film) segments(t *testing.T) []rtsptest.Segment {
	t.Helper()
	f.cut.Close(segment.CauseSession)
	var all []rtsptest.Segment
	for i := range f.files {
		path := filepath.Join(t.TempDir(), "segment.mp4")
		if err := os.WriteFile(path, f.files[i].bytes.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		all = append(all, rtsptest.Read(t, path))
	}
	return all
}

// whole finds every picture and every sound once, in order.
func (f *film) whole(t *testing.T, segments []rtsptest.Segment, first, last int) {
	t.Helper()
	next, sound := first, -1
	for i, s := range segments {
		if keyless := i > 0 && f.ended(i-1) == segment.CauseKeyless; keyless == s.Keys[0] {
			t.Errorf("segment %d begins with a keyframe: %v", i, s.Keys[0])
		}
		for _, n := range s.Pictures {
			if n != next {
				t.Fatalf("segment %d: picture %d where %d should be", i, n, next)
			}
			next++
		}
		for _, n := range s.Sound {
			if sound >= 0 && n != sound+1 {
				t.Fatalf("segment %d: sound %d after %d", i, n, sound)
			}
			sound = n
		}
		for _, d := range s.Fragments {
			if d > time.Second+time.Millisecond && !f.jumps {
				t.Errorf("segment %d: a fragment of %v", i, d)
			}
		}
	}
	if next != last+1 {
		t.Fatalf("the last picture is %d, not %d", next-1, last)
	}
}

func TestSegmentsJoinToTheStream(t *testing.T) {
	for name, scene := range map[string]rtsptest.Scene{
		"H.264":            {Codec: media.H264, FPS: 25, GOP: 25},
		"H.265":            {Codec: media.H265, FPS: 25, GOP: 25},
		"AV1":              {Codec: media.AV1, FPS: 25, GOP: 25},
		"MJPEG":            {Codec: media.MJPEG, FPS: 25, GOP: 25},
		"with B pictures":  {Codec: media.H264, FPS: 25, GOP: 25, B: true},
		"with sound":       {Codec: media.H264, FPS: 25, GOP: 25, Sound: media.PCMA},
		"keyframes rare":   {Codec: media.H264, FPS: 25, GOP: 170},
		"keyframes alone":  {Codec: media.H264, FPS: 25, GOP: 1},
		"odd rate":         {Codec: media.H264, FPS: 7, GOP: 30},
		"B, keyframe late": {Codec: media.H265, FPS: 13, GOP: 49, B: true, Sound: media.PCMA},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFilm(scene, 4*time.Second)
			last := scene.FPS*30 + 3
			for n := range last + 1 {
				f.sound(time.Duration(n)*time.Second/time.Duration(scene.FPS), 100*time.Millisecond)
				f.picture(n)
			}
			segments := f.segments(t)
			f.whole(t, segments, 0, last)
			if len(segments) < 2 {
				t.Fatalf("%d segments", len(segments))
			}
			var total time.Duration
			for i, s := range segments {
				total += s.Info.Duration
				if i < len(segments)-1 && s.Info.Duration < 4*time.Second {
					t.Errorf("segment %d lasts %v", i, s.Info.Duration)
				}
				if s.Info.Duration > 4*time.Second+time.Duration(scene.GOP)*time.Second/time.Duration(scene.FPS) {
					t.Errorf("segment %d lasts %v", i, s.Info.Duration)
				}
			}
			want := time.Duration(last+1) * time.Second / time.Duration(scene.FPS)
			if diff := (total - want).Abs(); diff > time.Millisecond {
				t.Errorf("all last %v, the stream %v", total, want)
			}
		})
	}
}

// TestSoundStaysWithItsPicture: wherever a segment is cut, sound is shown with
// the picture that it was sent with, also if it comes late.
func TestSoundStaysWithItsPicture(t *testing.T) {
	f := newFilm(rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 25, Sound: media.PCMA}, 2*time.Second)
	for n := range 240 {
		f.sound(time.Duration(n)*40*time.Millisecond, 300*time.Millisecond)
		f.picture(n)
	}
	segments := f.segments(t)
	f.whole(t, segments, 0, 239)
	for i, s := range segments[1:] {
		// The late 300 ms come before the first picture of the file.
		if early := s.Shown[0]; early < 280*time.Millisecond || early > 320*time.Millisecond {
			t.Errorf("segment %d: the first picture is shown at %v", i+1, early)
		}
		if want := s.Pictures[0]*2 - 15; s.Sound[0] < want-1 || s.Sound[0] > want+1 {
			t.Errorf("segment %d: begins with sound %d, not %d", i+1, s.Sound[0], want)
		}
	}
}

func TestParametersThatChangeBeginASegment(t *testing.T) {
	f := newFilm(rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 25, Changes: 60}, time.Minute)
	for n := range 100 {
		f.picture(n)
	}
	segments := f.segments(t)
	f.whole(t, segments, 0, 99)
	if len(segments) != 2 || segments[1].Pictures[0] != 75 {
		t.Fatalf("%d segments, the second begins with %d", len(segments), segments[1].Pictures[0])
	}
	if cause := f.ended(0); cause != segment.CauseParameters {
		t.Fatalf("the first ended for %q", cause)
	}
}

func TestSessionBeginsAtAKeyframe(t *testing.T) {
	f := newFilm(rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 25}, time.Minute)
	for n := 10; n < 90; n++ {
		f.picture(n)
	}
	f.whole(t, f.segments(t), 25, 89)
}

func TestCutAsked(t *testing.T) {
	f := newFilm(rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 25}, time.Minute)
	for n := range 60 {
		if n == 30 {
			f.cut.Cut(segment.CauseRetry)
		}
		f.picture(n)
	}
	segments := f.segments(t)
	f.whole(t, segments, 0, 59)
	if len(segments) != 2 || segments[1].Pictures[0] != 50 {
		t.Fatal("no new segment at the next keyframe")
	}
}

// TestRestWritesWhatIsWhole: all but the latest picture goes to the disk, and
// nothing is lost, doubled or timed otherwise by it.
func TestRestWritesWhatIsWhole(t *testing.T) {
	for name, scene := range map[string]rtsptest.Scene{
		"H.264":      {Codec: media.H264, FPS: 25, GOP: 50},
		"with B":     {Codec: media.H265, FPS: 25, GOP: 30, B: true},
		"with sound": {Codec: media.H264, FPS: 25, GOP: 50, Sound: media.PCMA},
	} {
		t.Run(name, func(t *testing.T) {
			f, plain := newFilm(scene, 4*time.Second), newFilm(scene, 4*time.Second)
			f.cut.Rest() // nothing yet
			for n := range 300 {
				for _, f := range []*film{f, plain} {
					f.sound(time.Duration(n)*40*time.Millisecond, 0)
					f.picture(n)
				}
				if n%20 != 19 {
					continue
				}
				f.cut.Rest()
				written := 0
				for _, file := range f.files {
					for _, c := range file.chunks {
						written += c.Pictures
					}
				}
				if written != n {
					t.Fatalf("%d pictures of %d are written", written, n+1)
				}
				f.cut.Rest() // again: nothing more
			}
			with, without := f.segments(t), plain.segments(t)
			f.whole(t, with, 0, 299)
			for i := range without {
				if with[i].Info.Duration != without[i].Info.Duration || !slices.Equal(with[i].Shown, without[i].Shown) || !slices.Equal(with[i].Sound, without[i].Sound) {
					t.Errorf("segment %d is another", i)
				}
			}
		})
	}
}

// TestKeyframesThatDoNotCome: a segment ends on time all the same, nothing is lost,
// and the next keyframe begins a segment again.
func TestKeyframesThatDoNotCome(t *testing.T) {
	f := newFilm(rtsptest.Scene{Codec: media.H264, FPS: 5, GOP: 500, B: true, Sound: media.PCMA, Size: 64}, 10*time.Second)
	for n := range 1200 {
		f.sound(time.Duration(n)*time.Second/5, 100*time.Millisecond)
		f.picture(n)
	}
	segments := f.segments(t)
	f.whole(t, segments, 0, 1199)
	var causes []string
	for i, s := range segments {
		causes = append(causes, f.ended(i))
		if s.Info.Duration > segment.Longest(10*time.Second)+time.Second {
			t.Errorf("segment %d lasts %v", i, s.Info.Duration)
		}
		note := ""
		if !s.Keys[0] {
			note = segment.NoteKeyless
		}
		if got := f.files[i].chunks[0].Note; got != note {
			t.Errorf("segment %d notes %q, not %q", i, got, note)
		}
	}
	want := []string{segment.CauseKeyless, segment.CauseKeyless, segment.CauseKeyframe, segment.CauseKeyless, segment.CauseKeyless, segment.CauseKeyframe, segment.CauseSession}
	if diff := cmp.Diff(want, causes); diff != "" {
		t.Error(diff)
	}
}

// TestNoKeyframeAtAll: cameras that refresh their pictures bit by bit are recorded
// too.
func TestNoKeyframeAtAll(t *testing.T) {
	scene := rtsptest.Scene{Codec: media.H264, FPS: 5, GOP: 10000, Size: 64}
	f := newFilm(scene, time.Minute)
	f.sets = rtsptest.Sets(media.H264, nil, scene.Sets(0)) // of the session's description
	for n := 1; n < 300; n++ {
		f.picture(n)
	}
	segments := f.segments(t)
	if len(segments) != 1 || segments[0].Keys[0] || f.files[0].chunks[0].Note != segment.NoteKeyless {
		t.Fatalf("%d segments", len(segments))
	}
	if first := segments[0].Pictures[0]; first != 151 { // half a minute after the first
		t.Errorf("begins with %d", first)
	}
	if last := segments[0].Pictures[len(segments[0].Pictures)-1]; last != 299 {
		t.Errorf("ends with %d", last)
	}
}

// TestStampsBeyondBelief: whatever a camera's time stamps do, no picture is lost,
// no segment and no fragment is long, and the ledger is told.
func TestStampsBeyondBelief(t *testing.T) {
	const second = rtsptest.Rate
	for name, stamp := range map[string]func(n int) int64{
		"stand still":     func(n int) int64 { return int64(min(n, 100)) * second / 25 },
		"never move":      func(int) int64 { return 7 },
		"an hour ahead":   func(n int) int64 { return int64(n)*second/25 + int64(n/250)*3600*second },
		"an hour back":    func(n int) int64 { return int64(n)*second/25 - int64(n/250)*3600*second },
		"twice as fast":   func(n int) int64 { return int64(n) * 2 * second / 25 },
		"half as fast":    func(n int) int64 { return int64(n) * second / 50 },
		"two of each":     func(n int) int64 { return int64(n/2) * 2 * second / 25 },
		"at random":       func(n int) int64 { return int64(uint32(n)*2654435761) * 5 },
		"a tick an image": func(n int) int64 { return int64(n) },
	} {
		t.Run(name, func(t *testing.T) {
			scene := rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 25, Size: 64}
			f := newFilm(scene, 10*time.Second)
			f.jumps = true
			aligner := timeline.NewAligner(f.formats)
			for n := range 1000 {
				u := scene.Unit(n, f.sets)
				u.Time, u.Arrival = stamp(n), f.arrival(n)
				f.sets = u.Sets
				u, _ = aligner.Align(u)
				f.cut.Push(u)
			}
			segments := f.segments(t)
			f.whole(t, segments, 0, 999)
			noted := false
			var total time.Duration
			for i, s := range segments {
				total += s.Info.Duration
				if s.Info.Duration > 30*time.Second {
					t.Errorf("segment %d lasts %v", i, s.Info.Duration)
				}
				for _, c := range f.files[i].chunks {
					noted = noted || c.Note == segment.NoteStamps
					if took := c.Last.Sub(c.First); took > 1300*time.Millisecond {
						t.Errorf("a fragment of segment %d was gathered for %v", i, took)
					}
				}
			}
			if !noted {
				t.Error("the ledger is not told")
			}
			if diff := (total - 40*time.Second).Abs(); diff > 16*time.Second {
				t.Errorf("all last %v, the stream 40 s", total)
			}
		})
	}
}

func TestNothingInNothingOut(t *testing.T) {
	f := newFilm(rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 25}, time.Minute)
	f.picture(3)
	if segments := f.segments(t); len(segments) != 0 {
		t.Fatalf("%d segments without a keyframe", len(segments))
	}
}

// TestAnyStream: whatever rate, order and length, nothing is lost or doubled.
func TestAnyStream(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		scene := rtsptest.Scene{
			Codec: rapid.SampledFrom([]media.Codec{media.H264, media.H265}).Draw(r, "codec"),
			FPS:   rapid.IntRange(2, 60).Draw(r, "fps"), GOP: rapid.IntRange(1, 90).Draw(r, "gop"), B: rapid.Bool().Draw(r, "b"),
			Size: 64,
		}
		f := newFilm(scene, time.Duration(rapid.IntRange(1, 10).Draw(r, "seconds"))*time.Second)
		first, count := rapid.IntRange(0, 100).Draw(r, "first"), rapid.IntRange(1, 400).Draw(r, "count")
		for n := first; n < first+count; n++ {
			f.picture(n)
		}
		key := (first + scene.GOP - 1) / scene.GOP * scene.GOP
		segments := f.segments(t)
		if key >= first+count {
			if len(segments) != 0 {
				r.Fatal("a segment without a keyframe")
			}
			return
		}
		f.whole(t, segments, key, first+count-1)
	})
}
