package recorder_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		os.Exit(helper())
	}
	// These tests wait much more than they work.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// quiet is a scene that takes little of the machine.
var quiet = rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 10}

// listen serves each connection by do, until the test ends.
func listen(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			do(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestRecordNamesTheCause: each fault at the start is one plain sentence, without
// credentials, and nothing is left behind.
func TestRecordNamesTheCause(t *testing.T) {
	t.Parallel()
	const user, pass = "operator", "p@s:/?#%w"
	reply := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = c.Read(make([]byte, 4096))
			_, _ = io.WriteString(c, text)
			_, _ = io.Copy(io.Discard, c)
		}
	}
	for name, c := range map[string]struct {
		url  func(t *testing.T) string
		want string
	}{
		"refused":      {func(t *testing.T) string { return "rtsp://" + closedPort(t) + "/stream" }, "refuses the connection"},
		"no such name": {func(*testing.T) string { return "rtsp://no-such-camera.invalid/stream" }, "no address is known for the host"},
		"web server": {func(t *testing.T) string {
			return "rtsp://" + listen(t, reply("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
		}, "is a web server"},
		"SSH server": {func(t *testing.T) string {
			return "rtsp://" + listen(t, func(c net.Conn) {
				_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2p1\r\n")
				_, _ = io.Copy(io.Discard, c)
			})
		}, "is an SSH server"},
		"something else": {func(t *testing.T) string { return "rtsp://" + listen(t, reply("220 mail ready\r\n")) }, "does not speak RTSP"},
		"silent": {func(t *testing.T) string {
			return "rtsp://" + listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		}, "says nothing for 400ms"},
		"hangs up":    {func(t *testing.T) string { return "rtsp://" + listen(t, func(net.Conn) {}) }, "ends the connection without an answer"},
		"no password": {locked("", ""), "asks for a user name and a password"},
		"wrong password": {func(t *testing.T) string {
			return strings.Replace(locked("", "")(t), "rtsp://", "rtsp://operator:p%40s%3A%2F%3F%23%25w@", 1)
		}, "refuses the user name or the password"},
		"wrong path": {func(t *testing.T) string {
			return strings.Replace(rtsptest.Start(t, quiet).URL(), "/stream", "/other", 1)
		}, `no stream at the path "/other"`},
		"audio only": {func(t *testing.T) string { return rtsptest.Start(t, rtsptest.Scene{Sound: media.AAC}).URL() }, "offers no video, only sound (mpeg4-generic)"},
		"codec": {func(t *testing.T) string {
			sdp := "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns= \r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\na=control:track1\r\n"
			return "rtsp://" + listen(t, describing(sdp))
		}, "sends its video as VP8, which can't be stored"},
		"broken description": {func(t *testing.T) string { return "rtsp://" + listen(t, describing("v=0\r\nrubbish\r\n")) }, "can't be understood"},
		"no picture": {func(t *testing.T) string {
			c := rtsptest.Start(t, quiet)
			c.Silence(true)
			return c.URL()
		}, "has sent no picture for 400ms"},
		"scheme": {func(*testing.T) string { return "http://127.0.0.1/" }, "rtsp:// or rtsps:// is meant"},
		"no URL": {func(*testing.T) string { return "operator:p@s@camera" }, "is no valid URL"},
	} {
		t.Run(name, func(t *testing.T) {
			url, log := c.url(t), &bytes.Buffer{}
			dir := filepath.Join(t.TempDir(), "new", "folder")
			err := recorder.Record(t.Context(), recorder.RecordOptions{
				URL: url, Dir: dir, Patience: 400 * time.Millisecond, Log: slog.New(slog.NewTextHandler(log, nil)),
			})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), log.String()} {
				if strings.Contains(text, pass) || strings.Contains(text, "p%40s") || strings.Contains(text, "p@s@") {
					t.Errorf("the password is shown: %s", text)
				}
			}
			if _, err := os.Stat(filepath.Dir(dir)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something is left behind: %v", err)
			}
		})
	}
}

// locked is a camera with a password.
func locked(user, pass string) func(t *testing.T) string {
	if user == "" {
		user, pass = "admin", "right"
	}
	return func(t *testing.T) string {
		return rtsptest.Start(t, quiet, func(c *rtsptest.Camera) { c.User, c.Pass = user, pass }).URL()
	}
}

// describing answers OPTIONS and DESCRIBE, with this description.
func describing(sdp string) func(net.Conn) {
	return func(c net.Conn) {
		b := make([]byte, 4096)
		for cseq := 1; ; cseq++ {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			head := fmt.Sprintf("RTSP/1.0 200 OK\r\nCSeq: %d\r\n", cseq)
			if bytes.HasPrefix(b[:n], []byte("DESCRIBE")) {
				head += fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(sdp), sdp)
			} else {
				head += "Public: DESCRIBE\r\n\r\n"
			}
			if _, err := io.WriteString(c, head); err != nil {
				return
			}
		}
	}
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// record runs Record until stop is called, which returns its error.
func record(t *testing.T, o recorder.RecordOptions) (stop func() error) {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- recorder.Record(ctx, o) }()
	stopped := false
	stop = func() error {
		cancel()
		stopped = true
		return <-done
	}
	t.Cleanup(func() {
		if !stopped {
			_ = stop()
		}
	})
	return stop
}

