package rtsp_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsp"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

func TestMain(m *testing.M) {
	// These tests wait much more than they work.
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// scene is one of picture and sound that takes little of the machine.
var scene = rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 5, Sound: media.PCMA}

// patience is for what is to work; impatience for what is not.
const (
	patience   = 20 * time.Second
	impatience = 500 * time.Millisecond
)

// log collects what is told.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func options(t *testing.T, url string) rtsp.Options {
	return rtsp.Options{URL: url, Patience: patience, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// play holds a session until enough says so, and returns its fault.
func play(t *testing.T, o rtsp.Options, enough func(pictures, sounds int) bool) (*rtsp.Session, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	s, err := rtsp.Connect(ctx, o)
	if err != nil {
		return nil, err
	}
	pictures, sounds, done := 0, 0, false
	err = s.Run(ctx, func(u media.Unit) {
		if s.Formats()[u.Track].Codec.Video() {
			pictures++
		} else {
			sounds++
		}
		if !done && enough(pictures, sounds) {
			done = true
			stop()
		}
	}, func() {})
	if done && errors.Is(err, context.Canceled) {
		return s, nil
	}
	return s, err
}

// tunnel plays through HTTP. The test's server may know of the GET only after the
// POST has come, and then lets neither in.
func tunnel(t *testing.T, o rtsp.Options, enough func(pictures, sounds int) bool) (s *rtsp.Session, err error) {
	t.Helper()
	for range 5 {
		s, err = play(t, o, enough)
		if f, ok := errors.AsType[*rtsp.Fault](err); !ok || f.Kind != rtsp.KindNoRTSP {
			break
		}
	}
	return s, err
}

// both is enough of picture and of sound.
func both(pictures, sounds int) bool { return pictures >= 10 && sounds >= 5 }

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// TestTransports: picture and sound come in each way, and the session is ended
// by TEARDOWN.
func TestTransports(t *testing.T) {
	t.Parallel()
	tls, _ := rtsptest.Certificate(t)
	for name, c := range map[string]struct {
		transport setting.Transport
		change    func(*rtsptest.Camera)
		udp       int
	}{
		"by default":     {"", func(c *rtsptest.Camera) { c.UDP = true }, 0},
		"TCP":            {setting.TransportTCP, func(c *rtsptest.Camera) { c.UDP = true }, 0},
		"UDP":            {setting.TransportUDP, func(c *rtsptest.Camera) { c.UDP = true }, 1},
		"HTTP":           {setting.TransportHTTP, func(*rtsptest.Camera) {}, 0},
		"auto":           {setting.TransportAuto, func(c *rtsptest.Camera) { c.UDP = true }, 0},
		"TLS":            {setting.TransportTCP, func(c *rtsptest.Camera) { c.TLS = tls }, 0},
		"HTTP over TLS":  {setting.TransportHTTP, func(c *rtsptest.Camera) { c.TLS = tls }, 0},
		"UDP beside TLS": {setting.TransportUDP, func(c *rtsptest.Camera) { c.TLS, c.UDP = tls, true }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			camera := rtsptest.Start(t, scene, c.change)
			o := options(t, camera.URL())
			o.Transport = c.transport
			play := play
			if c.transport == setting.TransportHTTP {
				play = tunnel
			}
			s, err := play(t, o, both)
			if err != nil {
				t.Fatal(err)
			}
			until(t, "the session is torn down", func() bool { return camera.TornDown() == 1 })
			if camera.PlayedUDP() != c.udp {
				t.Errorf("%d sessions played over UDP, want %d", camera.PlayedUDP(), c.udp)
			}
			if s.Lost() > 0 && c.udp == 0 {
				t.Errorf("%d packets lost", s.Lost())
			}
		})
	}
}

// TestAutoTakesTheOtherTransport where the camera refuses one, and remembers it.
func TestAutoTakesTheOtherTransport(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, scene, func(c *rtsptest.Camera) { c.UDP = true })
	var mu sync.Mutex
	refused := setting.TransportTCP
	refuse := func(r *base.Request) *base.Response {
		mu.Lock()
		defer mu.Unlock()
		overTCP := strings.Contains(strings.Join(r.Header["Transport"], ""), "/TCP")
		if r.Method == base.Setup && overTCP == (refused == setting.TransportTCP) {
			return &base.Response{StatusCode: base.StatusUnsupportedTransport, StatusMessage: "Unsupported Transport"}
		}
		return nil
	}
	wire := rtsptest.StartWire(t, camera, &rtsptest.Wire{Ask: refuse})
	o := options(t, wire.URL())
	for _, strict := range []setting.Transport{setting.TransportTCP, setting.TransportUDP} {
		o.Transport = strict
		mu.Lock()
		refused = strict
		mu.Unlock()
		_, err := play(t, o, both)
		if f, ok := errors.AsType[*rtsp.Fault](err); !ok || f.Kind != rtsp.KindTransport || !strings.Contains(f.Error(), "does not send its stream over "+strings.ToUpper(string(strict))) {
			t.Errorf("%s: %v", strict, err)
		}
	}
	o.Transport, o.Habits = setting.TransportAuto, &rtsp.Habits{}
	for i, step := range []struct {
		refused    setting.Transport
		tried, udp int // SETUP requests, sessions over UDP so far
	}{
		{setting.TransportTCP, 3, 1}, // one refused, then picture and sound
		{setting.TransportTCP, 2, 2}, // remembered
		{setting.TransportUDP, 3, 2}, // the other way
		{setting.TransportUDP, 2, 2},
	} {
		mu.Lock()
		refused = step.refused
		mu.Unlock()
		before := len(wire.Seen(base.Setup))
		if _, err := play(t, o, both); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if tried := len(wire.Seen(base.Setup)) - before; tried != step.tried || camera.PlayedUDP() != step.udp {
			t.Errorf("step %d: %d SETUPs, %d sessions over UDP, want %d and %d", i, tried, camera.PlayedUDP(), step.tried, step.udp)
		}
	}
}

