package rtsp

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/sdpunmarshaler"
)

const head = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n"

const (
	h264 = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
	pcma = "m=audio 0 RTP/AVP 8\r\na=control:track2\r\n"
)

// descriptions are those of real cameras, broken as theirs are, and how many
// tracks are to be found in them.
var descriptions = map[string]struct {
	sdp    string
	tracks int
}{
	"sound":                            {head + h264 + pcma, 2},
	"incomplete sprops":                {head + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-sps=QgEBAWAAAAMA;sprop-vps=!!\r\n" + pcma, 2},
	"sprops that are no sprop":         {head + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=one;sprop-parameter-sets=,,\r\n", 1},
	"AAC without its config":           {head + h264 + "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000\r\na=fmtp:97 mode=AAC-hbr\r\n", 1},
	"a media without a format":         {head + h264 + "m=audio 0 RTP/AVP\r\n", 1},
	"a broken head":                    {"v=0\r\no=\r\ns=\r\nthis is no line\r\nt=0 0\r\n" + h264, 1},
	"an m= line without its port":      {head + strings.Replace(h264, " 0 ", " ", 1) + strings.Replace(pcma, " 0 ", " ", 1), 2},
	"an m= line without its type":      {head + strings.Replace(h264, " 96", "", 1) + pcma, 2},
	"a c= line in a track":             {head + h264 + "c=IN 1 2 3\r\n" + pcma, 2},
	"AAC at a level that is no number": {head + h264 + "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000\r\na=fmtp:97 profile-level-id=42001E; mode=AAC-hbr; config=1408; sizelength=13; indexlength=3; indexdeltalength=3\r\n", 2},
	"lines end in LF":                  {strings.ReplaceAll(head+h264, "\r\n", "\n"), 1},
	"rubbish between":                  {head + h264 + "=\r\n" + pcma, 2},
	"only a head":                      {head, 0},
	"not one":                          {"<html>", 0},
	"nothing":                          {"", 0},
}

func tracks(t testing.TB, sdp []byte) int {
	t.Helper()
	parsed, err := sdpunmarshaler.Unmarshal(sdp)
	if err != nil {
		return 0
	}
	var d description.Session
	if d.Unmarshal2(parsed) != nil {
		return 0
	}
	return len(d.Medias)
}

func TestTolerate(t *testing.T) {
	for name, c := range descriptions {
		t.Run(name, func(t *testing.T) {
			if got := tracks(t, tolerate([]byte(c.sdp))); got != c.tracks {
				t.Errorf("%d tracks, not %d, in:\n%s", got, c.tracks, tolerate([]byte(c.sdp)))
			}
		})
	}
}

// FuzzTolerate: no description makes it worse, and choosing tracks survives it.
func FuzzTolerate(f *testing.F) {
	for _, c := range descriptions {
		f.Add([]byte(c.sdp))
	}
	f.Fuzz(func(t *testing.T, sdp []byte) {
		before := bytes.Clone(sdp)
		mended := tolerate(sdp)
		if !bytes.Equal(before, sdp) {
			t.Fatal("the description itself was changed")
		}
		if tracks(t, mended) < tracks(t, sdp) {
			t.Fatalf("worse than before:\n%s", mended)
		}
		parsed, err := sdpunmarshaler.Unmarshal(mended)
		if err != nil {
			return
		}
		var d description.Session
		if d.Unmarshal2(parsed) != nil {
			return
		}
		for i, m := range d.Medias {
			if track, ok := storable(m, i); ok && (track.units == nil || track.format.Rate <= 0) {
				t.Fatalf("%+v", track)
			}
		}
	})
}
