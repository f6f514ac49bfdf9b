package rtsp

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/pion/rtp"
)

const setup = "RTP/AVP/TCP;unicast;interleaved=0-1"

// oddHeaders are those of real cameras: a header as it comes, and as it is taken.
var oddHeaders = []struct{ header, given, want string }{
	{"Content-Base", "rtsp://10.0.0.5:554/live/", "rtsp://10.0.0.5:554/live/"},
	{"Content-Base", "rtsp://192.168.1.10/live/", "rtsp://10.0.0.5:554/live/"}, // as it knows itself
	{"Content-Base", "rtsp://rtsp://10.0.0.5:554/live?a=b", "rtsp://10.0.0.5:554/live?a=b"},
	{"Content-Base", "10.0.0.5:554/live/", "rtsp://10.0.0.5:554/live/"},
	{"Content-Base", "//10.0.0.5:554/live/", "rtsp://10.0.0.5:554/live/"},
	{"Content-Base", "/live/", "rtsp://10.0.0.5:554/live/"},
	{"Content-Base", "rtsp://::ffff:10.0.0.5:554/live/", "rtsp://10.0.0.5:554/live/"},
	{"Content-Base", "rtsp://[::ffff:10.0.0.5]:554/live/", "rtsp://10.0.0.5:554/live/"},
	{"Content-Base", "rtsp://10.0.0.5", "rtsp://10.0.0.5:554/"},
	{"Content-Base", " RTSP://10.0.0.5:99999/live ", "rtsp://10.0.0.5:554/live"},
	{"Content-Base", "http://10.0.0.5/live", "rtsp://10.0.0.5:554/live"},
	{"Content-Base", "rtsp://10.0.0.5/%zz", ""},
	{"Content-Base", "live/", ""},
	{"Content-Base", "rtsp://", ""},
	{"Content-Base", "", ""},
	{"Transport", "RTP/AVP/TCP;unicast;interleaved=0-1", "RTP/AVP/TCP;unicast;interleaved=0-1"},
	{"Transport", "RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=0badf00d;mode=\"PLAY\"", "RTP/AVP/TCP;unicast;interleaved=4-5"},
	{"Transport", "RTP/AVP;unicast;interleaved=2-3", "RTP/AVP/TCP;unicast;interleaved=2-3"},
	{"Transport", "rtp/avp/tcp; unicast; Interleaved = 2", "RTP/AVP/TCP;unicast;interleaved=2-3"},
	{"Transport", "RTP/AVP/TCP;unicast;interleaved=2-2", "RTP/AVP/TCP;unicast;interleaved=2-3"},
	{"Transport", "RTP/AVP/TCP;unicast", "RTP/AVP/TCP;unicast;interleaved=0-1"},
	{"Transport", "RTP/AVP/TCP;unicast;interleaved=255-256", "RTP/AVP/TCP;unicast;interleaved=255-256"},
	{"Transport", "RTP/AVP;unicast;client_port=5000-5001", "RTP/AVP;unicast;client_port=5000-5001"},
}

func TestMend(t *testing.T) {
	target, err := base.ParseURL("rtsp://admin:secret@10.0.0.5:554/live")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range oddHeaders {
		m := mender{url: target, transport: setup}
		r := &base.Response{Header: base.Header{c.header: base.HeaderValue{c.given, "twice"}}}
		m.reply(r)
		if got := strings.Join(r.Header[c.header], ", "); got != c.want {
			t.Errorf("%s: %q becomes %q, not %q", c.header, c.given, got, c.want)
		}
	}
}

func TestRelocate(t *testing.T) {
	target, err := base.ParseURL("rtsp://10.0.0.5:554/live")
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{
		"*":                        "*",
		"":                         "*",
		"live":                     "*",
		"rtsp://192.168.1.10/live": "rtsp://10.0.0.5:554/live",
		"rtsp://rtsp://x.y/live":   "rtsp://10.0.0.5:554/live",
	} {
		section := "m=video 0 RTP/AVP 96\r\na=control:rtsp://192.168.1.10/live/track1\r\n"
		m := mender{url: target}
		got := string(relocate([]byte("v=0\r\na=control:"+given+"\r\n"+section), m.location))
		if got != "v=0\r\na=control:"+want+"\r\n"+section {
			t.Errorf("%q becomes\n%s", given, got)
		}
	}
}

// script is a camera that says what it says, whatever it is asked.
type script struct {
	net.Conn
	said *bytes.Reader
}

func (s script) Read(b []byte) (int, error)       { return s.said.Read(b) }
func (s script) Write(b []byte) (int, error)      { return len(b), nil }
func (s script) Close() error                     { return nil }
func (s script) SetWriteDeadline(time.Time) error { return nil }

// dialogue is what a camera says from OPTIONS to the first packet, with a header
// of its own.
func dialogue(header, sdp string) string {
	ok := "RTSP/1.0 200 OK\r\n"
	return ok + "Public: DESCRIBE, SETUP, PLAY\r\n\r\n" +
		ok + header + fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(sdp), sdp) +
		ok + header + "Transport: " + setup + "\r\nSession: 1\r\n\r\n" +
		ok + header + "\r\n" +
		"$\x00\x00\x0e\x80\xe0\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x41\x9a"
}

// FuzzDialogue: whatever a camera says, the client that hears it mended comes to an
// end by itself.
func FuzzDialogue(f *testing.F) {
	for _, c := range oddHeaders {
		f.Add([]byte(dialogue(c.header+": "+c.given+"\r\n", head+h264+pcma)))
	}
	for _, c := range descriptions {
		f.Add([]byte(dialogue("", c.sdp)))
	}
	for _, challenge := range []string{`Digest realm="a", nonce="b", algorithm="SHA-256"`, `Basic realm="a"`, "Digest", "Bearer", ""} {
		refused := "RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: " + challenge + "\r\n\r\n"
		f.Add([]byte(refused + refused + dialogue("", head+h264)))
	}
	target, err := base.ParseURL("rtsp://admin:secret@10.0.0.5:554/live")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		called := 0
		heard := newControl(login{user: "admin", pass: "secret"}, "")
		c := &gortsplib.Client{
			Scheme: target.Scheme, Host: target.Host, Protocol: new(gortsplib.ProtocolTCP),
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				if called++; called > 1 {
					return nil, net.ErrClosed // sent on elsewhere
				}
				return script{said: bytes.NewReader(said)}, nil
			},
			OnRequest: heard.request, OnResponse: heard.reply, OnServerRequest: demand,
			OnPacketsLost: func(uint64) {}, OnDecodeError: func(error) {},
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		d, _, err := c.Describe(target)
		if err != nil && heard.tryAgain() {
			d, _, err = c.Describe(target)
		}
		if err != nil {
			return
		}
		set := 0
		for i, media := range d.Medias {
			at, err := media.URL(d.BaseURL)
			if track, ok := storable(media, i); err != nil || at == nil || !ok || track.units == nil {
				continue
			}
			if _, err := c.Setup(d.BaseURL, media, 0, 0); err == nil {
				set++
				c.OnPacketRTP(media, media.Formats[0], func(*rtp.Packet) {})
			}
		}
		if set == 0 {
			return
		}
		if _, err := c.Play(nil); err == nil {
			_ = c.Wait()
		}
	})
}
