//go:build e2e

package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/av1rtsp"
	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/ffmpeg"
	"github.com/donhk/istream/e2e/internal/gstrtsp"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/spool"
)

// codecs are what ffmpeg's encoders make, and how a segment names it.
var codecs = map[string]struct {
	video, audio []string
	told         []string // by ffprobe
}{
	"h264-aac":  {[]string{"libx264", "-bf", "2"}, []string{"aac"}, []string{"h264", "aac"}},
	"h265-opus": {[]string{"libx265", "-x265-params", "log-level=error:bframes=2"}, []string{"libopus", "-ar", "48000"}, []string{"hevc", "opus"}},
	"h264-alaw": {[]string{"libx264"}, []string{"pcm_alaw", "-ar", "8000"}, []string{"h264", "pcm_alaw"}},
	"h264-ulaw": {[]string{"libx264"}, []string{"pcm_mulaw", "-ar", "8000"}, []string{"h264", "pcm_mulaw"}},
	"mjpeg-l8":  {[]string{"mjpeg", "-huffman", "default", "-pix_fmt", "yuvj420p"}, []string{"pcm_u8", "-ar", "16000"}, []string{"mjpeg", "pcm_u8"}},
	"h264-l16":  {[]string{"libx264"}, []string{"pcm_s16be", "-ar", "16000", "-ac", "2"}, []string{"h264", "pcm_s16be"}},
	"h264-l24":  {[]string{"libx264"}, []string{"pcm_s24be", "-ar", "48000"}, []string{"h264", "pcm_s24be"}},
	"av1":       {[]string{"libaom-av1", "-cpu-used", "8", "-usage", "realtime"}, nil, []string{"av1"}},
}

// TestEveryCodecIsStored: what real encoders make and another RTSP server sends is
// found in the files bit for bit, and decodes without a complaint.
func TestEveryCodecIsStored(t *testing.T) {
	t.Parallel()
	clips, dir := map[string]string{}, t.TempDir()
	for name, c := range codecs {
		container := ".mov"
		if name == "av1" || name == "h265-opus" {
			container = ".mp4"
		}
		clips[name] = filepath.Join(dir, name+container)
		if err := ffmpeg.Encode(t.Context(), clips[name], c.video, c.audio); err != nil {
			t.Fatal(err)
		}
	}
	av1 := av1rtsp.Start(t, clips["av1"])
	others := map[string]string{}
	for name := range clips {
		if name != "av1" {
			others[name] = clips[name]
		}
	}
	server := gstrtsp.Start(t, others)
	for name, c := range codecs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := av1.URL()
			if name != "av1" {
				url = server.URL(name)
			}
			paths := recordSegments(t, url, 2)
			want, err := ffmpeg.Frames(t.Context(), clips[name])
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				media := judge(t, path)
				if !slices.Equal(media.Codecs, c.told) {
					t.Errorf("%s holds %v", path, media.Codecs)
				}
				info, err := spool.Describe(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := (media.Duration - info.Duration).Abs(); diff > 150*time.Millisecond {
					t.Errorf("ffprobe tells that %s lasts %v, it lasts %v", path, media.Duration, info.Duration)
				}
				got, err := ffmpeg.Frames(t.Context(), path)
				if err != nil {
					t.Fatal(err)
				}
				if len(got) < 20 || !contiguous(got, append(slices.Clone(want), want...)) {
					t.Errorf("%d frames of %s, which are not the clip's", len(got), path)
				}
			}
		})
	}
}

// recordSegments records until so many segments of 2 s are closed, and lists these.
func recordSegments(t *testing.T, url string, count int) []string {
	t.Helper()
	dir := t.TempDir()
	record := proc.Start(t, proc.Command{Name: "record", Path: istream, Args: []string{"record", url, dir}, Env: []string{"SEGMENT_DURATION=2"}})
	var paths []string
	await.Until(t, time.Minute, "closed segments", func() (err error) {
		if paths, err = filepath.Glob(filepath.Join(dir, "*", "*.mp4")); err == nil && len(paths) < count {
			err = fmt.Errorf("%d of %d", len(paths), count)
		}
		return err
	})
	if status := record.Interrupt(t, drain); status != 0 {
		t.Errorf("exit status %d:\n%s", status, record.Output())
	}
	if _, err := os.Stat(paths[0]); err != nil {
		t.Fatal(err)
	}
	return paths[:count]
}
