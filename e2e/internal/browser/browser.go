// Package browser plays a file in Debian's Chromium, as somebody does who opens a
// segment from the bucket's console.
package browser

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/proc"
)

//go:embed page.html
var page []byte

const chromium = "/usr/bin/chromium"

// limit is for a browser on a busy machine.
const limit = 2 * time.Minute

// Seen is what the browser told.
type Seen struct {
	Duration float64 // seconds
	Seeks    []struct {
		Time   float64 // where it came to, in seconds
		Blocks []int   // the lowest ninth of the picture, a grey byte each; see camsim's clips
	}
	Fault    string
	Requests int64 // for the file, until the last seek was done
}

// Play opens the file and seeks to each time, in seconds. The file is served with
// ranges, as stores do.
func Play(t testing.TB, path string, times ...float64) Seen {
	t.Helper()
	if out, err := exec.Command(chromium, "--version").CombinedOutput(); err != nil {
		t.Fatalf("Chromium is missing (packages: .ci/packages): %v\n%s", err, out)
	}
	told, requests := make(chan Seen, 1), atomic.Int64{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) })
	mux.HandleFunc("GET /task", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"file": "/segment.mp4", "times": times}) // else it asks for nothing
	})
	mux.HandleFunc("GET /segment.mp4", func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		http.ServeFile(w, r, path)
	})
	mux.HandleFunc("POST /told", func(_ http.ResponseWriter, r *http.Request) {
		var s Seen
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
			s.Fault = err.Error()
		}
		select {
		case told <- s:
		default:
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	p := proc.Start(t, proc.Command{Name: "chromium", Path: chromium, Args: []string{
		"--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage",
		"--disable-features=PaintHolding", "--user-data-dir=" + t.TempDir(), server.URL + "/",
	}})
	defer p.Kill()
	select {
	case s := <-told:
		if s.Fault != "" {
			t.Fatalf("the browser complains: %s", s.Fault)
		}
		s.Requests = requests.Load()
		return s
	case <-time.After(limit):
		t.Fatalf("the browser told nothing within %v:\n%s", limit, strings.TrimSpace(p.Output()))
	}
	return Seen{}
}
