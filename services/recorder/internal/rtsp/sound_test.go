package rtsp_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/base"

	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

// TestSoundRefused: a camera that describes a sound and then does not want to
// send it is recorded without, wherever in its description the sound stands.
func TestSoundRefused(t *testing.T) {
	t.Parallel()
	for name, describe := range map[string]func([]byte) []byte{
		"after the picture":  func(sdp []byte) []byte { return sdp },
		"before the picture": soundFirst,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wire := &rtsptest.Wire{Ask: func(r *base.Request) *base.Response {
				if r.Method == base.Setup && strings.HasSuffix(r.URL.Path, "trackID=1") {
					return &base.Response{StatusCode: base.StatusBadRequest, StatusMessage: "no"}
				}
				return nil
			}, Reply: func(r *base.Request, reply *base.Response) {
				if r.Method == base.Describe {
					reply.Body = describe(reply.Body)
				}
			}}
			rtsptest.StartWire(t, rtsptest.Start(t, scene), wire)
			o, told := options(t, wire.URL()), &log{}
			o.Log = slog.New(slog.NewTextHandler(told, nil))
			s, err := play(t, o, func(pictures, _ int) bool { return pictures >= 10 })
			if err != nil {
				t.Fatal(err)
			}
			if formats := s.Formats(); len(formats) != 1 || !formats[0].Codec.Video() {
				t.Errorf("recorded are %v", formats)
			}
			if n := strings.Count(told.String(), "sound left out"); n != 1 {
				t.Errorf("told %d times:\n%s", n, told)
			}
			if n := len(wire.Seen(base.Setup)); n != 2 {
				t.Errorf("%d SETUPs", n)
			}
		})
	}
}

func soundFirst(sdp []byte) []byte {
	parts := bytes.SplitN(sdp, []byte("m="), 3) // the head, the picture, the sound
	return bytes.Join([][]byte{parts[0], parts[2], parts[1]}, []byte("m="))
}
