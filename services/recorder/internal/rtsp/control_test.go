package rtsp

import (
	"bufio"
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

var sessions = map[string]struct {
	id   string
	life time.Duration
}{
	"66334873":                              {"66334873", 0},
	"66334873;timeout=60":                   {"66334873", time.Minute},
	" 66334873 ; Timeout = 60 s":            {"66334873", time.Minute},
	"66334873;timeout=\"5\"":                {"66334873", 5 * time.Second},
	"66334873;x=y;timeout=1.5":              {"66334873", 1500 * time.Millisecond},
	"66334873;timeout":                      {"66334873", 0},
	"66334873;timeout=-1":                   {"66334873", 0},
	"66334873;timeout=0":                    {"66334873", 0},
	"66334873;timeout=soon":                 {"66334873", 0},
	"66334873;timeout=NaN":                  {"66334873", 0},
	"66334873;timeout=99999999999999999999": {"66334873", longestLife},
	";timeout=5":                            {"", 5 * time.Second},
}

func TestParseSession(t *testing.T) {
	for text, want := range sessions {
		if id, life := parseSession(text); id != want.id || life != want.life {
			t.Errorf("%q: %q, %v, want %q, %v", text, id, life, want.id, want.life)
		}
	}
}

func TestPauses(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1": 30 * time.Second, "1;timeout=60": 30 * time.Second, "1;timeout=5": 2500 * time.Millisecond, "1;timeout=3600": 30 * time.Second, "1;timeout=0.001": time.Second / 2,
	} {
		c := newControl(login{}, "")
		c.reply(&base.Response{StatusCode: base.StatusOK, Header: base.Header{"Session": base.HeaderValue{text}}})
		if got := c.pause(); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

var answers = []string{
	"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm=\"IPC\", nonce=\"1\", algorithm=\"SHA-256\"\r\nWWW-Authenticate: Basic realm=\"IPC\"\r\n\r\n",
	"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Negotiate\r\n\r\n",
	"RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: rtsp://user:secret@[::1]:554/x\r\n\r\n",
	"RTSP/1.0 405 no\r\nCSeq: 1\r\nSession: 7;timeout=5\r\nPublic: OPTIONS, GET_PARAMETER\r\n\r\n",
	"RTSP/1.0 454 no\r\n\r\n",
	"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\n\r\nv=0\r\n",
}

// FuzzReply: whatever a camera replies to whatever it was asked, requests can
// still be made, none shows a password, and pauses make sense.
func FuzzReply(f *testing.F) {
	for _, reply := range answers {
		f.Add([]byte(reply), "OPTIONS")
		f.Add([]byte(reply), "GET_PARAMETER")
		f.Add([]byte(reply), "TEARDOWN")
	}
	for text := range sessions {
		f.Add([]byte("RTSP/1.0 200 OK\r\nCSeq: 1\r\nSession: "+text+"\r\n\r\n"), "SETUP")
	}
	here := &url.URL{Scheme: "rtsp", Host: "camera", Path: "/ch0"}
	f.Fuzz(func(t *testing.T, text []byte, method string) {
		const pass = "hunter2hunter2"
		c := newControl(login{user: "admin", pass: pass}, "")
		c.request(&base.Request{Method: base.Method(method), URL: (*base.URL)(here), Header: base.Header{"CSeq": base.HeaderValue{"1"}}})
		from := bufio.NewReader(bytes.NewReader(text))
		for n := 0; n < 8; n++ {
			var r base.Response
			if r.Unmarshal(from) != nil {
				break
			}
			c.reply(&r)
			c.begun((*base.URL)(here))
			if request := c.own(c.way()); bytes.Contains(request, []byte(pass)) {
				t.Fatalf("%s", request)
			}
			if pause := c.pause(); pause < minPause || pause > maxPause {
				t.Fatalf("a pause of %v", pause)
			}
		}
		if to := c.sentOn(); to != "" {
			r := &route{url: here}
			if (&redirection{from: "camera", to: to}).follow(r) && (r.url.User != nil || r.url.Hostname() == "" || !strings.HasPrefix(r.url.Scheme, "rtsp")) {
				t.Fatalf("%q leads to %v", to, r.url)
			}
		}
	})
}
