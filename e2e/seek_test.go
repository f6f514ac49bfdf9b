//go:build e2e

package e2e_test

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/e2e/internal/browser"
	"github.com/donhk/istream/e2e/internal/ffmpeg"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

// clipRate and clipFrames are of camsim's clips.
const (
	clipRate   = 15
	clipFrames = 240
)

// TestSegmentsAreSought: a closed segment tells its true duration, and shows the
// right frame wherever one looks, in Chromium, ffmpeg and GStreamer.
func TestSegmentsAreSought(t *testing.T) {
	t.Parallel()
	for _, name := range []string{clip.Main, clip.BFrames} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			played, err := clip.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range recordSegments(t, simulated(t, camera.Config{Main: played}).RTSPURL(), 2) {
				sought(t, path)
			}
		})
	}
}

func sought(t *testing.T, path string) {
	t.Helper()
	info, err := spool.Describe(path)
	if err != nil {
		t.Fatal(err)
	}
	stamped := stamps(t, path)
	first, frames := int(stamped[0]), len(stamped) // the first sent is the first shown
	var times []float64
	for _, part := range []float64{0.5, 0.9, 0.1, 0.7, 0.3} {
		// The middle of a frame, so that no rounding decides.
		times = append(times, (math.Floor(part*float64(frames))+0.5)/clipRate)
	}
	right := func(who string, time float64, number uint8, ok bool) {
		if want := (first + int(time*clipRate)) % clipFrames; !ok || int(number) != want {
			t.Errorf("%s shows frame %d (%v) of %s at %.3f s, not %d", who, number, ok, path, time, want)
		}
	}
	seen := browser.Play(t, path, times...)
	lasts := func(who string, got time.Duration) {
		// Sound may end within a frame of its own (64 ms) after the picture.
		if diff := got - info.Duration; diff < -time.Second/clipRate || diff > time.Second/clipRate {
			t.Errorf("%s tells that %s lasts %v, it lasts %v", who, path, got, info.Duration)
		}
	}
	lasts("the browser", time.Duration(seen.Duration*float64(time.Second)))
	for i, s := range seen.Seeks {
		grey := make([]byte, len(s.Blocks))
		for i, b := range s.Blocks {
			grey[i] = byte(b)
		}
		number, ok := clip.PictureNumber(grey)
		right("the browser", times[i], number, ok)
	}
	media, err := ffmpeg.Probe(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	lasts("ffprobe", media.Duration)
	for _, at := range times {
		grey, err := ffmpeg.Blocks(t.Context(), path, at-0.5/clipRate)
		if err != nil {
			t.Fatal(err)
		}
		number, ok := clip.PictureNumber(grey)
		right("ffmpeg", at, number, ok)
	}
	if err := ffmpeg.Parse(t.Context(), path); err != nil {
		t.Error(err)
	}
	started, err := ffmpeg.Date(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if name := nameOfFile(t, path); !started.Equal(name) {
		t.Errorf("%s tells that it started at %v", path, started)
	}
}

func nameOfFile(t *testing.T, path string) time.Time {
	t.Helper()
	start, closed, ok := events.ParseFile(filepath.Base(path))
	if !ok || !closed {
		t.Fatalf("%s is no closed segment", path)
	}
	return start
}
