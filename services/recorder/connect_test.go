package recorder_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

// TestTermTakesLeave: a recorder that is told to end ends its sessions in the
// camera's way.
func TestTermTakesLeave(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, quiet)
	dir := t.TempDir()
	p := start(t, job{Env: env(dir, "door="+camera.URL())})
	until(t, "footage comes", func() bool { return len(parts(t, dir)) == 1 })
	if err := p.term(); err != nil {
		t.Fatal(err)
	}
	until(t, "the session is torn down", func() bool { return camera.TornDown() == 1 })
}

// TestGivenAwayCameraIsLeft: a camera that goes to another recorder is left in
// its own way, and never sees two sessions.
func TestGivenAwayCameraIsLeft(t *testing.T) {
	t.Parallel()
	_, b := bustest.Start(t)
	dir := t.TempDir()
	var wires []*rtsptest.Wire
	var cameras []*rtsptest.Camera
	for _, id := range []string{"door", "yard"} {
		camera := rtsptest.Start(t, quiet)
		wire := rtsptest.StartWire(t, camera, &rtsptest.Wire{})
		wires, cameras = append(wires, wire), append(cameras, camera)
		put(t, b, id, wire.URL())
	}
	first := run(t, env(dir, ""), b)
	defer func() { _ = first() }()
	until(t, "one records both", func() bool { return len(parts(t, dir)) == 2 })
	second := run(t, env(dir, ""), b)
	defer func() { _ = second() }()
	until(t, "one camera is given away", func() bool { return cameras[0].TornDown()+cameras[1].TornDown() == 1 })
	until(t, "both are recorded", func() bool {
		recording := 0
		for _, s := range ask(t, b) {
			for _, c := range s.Cameras {
				if c.State == "recording" && len(s.Cameras) == 1 {
					recording++
				}
			}
		}
		return recording == 2
	})
	for i, wire := range wires {
		if _, most := wire.Opened(); most > 1 {
			t.Errorf("camera %d saw %d sessions at once", i, most)
		}
	}
}

