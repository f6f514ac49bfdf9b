package quirks_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder"
)

// limit is how long a test waits for what comes in seconds.
const limit = 90 * time.Second

func TestMain(m *testing.M) {
	// These tests wait much more than they work.
	flag.Parse()
	if err := flag.Set("test.parallel", "64"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// scene is a camera and what records it.
type scene struct {
	t      *testing.T
	cam    *camera.Camera
	dir    string
	log    said
	stop   func() error
	before int // connections of others
}

// said keeps what is logged.
type said struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

// newScene starts a camera with faults.
func newScene(t *testing.T, faults string, config camera.Config) *scene {
	t.Helper()
	if faults != "" {
		if err := config.Faults.Set(faults); err != nil {
			t.Fatal(err)
		}
	}
	cam, err := camera.Start(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, cam: cam, dir: t.TempDir()}
	t.Cleanup(func() {
		if err := cam.Close(); err != nil {
			t.Errorf("the camera failed: %v", err)
		}
		if t.Failed() {
			t.Logf("the recorder said:\n%s", s.log.String())
		}
	})
	return s
}

// record records the camera until stop.
func (s *scene) record(o recorder.RecordOptions) {
	o.URL, o.Dir, o.Log = s.cam.RTSPURL(), s.dir, slog.New(slog.NewTextHandler(&s.log, nil))
	s.start(func(ctx context.Context) error { return recorder.Record(ctx, o) })
}

// serve runs the service, which does not give up where a camera fails from the
// start.
func (s *scene) serve(reconnect string) {
	s.t.Helper()
	var cfg recorder.Config
	err := setting.Load(s.t.Context(), &cfg, setting.Map{
		"SITE": "attic", "CAMERAS": "door=" + s.cam.RTSPURL(), "LOCAL_SERVER_BACKUP_DIRECTORY": s.dir,
		"SEGMENT_DURATION": "1", "RECONNECT_INTERVAL": reconnect, "SYNC_INTERVAL": "1",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	deps := recorder.Deps{Log: slog.New(slog.NewTextHandler(&s.log, nil)), Health: service.NewHealth()}
	s.start(func(ctx context.Context) error { return recorder.Run(ctx, cfg, deps) })
}

func (s *scene) start(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	s.stop = sync.OnceValue(func() error { cancel(); return <-done })
	s.t.Cleanup(func() { _ = s.stop() })
}

// until waits for so many frames on the disk.
func (s *scene) until(frames int) {
	s.t.Helper()
	s.wait(fmt.Sprintf("%d frames", frames), func() error {
		if got := recorded(s.t, s.dir); got < frames {
			return fmt.Errorf("%d so far", got)
		}
		return nil
	})
}

func (s *scene) wait(what string, done func() error) {
	s.t.Helper()
	await.Until(s.t, limit, what, done)
}

// footage ends the recording and reads it.
func (s *scene) footage() []segment {
	s.t.Helper()
	if err := s.stop(); err != nil {
		s.t.Fatal(err)
	}
	return segments(s.t, s.dir)
}

// noted tells whether the ledger holds a note with such words.
func (s *scene) noted(words string) bool {
	s.t.Helper()
	kept, err := spool.Open(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	folders, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, folder := range folders {
		for gap, err := range kept.Gaps(folder.Name()) {
			if err != nil {
				s.t.Fatal(err)
			}
			if strings.Contains(gap.Detail, words) {
				return true
			}
		}
	}
	return false
}

// unbroken wants one connection, and footage without a hole.
func (s *scene) unbroken() []segment {
	s.t.Helper()
	all := s.footage()
	if parted := sessions(s.t, all); len(parted) != 1 {
		s.t.Errorf("frames are missing: %d sessions' worth in\n%v", len(parted), all)
	}
	if ever, _ := s.cam.Connections(); ever-s.before != 1 {
		s.t.Errorf("%d connections", ever-s.before)
	}
	return all
}

func open(t *testing.T, name string) *clip.Clip {
	t.Helper()
	c, err := clip.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
