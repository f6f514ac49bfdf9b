// Package gstrtsp plays MP4 files as an RTSP camera that shares no code with
// iStream: GStreamer's RTSP server, through Debian's Python bindings.
package gstrtsp

import (
	_ "embed"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/proc"
)

//go:embed server.py
var script string

// python is the distribution's, which the bindings are built for.
const python = "/usr/bin/python3"

// Server is a running one; it ends with the test.
type Server struct{ port int }

// Start serves each file under its name.
func Start(t testing.TB, files map[string]string) *Server {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import gi; gi.require_version('GstRtspServer', '1.0')").CombinedOutput(); err != nil {
		t.Fatalf("GStreamer's RTSP server is missing (packages: .ci/packages): %v\n%s", err, out)
	}
	args := []string{"-c", script}
	for name, path := range files {
		args = append(args, name+"="+path)
	}
	process := proc.Start(t, proc.Command{Name: "gstrtsp", Path: python, Args: args})
	s := &Server{}
	await.Until(t, 20*time.Second, "the port of GStreamer's RTSP server", func() error {
		line, _, ok := strings.Cut(process.Output(), "\n")
		if !ok {
			return fmt.Errorf("nothing told yet")
		}
		port, err := strconv.Atoi(line)
		s.port = port
		return err
	})
	return s
}

// URL is where a file is played, from its beginning for each client.
func (s *Server) URL(name string) string { return fmt.Sprintf("rtsp://127.0.0.1:%d/%s", s.port, name) }