func closed(t *testing.T, dir string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// consecutive finds each picture once and in order.
func consecutive(t *testing.T, segments []rtsptest.Segment) (first, last int) {
	t.Helper()
	first, last = -1, -1
	for i, s := range segments {
		if !s.Keys[0] {
			t.Errorf("segment %d does not begin with a keyframe", i)
		}
		for _, n := range s.Pictures {
			if first < 0 {
				first = n
			} else if n != last+1 {
				t.Fatalf("segment %d: picture %d follows %d", i, n, last)
			}
			last = n
		}
	}
	return first, last
}

// TestRecordJoinsWithoutALoss: what several cameras send at once, each in its own
// way, is all there, once and in order.
func TestRecordJoinsWithoutALoss(t *testing.T) {
	t.Parallel()
	scenes := map[string]rtsptest.Scene{
		"H.264 with AAC":           {Codec: media.H264, FPS: 50, GOP: 25, Sound: media.AAC},
		"H.265 with A-law":         {Codec: media.H265, FPS: 50, GOP: 25, Sound: media.PCMA},
		"B pictures and Opus":      {Codec: media.H264, FPS: 50, GOP: 25, B: true, Sound: media.Opus},
		"parameter sets in band":   {Codec: media.H264, FPS: 50, GOP: 25, InBand: true},
		"H.265 in band with µ-law": {Codec: media.H265, FPS: 50, GOP: 25, InBand: true, Sound: media.PCMU},
		"AV1 with 16 bit PCM":      {Codec: media.AV1, FPS: 50, GOP: 25, Sound: media.L16},
		"MJPEG with 8 bit PCM":     {Codec: media.MJPEG, FPS: 50, GOP: 25, Sound: media.L8},
		"H.264 with 24 bit PCM":    {Codec: media.H264, FPS: 50, GOP: 25, Sound: media.L24},
		"a sound beyond storing":   {Codec: media.H264, FPS: 50, GOP: 25, Sound: "G.722"},
		"large pictures":           {Codec: media.H264, FPS: 25, GOP: 12, Size: 20000},
	}
	stops, dirs := map[string]func() error{}, map[string]string{}
	for name, scene := range scenes {
		camera := rtsptest.Start(t, scene)
		dirs[name] = t.TempDir()
		stops[name] = record(t, recorder.RecordOptions{URL: camera.URL(), Dir: dirs[name], SegmentDuration: 500 * time.Millisecond})
	}
	for name, scene := range scenes {
		t.Run(name, func(t *testing.T) {
			until(t, "four segments are closed", func() bool { return closed(t, dirs[name]) >= 4 })
			if err := stops[name](); err != nil {
				t.Fatal(err)
			}
			joined(t, scene, rtsptest.ReadAll(t, dirs[name]))
		})
	}
}

func joined(t *testing.T, scene rtsptest.Scene, segments []rtsptest.Segment) {
	t.Helper()
	first, last := consecutive(t, segments)
	if first%scene.GOP != 0 && scene.Codec != media.MJPEG || last-first < 3*scene.FPS/2 {
		t.Fatalf("pictures %d to %d", first, last)
	}
	sounds := 0
	for i, s := range segments {
		sounds += len(s.Sound)
		if got := s.Info.Duration; i < len(segments)-1 && got < 470*time.Millisecond || got > 1100*time.Millisecond {
			t.Errorf("segment %d lasts %v", i, got)
		}
	}
	if stored := scene.Sound != "" && scene.Sound != "G.722"; stored != (sounds > 0) {
		t.Errorf("%d frames of sound", sounds)
	}
}

func TestRecordComesBack(t *testing.T) {
	t.Parallel()
	scene := rtsptest.Scene{Codec: media.H264, FPS: 50, GOP: 10}
	camera := rtsptest.Start(t, scene, func(c *rtsptest.Camera) { c.User, c.Pass = "admin", "p@s:/?#%w" })
	dir := t.TempDir()
	stop := record(t, recorder.RecordOptions{
		URL: camera.URL(), Dir: dir, SegmentDuration: time.Minute, ReconnectInterval: 100 * time.Millisecond, Patience: time.Second,
		Credentials: setting.Credentials{User: "admin", Pass: "p@s:/?#%w"},
	})
	footage := func(n int) func() bool {
		return func() bool {
			open := len(parts(t, dir))
			return open == 1 && open+closed(t, dir) >= n // a busy machine may try once more
		}
	}
	until(t, "footage comes", footage(1))
	camera.Kick()
	until(t, "it is connected again", footage(2))
	camera.Silence(true) // connected, but no picture
	until(t, "it noticed that no picture comes", func() bool { return closed(t, dir) >= 2 && len(parts(t, dir)) == 0 })
	before := closed(t, dir)
	camera.Silence(false)
	until(t, "pictures come again", footage(before+1))
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	last := -1
	for i, s := range rtsptest.ReadAll(t, dir) {
		first, end := consecutive(t, []rtsptest.Segment{s})
		if first <= last || first%scene.GOP != 0 {
			t.Errorf("segment %d begins with %d after %d", i, first, last)
		}
		last = end
	}
}