func putStreams(t *testing.T, b *bus.Bus, c events.Camera, uris ...string) {
	t.Helper()
	c.V, c.Change, c.Site, c.At = 1, events.CameraFound, "pi", time.Now().UTC()
	for _, uri := range uris {
		c.Streams = append(c.Streams, events.Stream{Name: "profile", URI: uri})
	}
	if err := b.PutCamera(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// TestStreamIsChosen: the sub stream where it is wanted, for all or for one
// camera, and the main one where there is no other.
func TestStreamIsChosen(t *testing.T) {
	t.Parallel()
	_, b := bustest.Start(t)
	main, sub := rtsptest.Start(t, quiet), rtsptest.Start(t, quiet)
	from := env(t.TempDir(), "yard=127.0.0.9;stream=main")
	from["STREAM"] = "sub"
	stop := run(t, from, b)
	defer func() { _ = stop() }()
	count := func(c *rtsptest.Camera) int { now, _ := c.Connections(); return now }
	putStreams(t, b, events.Camera{ID: "door", State: events.CameraReady}, main.URL(), sub.URL())
	until(t, "the sub stream is recorded", func() bool { return count(main) == 0 && count(sub) == 1 })
	putStreams(t, b, events.Camera{ID: "yard", State: events.CameraReady}, main.URL(), sub.URL())
	until(t, "a camera of its own choice is recorded so", func() bool { return count(main) == 1 && count(sub) == 1 })
	putStreams(t, b, events.Camera{ID: "gate", State: events.CameraReady}, main.URL())
	until(t, "one without a sub stream is recorded all the same", func() bool { return count(main) == 2 && count(sub) == 1 })
}

// TestAddressChangesInMidSession: the session goes on, the next is elsewhere.
func TestAddressChangesInMidSession(t *testing.T) {
	t.Parallel()
	_, b := bustest.Start(t)
	dir := t.TempDir()
	before, after := rtsptest.Start(t, quiet), rtsptest.Start(t, quiet)
	stop := run(t, env(dir, ""), b)
	defer func() { _ = stop() }()
	put(t, b, "door", before.URL())
	until(t, "a segment is closed", func() bool { return closed(t, dir) >= 1 })
	put(t, b, "door", after.URL())
	now := closed(t, dir)
	until(t, "two more are closed", func() bool { return closed(t, dir) >= now+2 })
	if _, ever := after.Connections(); ever != 0 {
		t.Error("a session that worked was given up")
	}
	before.Kick()
	until(t, "it is recorded from where it is now", func() bool { now, _ := after.Connections(); return now == 1 })
	if _, ever := before.Connections(); ever != 1 {
		t.Errorf("%d connections to where it was", ever)
	}
}

// TestCutSessionsAreSpaced: a camera that cuts each session right after PLAY is
// not asked again before the first wait is over, and never twice at once.
func TestCutSessionsAreSpaced(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, quiet)
	wire := &rtsptest.Wire{}
	wire.Reply = func(r *base.Request, _ *base.Response) {
		if r.Method == base.Play {
			wire.Cut()
		}
	}
	rtsptest.StartWire(t, camera, wire)
	stop := run(t, env(t.TempDir(), "door="+wire.URL()), nil)
	defer func() { _ = stop() }()
	until(t, "it was tried four times", func() bool { at, _ := wire.Opened(); return len(at) >= 4 })
	at, most := wire.Opened()
	const first = 200 * time.Millisecond // RECONNECT_INTERVAL
	for i := range at[1:4] {
		if gap := at[i+1].Sub(at[i]); gap < first<<i {
			t.Errorf("%v between tries %d and %d, want at least %v", gap, i, i+1, first<<i)
		}
	}
	if most > 1 {
		t.Errorf("%d connections at once", most)
	}
}

// TestRefusedCredentialsWait: a camera that refuses them is left alone, until
// something is known to have changed with it.
func TestRefusedCredentialsWait(t *testing.T) {
	t.Parallel()
	_, b := bustest.Start(t)
	camera := rtsptest.Start(t, quiet, func(c *rtsptest.Camera) { c.User, c.Pass = "admin", "secret" })
	from := env(t.TempDir(), "")
	from["CAM_USER"], from["CAM_PASS"] = "admin", "wrong"
	stop := run(t, from, b)
	defer func() { _ = stop() }()
	tries := func() int { _, ever := camera.Connections(); return ever }
	since := time.Now().UTC().Truncate(time.Second)
	put := func(state events.CameraState, since time.Time) {
		putStreams(t, b, events.Camera{ID: "door", State: state, Since: since}, camera.URL())
	}
	put(events.CameraReady, since)
	until(t, "it is refused", func() bool {
		for _, s := range ask(t, b) {
			for _, c := range s.Cameras {
				return c.Cause == events.CauseAuth && strings.Contains(c.Error, "refuses the user name or the password")
			}
		}
		return false
	})
	before := tries()
	put(events.CameraReady, since) // told again
	put(events.CameraReady, since.Add(time.Minute))
	until(t, "it is tried again", func() bool { return tries() == before+1 })
	// Ten times the first wait, and less than the one after a refusal.
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if tries() > before+1 {
			t.Fatal("it is tried again though nothing changed")
		}
	}
}

// TestSessionsThatDieAtTheirTimeOut are taken up again without a longer and
// longer wait, since footage had come.
func TestSessionsThatDieAtTheirTimeOut(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, quiet)
	wire := &rtsptest.Wire{}
	var mu sync.Mutex
	var cut []time.Time
	wire.Reply = func(r *base.Request, reply *base.Response) {
		if session, _, ok := strings.Cut(strings.Join(reply.Header["Session"], ""), ";"); ok {
			reply.Header["Session"] = base.HeaderValue{session + ";timeout=1"}
		}
		if r.Method == base.Play {
			time.AfterFunc(2*time.Second, func() { // whatever is done to keep it alive
				mu.Lock()
				defer mu.Unlock()
				cut = append(cut, time.Now())
				wire.Cut()
			})
		}
	}
	rtsptest.StartWire(t, camera, wire)
	from := env(t.TempDir(), "door="+wire.URL())
	from["RECONNECT_INTERVAL"] = "0.5"
	stop := run(t, from, nil)
	defer func() { _ = stop() }()
	var opened []time.Time
	for deadline := time.Now().Add(time.Minute); len(opened) < 6; time.Sleep(20 * time.Millisecond) {
		if opened, _ = wire.Opened(); time.Now().After(deadline) {
			t.Fatalf("%d sessions in a minute", len(opened))
		}
	}
	mu.Lock()
	defer mu.Unlock()
	// Doubling, it would be 8 s.
	if wait := opened[5].Sub(cut[4]); wait > 6*time.Second {
		t.Errorf("the fifth wait is %v", wait)
	}
}
