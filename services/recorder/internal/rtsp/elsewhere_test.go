package rtsp_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/base"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder/internal/rtsp"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

// sendsOn is a camera that says that its stream is elsewhere.
func sendsOn(t *testing.T, camera *rtsptest.Camera, status base.StatusCode, to string) *rtsptest.Wire {
	t.Helper()
	return rtsptest.StartWire(t, camera, &rtsptest.Wire{Ask: func(r *base.Request) *base.Response {
		if r.Method != base.Describe || strings.HasSuffix(r.URL.Path, "/stream") && to == "/stream" {
			return nil
		}
		return &base.Response{StatusCode: status, Header: base.Header{"Location": base.HeaderValue{to}}}
	}})
}

// TestRedirects are followed to streams, in bounds.
func TestRedirects(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, scene)
	tls, _ := rtsptest.Certificate(t)
	secure := rtsptest.Start(t, scene, func(c *rtsptest.Camera) { c.TLS = tls })
	var circle *rtsptest.Wire
	circle = rtsptest.StartWire(t, camera, &rtsptest.Wire{Ask: func(r *base.Request) *base.Response {
		if r.Method != base.Describe {
			return nil
		}
		return &base.Response{StatusCode: base.StatusFound, Header: base.Header{"Location": base.HeaderValue{circle.URL() + "x"}}}
	}})
	for name, c := range map[string]struct {
		from string
		say  string // "": it is recorded
	}{
		"301":                     {sendsOn(t, camera, 301, camera.URL()).URL(), ""},
		"302":                     {sendsOn(t, camera, 302, camera.URL()).URL(), ""},
		"a path":                  {strings.Replace(sendsOn(t, camera, 302, "/stream").URL(), "/stream", "/other", 1), ""},
		"to more protection":      {sendsOn(t, camera, 302, secure.URL()).URL(), ""},
		"two in a row":            {sendsOn(t, camera, 302, sendsOn(t, camera, 301, camera.URL()).URL()).URL(), ""},
		"another protocol":        {sendsOn(t, camera, 302, "http://"+camera.Address()+"/stream").URL(), "is not followed: that is no stream's"},
		"no URL":                  {sendsOn(t, camera, 302, "rtsp://%zz:secret@").URL(), "is not followed: that is no URL"},
		"nowhere":                 {sendsOn(t, camera, 302, "").URL(), "answers 302"},
		"in a circle":             {circle.URL(), "sends us on without an end (5 times)"},
		"to where nobody listens": {sendsOn(t, camera, 302, "rtsp://user:secret@127.0.0.1:1/stream").URL(), "127.0.0.1:1 refuses the connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := play(t, options(t, c.from), both)
			if c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
				t.Errorf("%v, want %q", err, c.say)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("a password is shown: %v", err)
			}
		})
	}
}

// TestCredentialsStayWithTheirHost: a camera that sends us on elsewhere does not
// get them sent there.
func TestCredentialsStayWithTheirHost(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, scene, func(c *rtsptest.Camera) { c.User, c.Pass = "admin", "secret" })
	same, other := rtsptest.StartWire(t, camera, &rtsptest.Wire{}), rtsptest.StartWire(t, camera, &rtsptest.Wire{Host: "127.0.0.2"})
	o := options(t, sendsOn(t, camera, 302, same.URL()).URL())
	o.Credentials = setting.Credentials{User: "admin", Pass: "secret"}
	if _, err := play(t, o, both); err != nil {
		t.Error(err)
	}
	o.URL = sendsOn(t, camera, 302, other.URL()).URL()
	_, err := play(t, o, both)
	if f, ok := errors.AsType[*rtsp.Fault](err); !ok || f.Kind != rtsp.KindAuth || !strings.Contains(f.Error(), "the camera sends us on to "+other.Address()) {
		t.Errorf("%v", err)
	}
	for _, r := range other.Seen(base.Describe) {
		if len(r.Header["Authorization"]) > 0 {
			t.Errorf("the other host was told %v", r.Header["Authorization"])
		}
	}
}

// TestCertificates: any will do where nobody vouches for cameras, and is told of;
// else the camera's own has to be known.
func TestCertificates(t *testing.T) {
	t.Parallel()
	tls, file := rtsptest.Certificate(t)
	other, otherFile := rtsptest.Certificate(t)
	said := &log{}
	o := options(t, "")
	o.Log, o.Habits = slog.New(slog.NewTextHandler(said, nil)), &rtsp.Habits{}
	start := func() *rtsptest.Camera {
		return rtsptest.Start(t, scene, func(c *rtsptest.Camera) { c.TLS = tls })
	}
	camera := start()
	o.URL = camera.URL()
	for range 2 {
		if _, err := play(t, o, both); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(said.String(), "certificate is not verified"); n != 1 {
		t.Errorf("told %d times of the certificate:\n%s", n, said)
	}
	tls = other
	o.URL = start().URL()
	if _, err := play(t, o, both); err != nil || !strings.Contains(said.String(), "shows another certificate than before") {
		t.Errorf("%v, told:\n%s", err, said)
	}
	authority := func(file string) *rtsp.Authorities {
		a, err := rtsp.LoadAuthorities(file)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	o.URL, o.Authorities = camera.URL(), authority(file)
	if _, err := play(t, o, both); err != nil {
		t.Errorf("with the camera's own certificate known: %v", err)
	}
	o.Authorities = authority(otherFile)
	_, err := play(t, o, both)
	if f, ok := errors.AsType[*rtsp.Fault](err); !ok || f.Kind != rtsp.KindCertificate || !strings.Contains(f.Error(), "RTSPS_CA_FILE does not vouch for") {
		t.Errorf("with another's: %v", err)
	}
	plain := rtsptest.Start(t, scene)
	o.Patience = impatience // it waits for the end of what it takes for a request
	o.URL = "rtsps" + strings.TrimPrefix(plain.URL(), "rtsp")
	_, err = play(t, o, both)
	if f, ok := errors.AsType[*rtsp.Fault](err); !ok || f.Kind != rtsp.KindNoRTSP || !strings.Contains(f.Error(), "TLS") {
		t.Errorf("without TLS: %v", err)
	}
}

// TestTunnelFaults: a web server that gives no RTSP is told as such.
func TestTunnelFaults(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, scene, func(c *rtsptest.Camera) { c.User, c.Pass = "admin", "secret" })
	o := options(t, camera.URL())
	o.Transport = setting.TransportHTTP
	o.Credentials = setting.Credentials{User: "admin", Pass: "secret"}
	if _, err := tunnel(t, o, both); err != nil {
		t.Error(err)
	}
	for reply, say := range map[string]string{
		"HTTP/1.0 404 Not Found\r\n\r\n":   "is a web server, but gives no RTSP through HTTP (it answers 404)",
		"RTSP/1.0 400 Bad Request\r\n\r\n": "does not answer as a web server",
		"":                                 "does not answer as a web server within 500ms",
	} {
		o := options(t, "rtsp://"+answering(t, reply)+"/stream")
		o.Transport, o.Patience = setting.TransportHTTP, impatience
		_, err := play(t, o, both)
		if f, ok := errors.AsType[*rtsp.Fault](err); !ok || f.Kind != rtsp.KindNoRTSP || !strings.Contains(f.Error(), say) {
			t.Errorf("%q: %v, want %q", reply, err, say)
		}
	}
}
