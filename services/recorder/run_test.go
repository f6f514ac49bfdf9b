package recorder_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

func env(dir, cameras string) setting.Map {
	return setting.Map{
		"SITE": "pi", "CAMERAS": cameras, "LOCAL_SERVER_BACKUP_DIRECTORY": dir,
		"SEGMENT_DURATION": "1", "RECONNECT_INTERVAL": "0.2", "SYNC_INTERVAL": "0.5",
	}
}

// run runs the service until stop is called.
func run(t *testing.T, from setting.Map, b *bus.Bus) (stop func() error) {
	t.Helper()
	var cfg recorder.Config
	if err := setting.Load(t.Context(), &cfg, from); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- recorder.Run(ctx, cfg, recorder.Deps{Bus: b, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Health: service.NewHealth()})
	}()
	return sync.OnceValue(func() error { cancel(); return <-done })
}

// news collects what is told on the bus.
type news struct {
	mu       sync.Mutex
	segments []events.Segment
	pieces   []events.Fragment
	gaps     []events.Gap
}

func follow(t *testing.T, b *bus.Bus) *news {
	t.Helper()
	n := &news{}
	for _, subject := range []string{"segments.>", "gaps.>"} {
		if _, err := b.NC.Subscribe(subject, n.take); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.NC.Flush(); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *news) take(m *nats.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var s events.Segment
	var f events.Fragment
	var g events.Gap
	var err error
	switch {
	case strings.HasPrefix(m.Subject, "gaps."):
		err = json.Unmarshal(m.Data, &g)
		n.gaps = append(n.gaps, g)
	case strings.HasSuffix(m.Subject, ".fragment"):
		err = json.Unmarshal(m.Data, &f)
		n.pieces = append(n.pieces, f)
	default:
		err = json.Unmarshal(m.Data, &s)
		n.segments = append(n.segments, s)
	}
	if err != nil {
		panic(err)
	}
}

// of lists the segments of a camera that reached a state.
func (n *news) of(camera string, state events.SegmentState) []events.Segment {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []events.Segment
	for _, s := range n.segments {
		if s.Camera == camera && s.State == state {
			all = append(all, s)
		}
	}
	return all
}

func (n *news) gap(cause events.Cause, state events.GapState) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, g := range n.gaps {
		if g.Cause == cause && g.State == state {
			return true
		}
	}
	return false
}

