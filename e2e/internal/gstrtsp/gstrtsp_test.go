//go:build e2e

package gstrtsp_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/donhk/istream/e2e/internal/ffmpeg"
	"github.com/donhk/istream/e2e/internal/footage"
	"github.com/donhk/istream/e2e/internal/gstrtsp"
)

func TestServesClipsByCopy(t *testing.T) {
	clips := footage.Clips(t)
	server := gstrtsp.Start(t, clips)
	for name, clip := range clips {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			copied := filepath.Join(t.TempDir(), "copy.h264")
			out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp",
				"-i", server.URL(name), "-t", "10", "-map", "0:v", "-c", "copy", copied).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			got, err := ffmpeg.Frames(t.Context(), copied)
			if err != nil {
				t.Fatal(err)
			}
			want, err := ffmpeg.Frames(t.Context(), clip)
			if err != nil {
				t.Fatal(err)
			}
			// The cut is in decoding order: the last pictures may lack those
			// that are shown before them.
			got = got[:max(0, len(got)-3)]
			if len(got) < 85 || !slices.Equal(got, want[:len(got)]) {
				t.Errorf("%d frames, which are not the clip's first", len(got))
			}
		})
	}
}
