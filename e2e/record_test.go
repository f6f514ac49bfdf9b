//go:build e2e

package e2e_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/footage"
	"github.com/donhk/istream/e2e/internal/gstrtsp"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

// TestRecordTellsWhyItCannot wants one plain sentence, an exit status that is
// not 0, and nothing left behind.
func TestRecordTellsWhyItCannot(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	for name, c := range map[string]struct {
		url   string
		cause string // regular expression
	}{
		"nobody listens":  {"rtsp://" + proc.FreeAddress(t) + "/stream", `nothing listens`},
		"dead host":       {"rtsp://" + deadHost(t) + "/stream", `does not answer`},
		"unknown host":    {"rtsp://camera.invalid/stream", `camera\.invalid`},
		"wrong password":  {simulated(t, camera.Config{User: s.settings["CAM_USER"], Password: "another"}).RTSPURL(), `password|credentials`},
		"a web server":    {"rtsp://" + webServer(t) + "/stream", `RTSP`},
		"a silent port":   {"rtsp://" + silentPort(t) + "/stream", `says nothing`},
		"sound alone":     {simulated(t, camera.Config{Faults: camera.Faults{AudioOnly: true}}).RTSPURL(), `video`},
		"unknown path":    {simulated(t, camera.Config{}).RTSPURL() + "/no/such/stream", `no stream`},
		"another scheme":  {"http://127.0.0.1/stream", `rtsp`},
		"no frame at all": {simulated(t, camera.Config{Faults: camera.Faults{NoFrames: true}}).RTSPURL(), `picture`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			said, status := s.run(t, "record", c.url, dir)
			sentence, found := strings.CutPrefix(strings.TrimSuffix(said, "\n"), "istream: ")
			if status == 0 || !found || strings.Contains(sentence, "\n") || !regexp.MustCompile(c.cause).MatchString(sentence) {
				t.Errorf("exit status %d and not one sentence that tells of %s:\n%s", status, c.cause, said)
			}
			t.Logf("%s", sentence)
			if left, err := files(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v (%v)", left, err)
			}
		})
	}
}

// TestRecordLeavesAFileThatPlays stops a recording as Ctrl-C does.
func TestRecordLeavesAFileThatPlays(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	clips := footage.Clips(t)
	played := gstrtsp.Start(t, clips)
	for name := range clips {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			record := proc.Start(t, s.command("record-"+name, "record", played.URL(name), dir))
			await.Until(t, time.Minute, "100 kB of footage", func() error { return grown(dir, 100_000) })
			if status := record.Interrupt(t, drain); status != 0 {
				t.Errorf("exit status %d:\n%s", status, record.Output())
			}
			left, err := filepath.Glob(filepath.Join(dir, "*", "[^.]*")) // without the lock
			if err != nil || len(left) != 1 || filepath.Ext(left[0]) != events.ClosedSuffix {
				t.Fatalf("left %v (%v)", left, err)
			}
			judge(t, left[0])
		})
	}
}

func simulated(t *testing.T, c camera.Config) *camera.Camera {
	t.Helper()
	simulated, err := camera.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := simulated.Close(); err != nil {
			t.Error(err)
		}
	})
	return simulated
}

// grown fails until the files of a folder have so many bytes together.
func grown(dir string, least int64) error {
	all, err := files(dir)
	if err != nil {
		return err
	}
	total := int64(0)
	for _, path := range all {
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
		}
	}
	if total < least {
		return fmt.Errorf("%d bytes so far", total)
	}
	return nil
}

func webServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// silentPort takes connections and says nothing.
func silentPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // the kernel accepts in our stead
	return l.Addr().String()
}

// deadHost answers nothing at all, as a camera that was unplugged: its queue of
// connections is full, so the kernel drops what comes.
func deadHost(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	loopback := &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	if err := errors.Join(syscall.Bind(fd, loopback), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
	for range 8 {
		c, err := net.DialTimeout("tcp", address, 200*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	t.Fatal("the queue of connections does not fill")
	return ""
}