// TestEveryStepIsTold: a camera from the registry is recorded, and what the news
// says is what the files hold.
func TestEveryStepIsTold(t *testing.T) {
	t.Parallel()
	_, b := bustest.Start(t)
	n, dir := follow(t, b), t.TempDir()
	camera := rtsptest.Start(t, quiet, func(c *rtsptest.Camera) { c.User, c.Pass = "admin", "secret" })
	from := env(dir, "")
	from["CAM_USER"], from["CAM_PASS"] = "admin", "secret"
	stop := run(t, from, b)
	defer func() { _ = stop() }()
	put(t, b, "door", camera.URL())
	until(t, "two segments are closed", func() bool { return len(n.of("door", events.Closed)) >= 2 })
	status := ask(t, b)
	if len(status) != 1 || len(status[0].Cameras) != 1 || status[0].Cameras[0].State != "recording" || status[0].Cameras[0].Frame.IsZero() {
		t.Errorf("status: %+v", status)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	segments := rtsptest.ReadAll(t, dir)
	consecutive(t, segments)
	until(t, "everything is told", func() bool { return len(n.of("door", events.Closed)) == len(segments) })
	for i, told := range n.of("door", events.Closed) {
		s := segments[i]
		if told.File != s.File.Rel() || told.SHA256 != s.Info.SHA256 || told.Bytes != s.Info.Size || told.Codec != s.Info.Codec ||
			!told.Start.Equal(s.File.Start) || told.Duration.Duration().Round(time.Millisecond) != s.Info.Duration.Round(time.Millisecond) || told.Key != s.File.Name("pi").Key() || told.Clock == "" {
			t.Errorf("told %+v of %+v", told, s.Info)
		}
	}
	if opened := n.of("door", events.Opened); len(opened) != len(segments) || !strings.HasSuffix(opened[0].File, events.PartSuffix) {
		t.Errorf("%d opened of %d", len(opened), len(segments))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	covers(t, n.pieces, segments)
}

// covers: the fragments told of lie one after the other, to the index at the end.
func covers(t *testing.T, pieces []events.Fragment, segments []rtsptest.Segment) {
	t.Helper()
	at := map[time.Time]int64{}
	for _, p := range pieces {
		if p.Sequence == 1 {
			at[p.Start] = p.Offset
		}
		if at[p.Start] != p.Offset || p.Length <= 0 || p.Last.Before(p.First) {
			t.Fatalf("a fragment that does not follow: %+v", p)
		}
		at[p.Start] += p.Length
	}
	for _, s := range segments {
		if end := at[s.File.Start]; end == 0 || end >= s.Info.Size {
			t.Errorf("the fragments of %s end at %d of %d", s.File.Rel(), end, s.Info.Size)
		}
	}
}

func put(t *testing.T, b *bus.Bus, id, uri string) {
	t.Helper()
	c := events.Camera{V: 1, Change: events.CameraFound, Site: "pi", ID: id, State: events.CameraReady, Streams: []events.Stream{{Name: "main", URI: uri}}, At: time.Now().UTC()}
	if err := b.PutCamera(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// ask gathers the status of every recorder.
func ask(t *testing.T, b *bus.Bus) []events.RecorderStatus {
	t.Helper()
	inbox := b.NC.NewRespInbox()
	sub, err := b.NC.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := b.NC.PublishRequest(events.StatusSubject("pi", events.ServiceRecorder), inbox, nil); err != nil {
		t.Fatal(err)
	}
	var all []events.RecorderStatus
	for {
		m, err := sub.NextMsg(200 * time.Millisecond)
		if errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		var s events.RecorderStatus
		if err := json.Unmarshal(m.Data, &s); err == nil && s.ID != "" {
			all = append(all, s)
		}
	}
}

// TestNoBusStopsNothing: what is named by hand is recorded though no bus ever
// answers, and a camera whose folder can't be written leaves the others alone.
func TestNoBusStopsNothing(t *testing.T) {
	t.Parallel()
	b, err := bus.Connect(bus.Config{URL: "nats://" + closedPort(t)}, nil, "recorder", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "yard"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	door, yard := rtsptest.Start(t, quiet), rtsptest.Start(t, quiet)
	stop := run(t, env(dir, "door="+door.URL()+",yard="+yard.URL()), b)
	defer func() { _ = stop() }()
	until(t, "the door is recorded", func() bool { return closed(t, dir) >= 1 })
	if err := os.Remove(filepath.Join(dir, "yard")); err != nil {
		t.Fatal(err)
	}
	until(t, "the yard is recorded too", func() bool {
		files, _ := filepath.Glob(filepath.Join(dir, "yard", "*.mp4"))
		return len(files) >= 1
	})
	// A file that comes while the folder goes keeps it.
	until(t, "the door's folder is gone", func() bool { return os.RemoveAll(filepath.Join(dir, "door")) == nil })
	until(t, "the door is recorded again", func() bool {
		files, _ := filepath.Glob(filepath.Join(dir, "door", "*.mp4"))
		return len(files) >= 1
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, ever := yard.Connections(); ever > 1 {
		t.Errorf("the yard's camera saw %d connections", ever)
	}
}

// TestKillLosesAFragmentAtMost: killed again and again, nothing is there twice,
// nothing that was closed is lost, and what was cut short is mended.
func TestKillLosesAFragmentAtMost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	scene := rtsptest.Scene{Codec: media.H264, FPS: 50, GOP: 5}
	camera := rtsptest.Start(t, scene)
	const rounds = 3
	killed := []int{}
	for range rounds {
		before := closed(t, dir)
		p := start(t, job{Env: env(dir, "door="+camera.URL())})
		until(t, "a segment is closed and the next has begun", func() bool {
			parts := parts(t, dir)
			return closed(t, dir) > before && len(parts) == 1 && parts[0] > 0
		})
		killed = append(killed, camera.Next())
		p.kill()
	}
	before := closed(t, dir)
	p := start(t, job{Env: env(dir, "door="+camera.URL())})
	until(t, "it goes on", func() bool { return closed(t, dir) > before+1 })
	if err := p.term(); err != nil {
		t.Fatal(err)
	}
	seen, last := map[int]bool{}, -1
	for _, s := range rtsptest.ReadAll(t, dir) {
		_, _ = consecutive(t, []rtsptest.Segment{s})
		for _, number := range s.Pictures {
			if seen[number] || number < last {
				t.Fatalf("picture %d is there twice or out of order", number)
			}
			seen[number], last = true, number
		}
	}
	for _, at := range killed {
		newest := at
		for !seen[newest] && newest > 0 {
			newest--
		}
		// A second of the fragment, and what was still on its way.
		if at-newest > scene.FPS*3/2 {
			t.Errorf("killed at picture %d, recorded to %d", at, newest)
		}
	}
	if left := parts(t, dir); len(left) > 0 {
		t.Errorf("%d segments are left open", len(left))
	}
}

// parts lists the sizes of the open segments.
func parts(t *testing.T, dir string) []int64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.part"))
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	for _, f := range files {
		if info, err := os.Stat(f); err == nil { // else it was closed just now
			sizes = append(sizes, info.Size())
		}
	}
	return sizes
}

// TestRecordersShareTheCameras: evenly, and a dead one's cameras are taken over.
func TestRecordersShareTheCameras(t *testing.T) {
	t.Parallel()
	_, b := bustest.Start(t)
	dir, names := t.TempDir(), []string{}
	cameras := map[string]*rtsptest.Camera{}
	for i := range 5 {
		id := fmt.Sprintf("cam%d", i)
		names = append(names, id)
		cameras[id] = rtsptest.Start(t, rtsptest.Scene{Codec: media.H264, FPS: 10, GOP: 5})
		put(t, b, id, cameras[id].URL())
	}
	stop := run(t, env(dir, ""), b)
	victim := start(t, job{Env: env(dir, ""), NATS: b.NC.ConnectedUrl()})
	spread := func(recorders ...int) func() bool {
		return func() bool {
			status := ask(t, b)
			if len(status) != len(recorders) {
				return false
			}
			held, active := map[int]int{}, 0
			for _, s := range status {
				held[len(s.Cameras)]++
				for _, c := range s.Cameras {
					if c.State == "recording" {
						active++
					}
				}
			}
			for _, r := range recorders {
				held[r]--
			}
			for _, rest := range held {
				if rest != 0 {
					return false
				}
			}
			return active == len(names)
		}
	}
	until(t, "both have their share", spread(2, 3))
	before := time.Now()
	victim.kill()
	until(t, "one has them all", spread(5))
	t.Logf("taken over within %v", time.Since(before))
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, id := range names {
		seen := map[int]bool{}
		for _, s := range of(rtsptest.ReadAll(t, dir), id) {
			for _, number := range s.Pictures {
				if seen[number] {
					t.Fatalf("%s: picture %d was recorded twice", id, number)
				}
				seen[number] = true
			}
		}
	}
}

func of(segments []rtsptest.Segment, camera string) []rtsptest.Segment {
	var all []rtsptest.Segment
	for _, s := range segments {
		if s.File.Camera == camera {
			all = append(all, s)
		}
	}
	return all
}

// TestDiskThatRefuses: a file that can't grow ends its segment; the next one is
// tried, and the time between is a gap with its cause.
func TestDiskThatRefuses(t *testing.T) {
	t.Parallel()
	_, b := bustest.Start(t)
	n, dir := follow(t, b), t.TempDir()
	camera := rtsptest.Start(t, rtsptest.Scene{Codec: media.H264, FPS: 50, GOP: 5, Size: 2000})
	from := env(dir, "door="+camera.URL())
	from["SEGMENT_DURATION"] = "600"
	p := start(t, job{Env: from, NATS: b.NC.ConnectedUrl(), MaxBytes: 400_000})
	until(t, "the gap is told", func() bool {
		return n.gap(events.CauseDisk, events.GapOpened) && n.gap(events.CauseDisk, events.GapClosed)
	})
	if err := p.term(); err != nil {
		t.Fatal(err)
	}
	segments := rtsptest.ReadAll(t, dir)
	if len(segments) < 2 {
		t.Fatalf("%d segments", len(segments))
	}
	for _, s := range segments {
		consecutive(t, []rtsptest.Segment{s})
	}
	status, err := spool.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for f, err := range status.Scan(t.Context()) {
		if err != nil || !f.Closed {
			t.Errorf("%+v, %v", f, err)
		}
	}
}
