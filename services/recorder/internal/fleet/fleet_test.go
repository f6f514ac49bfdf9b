package fleet_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/camera"
	"github.com/donhk/istream/services/recorder/internal/fleet"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is some cameras, a spool and a bus that may go away.
type site struct {
	t       *testing.T
	spool   *spool.Spool
	cameras map[string]*rtsptest.Camera
	manual  []camera.Target
	cfg     bus.Config
	server  *bus.Server
}

func newSite(t *testing.T, cameras int) *site {
	t.Helper()
	s := &site{t: t, cameras: map[string]*rtsptest.Camera{}, cfg: bustest.Config(t)}
	var err error
	if s.spool, err = spool.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for i := range cameras {
		id := fmt.Sprintf("cam%d", i)
		s.cameras[id] = rtsptest.Start(t, rtsptest.Scene{Codec: media.H264, FPS: 10, GOP: 5})
		s.manual = append(s.manual, camera.Target{ID: id, URI: s.cameras[id].URL()})
	}
	s.start()
	t.Cleanup(func() { s.server.Close() })
	return s
}

// start brings the bus up, at the address it had before.
func (s *site) start() {
	s.t.Helper()
	var err error
	if s.server, err = bus.Start(s.cfg, slog.New(slog.DiscardHandler)); err != nil {
		s.t.Fatal(err)
	}
	s.cfg.Listen = strings.TrimPrefix(s.server.URL(), "nats://")
}

// recorder is one of the site's.
func (s *site) recorder(id string) *fleet.Fleet {
	s.t.Helper()
	log := slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})).With("recorder", id)
	b, err := bus.Connect(bus.Config{URL: "nats://" + s.cfg.Listen}, nil, id, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	f := fleet.New(fleet.Options{Site: "pi", ID: id, Bus: b, Spool: s.spool, Manual: s.manual, Log: log, New: func(t camera.Target) *camera.Camera {
		return camera.New(camera.Options{
			ID: t.ID, Site: "pi", Spool: s.spool, Segment: time.Second, Sync: time.Second, Reconnect: 200 * time.Millisecond,
			Credentials: func(camera.Target) setting.Credentials { return setting.Credentials{} }, News: silence{}, Log: log,
		}, t)
	}})
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
		b.Close()
	})
	return f
}

type silence struct{}

func (silence) Announce(events.Event) {}

// recording lists what each recorder records, if together that is everything.
func (s *site) recording(fleets ...*fleet.Fleet) (lists [][]string, all bool) {
	count := 0
	for _, f := range fleets {
		var ids []string
		for _, c := range f.Status() {
			if c.State == "recording" {
				ids = append(ids, c.Camera)
			}
		}
		count += len(ids)
		lists = append(lists, ids)
	}
	return lists, count == len(s.cameras)
}

// spread waits until the recorders have so many cameras each.
func (s *site) spread(fleets []*fleet.Fleet, want ...int) [][]string {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		lists, all := s.recording(fleets...)
		left := map[int]int{}
		for i := range lists {
			left[len(lists[i])]++
			left[want[i]]--
		}
		for _, n := range left {
			all = all && n == 0
		}
		if all {
			return lists
		}
	}
	lists, _ := s.recording(fleets...)
	s.t.Fatalf("the cameras are spread %v, not %v", lists, want)
	return nil
}

func (s *site) connections() map[string]int {
	ever := map[string]int{}
	for id, c := range s.cameras {
		_, ever[id] = c.Connections()
	}
	return ever
}

// TestBusThatComesBackEmpty: recorders go on while the bus is away, and when it
// comes back without its files no camera moves; a recorder that joins then gets
// its share, though the tokens begin anew.
func TestBusThatComesBackEmpty(t *testing.T) {
	t.Parallel()
	s := newSite(t, 4)
	fleets := []*fleet.Fleet{s.recorder("one"), s.recorder("two")}
	before := s.spread(fleets, 2, 2)
	connections := s.connections()

	s.server.Close()
	c := s.cameras["cam0"]
	sent := c.Next()
	for deadline := time.Now().Add(20 * time.Second); c.Next() < sent+int(bus.LeaseTTL.Seconds()+1)*10; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the camera stopped")
		}
	}
	if after := s.spread(fleets, 2, 2); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("cameras moved from %v to %v while the bus was away", before, after)
	}
	s.cfg.Dir = t.TempDir()
	s.start()
	held := bustest.Connect(t, s.server)
	leased(t, held, 4)
	if after := s.spread(fleets, 2, 2); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("cameras moved from %v to %v when the bus came back", before, after)
	}
	if now := s.connections(); fmt.Sprint(now) != fmt.Sprint(connections) {
		t.Errorf("cameras were connected again: %v, before %v", now, connections)
	}
	s.spread(append(fleets, s.recorder("three")), 1, 1, 2)
	once(t, s)
}

// leased waits until so many cameras have leases.
func leased(t *testing.T, b *bus.Bus, want int) {
	t.Helper()
	leases, err := b.Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	held := map[string]bool{}
	_ = leases.Watch(ctx, "pi.*", func(key, holder string) {
		if held[key] = holder != ""; len(held) == want {
			cancel()
		}
	}, func() {})
	if len(held) != want {
		t.Fatalf("%d leases", len(held))
	}
}

// once finds no picture twice.
func once(t *testing.T, s *site) {
	t.Helper()
	seen := map[string]bool{}
	for _, segment := range rtsptest.ReadAll(t, s.spool.Root()) {
		for _, n := range segment.Pictures {
			key := fmt.Sprint(segment.File.Camera, n)
			if seen[key] {
				t.Fatalf("%s: picture %d was recorded twice", segment.File.Camera, n)
			}
			seen[key] = true
		}
	}
}

// TestRecordersWithoutABus: the lock of the folder alone keeps two recorders
// from recording one camera, and hands it over when one ends.
func TestRecordersWithoutABus(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2)
	s.server.Close()
	first := s.recorder("one")
	s.spread([]*fleet.Fleet{first}, 2)
	second := s.recorder("two")
	for deadline := time.Now().Add(20 * time.Second); len(second.Status()) < 2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the second recorder does not try")
		}
	}
	s.spread([]*fleet.Fleet{first, second}, 2, 0)
	if now := s.connections(); now["cam0"] != 1 || now["cam1"] != 1 {
		t.Errorf("connections: %v", now)
	}
	s.start() // now they can share
	s.spread([]*fleet.Fleet{first, second}, 1, 1)
	once(t, s)
}