// TestSignIn: each way of signing in, with passwords that are not easy.
func TestSignIn(t *testing.T) {
	t.Parallel()
	for name, method := range map[string]auth.VerifyMethod{
		"Basic": auth.VerifyMethodBasic, "Digest with MD5": auth.VerifyMethodDigestMD5, "Digest with SHA-256": auth.VerifyMethodDigestSHA256,
	} {
		for _, pass := range []string{"", "secret", "p@s/?#%w"} {
			t.Run(name+" "+pass, func(t *testing.T) {
				t.Parallel()
				camera := rtsptest.Start(t, scene, func(c *rtsptest.Camera) {
					c.User, c.Pass, c.Auth = "admin", pass, []auth.VerifyMethod{method}
				})
				said := &log{}
				wire := rtsptest.StartWire(t, camera, &rtsptest.Wire{})
				o := options(t, wire.URL())
				o.Log = slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))
				o.Credentials = setting.Credentials{User: "admin", Pass: setting.Secret(pass)}
				if _, err := play(t, o, both); err != nil {
					t.Fatal(err)
				}
				for _, r := range wire.Seen(base.Describe) {
					if r.URL.User != nil {
						t.Error("credentials are in a URL")
					}
				}
				o.Credentials.Pass = "p@s/?#%w or not"
				before := len(wire.Seen(base.Describe))
				_, err := play(t, o, both)
				if f, ok := errors.AsType[*rtsp.Fault](err); !ok || f.Kind != rtsp.KindAuth {
					t.Errorf("with a wrong password: %v", err)
				}
				if tries := len(wire.Seen(base.Describe)) - before; tries != 2 {
					t.Errorf("asked %d times with a wrong password, want once without and once with it", tries)
				}
				if strings.Contains(said.String()+err.Error(), "p@s") {
					t.Errorf("the password is shown: %s%v", said, err)
				}
			})
		}
	}
}

// TestChallengeChanges: a camera that gives a new challenge for every request, in
// mid-session too, gets an answer to each.
func TestChallengeChanges(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	nonce, refused := "1", map[base.Method]int{}
	stale := false // the client's latest challenge has served
	strict := func(r *base.Request) *base.Response {
		mu.Lock()
		defer mu.Unlock()
		err := auth.Verify(r, "admin", "secret", []auth.VerifyMethod{auth.VerifyMethodDigestMD5}, "IPC", nonce)
		nonce += "1" // it is good for one request
		if stale = err == nil; stale {
			return nil
		}
		refused[r.Method]++
		return &base.Response{StatusCode: base.StatusUnauthorized, Header: base.Header{
			"WWW-Authenticate": auth.GenerateWWWAuthenticate([]auth.VerifyMethod{auth.VerifyMethodDigestMD5}, "IPC", nonce),
		}}
	}
	camera := rtsptest.Start(t, scene)
	wire := rtsptest.StartWire(t, camera, &rtsptest.Wire{Ask: strict, Reply: timeout("2")})
	o := options(t, wire.URL())
	o.Credentials = setting.Credentials{User: "admin", Pass: "secret"}
	enough := func(int, int) bool {
		mu.Lock()
		defer mu.Unlock()
		return stale && len(wire.Seen(base.GetParameter))-refused[base.GetParameter] >= 2
	}
	if _, err := play(t, o, enough); err != nil {
		t.Fatal(err)
	}
	until(t, "the session is torn down", func() bool { return camera.TornDown() == 1 })
	mu.Lock()
	defer mu.Unlock()
	for _, method := range []base.Method{base.Options, base.Setup, base.Play, base.GetParameter, base.Teardown} {
		if refused[method] == 0 {
			t.Errorf("%s was never refused, so nothing is shown", method)
		}
	}
}

// timeout has the camera say how long its sessions live.
func timeout(seconds string) func(*base.Request, *base.Response) {
	return func(_ *base.Request, r *base.Response) {
		if session, _, ok := strings.Cut(strings.Join(r.Header["Session"], ""), ";"); ok {
			r.Header["Session"] = base.HeaderValue{session + "; timeout = " + seconds}
		}
	}
}

// answering is a server that says one thing to whoever comes, and stays.
func answering(t *testing.T, reply string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, reply)
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	return l.Addr().String()
}
