package discoverer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/devicetest"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// running is a discoverer at work.
type running struct {
	bus  *bus.Bus
	stop func()
	log  *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *syncBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func start(t *testing.T, cfg Config, b *bus.Bus) *running {
	t.Helper()
	r := &running{bus: b, log: &syncBuffer{}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	deps := Deps{Bus: b, Log: slog.New(slog.NewTextHandler(r.log, nil)), Health: service.NewHealth()}
	go func() { done <- Run(ctx, cfg, deps) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if strings.Contains(r.log.String(), pass) {
			t.Error("the password is in the log")
		}
		if reports := deps.Health.Reports(); len(reports) != 1 || !reports[0].OK {
			t.Errorf("health %+v", reports)
		}
	})
	t.Cleanup(r.stop)
	return r
}

// hear gathers what is told of cameras.
func hear(t *testing.T, b *bus.Bus) chan events.Camera {
	t.Helper()
	heard := make(chan events.Camera, 1000)
	sub, err := b.NC.Subscribe("cameras.>", func(m *nats.Msg) {
		var c events.Camera
		if err := json.Unmarshal(m.Data, &c); err != nil || c.Subject() != m.Subject {
			t.Errorf("%s: %s (%v)", m.Subject, m.Data, err)
		}
		if bytes.Contains(m.Data, []byte("word")) {
			t.Errorf("the password is told: %s", m.Data)
		}
		heard <- c
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.NC.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Unsubscribe() })
	return heard
}

func next(t *testing.T, heard chan events.Camera) events.Camera {
	t.Helper()
	select {
	case c := <-heard:
		return c
	case <-time.After(patience):
		t.Fatal("nothing was told")
		return events.Camera{}
	}
}

// expect waits for a change of a camera with an endpoint.
func expect(t *testing.T, heard chan events.Camera, d *devicetest.Device, change events.CameraChange, state events.CameraState) events.Camera {
	t.Helper()
	c := next(t, heard)
	if c.Endpoint != d.Endpoint || c.Change != change || c.State != state {
		t.Fatalf("told %s %s %s (%s), want %s %s", c.ID, c.Change, c.State, c.Error, change, state)
	}
	return c
}

func status(t *testing.T, b *bus.Bus) events.DiscovererStatus {
	t.Helper()
	var s events.DiscovererStatus
	eventually(t, "an answer", func() bool {
		m, err := b.NC.Request(events.StatusSubject("attic", events.ServiceDiscoverer), nil, time.Second)
		if err != nil {
			return false
		}
		if err := json.Unmarshal(m.Data, &s); err != nil {
			t.Fatal(err)
		}
		return true
	})
	return s
}

// scanned waits for n more scans to end.
func scanned(t *testing.T, b *bus.Bus, n uint64) {
	t.Helper()
	until := status(t, b).Scans + n
	eventually(t, fmt.Sprint(n, " scans"), func() bool { return status(t, b).Scans >= until })
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

func stored(t *testing.T, b *bus.Bus) []events.Camera {
	t.Helper()
	all, err := b.Cameras(t.Context(), "attic")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func quiet(t *testing.T, heard chan events.Camera) {
	t.Helper()
	select {
	case c := <-heard:
		t.Fatalf("told %s %s %s (%s)", c.ID, c.Change, c.State, c.Error)
	default:
	}
}

// TestLife: found once, quiet, lost after three scans, back under its id; the
// same over a restart.
func TestLife(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	d := camera(1)
	d.Start(t)
	network.Add(d)
	_, b := bustest.Start(t)
	heard := hear(t, b)
	cfg := onLoopback(t, network)
	r := start(t, cfg, b)

	found := expect(t, heard, d, events.CameraFound, events.CameraReady)
	scanned(t, b, 2)
	calls := d.Calls("")
	scanned(t, b, 2)
	if d.Calls("") != calls {
		t.Errorf("%d calls to a camera that has nothing new", d.Calls("")-calls)
	}
	quiet(t, heard)
	s := status(t, b)
	if len(s.Cameras) != 1 || s.Cameras[0].ID != found.ID || len(s.NICs) != 1 || s.LastScan.IsZero() || s.Site != "attic" {
		t.Errorf("status %+v", s)
	}
	if all := stored(t, b); len(all) != 1 || all[0].ID != found.ID || all[0].Revision != 1 {
		t.Errorf("stored %+v", all)
	}

	r.stop()
	start(t, cfg, b)
	scanned(t, b, 2)
	quiet(t, heard)

	network.Clear()
	if c := expect(t, heard, d, events.CameraLost, events.CameraGone); c.ID != found.ID || c.Revision != 2 {
		t.Errorf("lost %+v", c)
	}
	network.Add(d)
	if c := expect(t, heard, d, events.CameraFound, events.CameraReady); c.ID != found.ID || c.Revision != 3 {
		t.Errorf("back as %+v", c)
	}
}

// TestNobodyIsDelayed: the well-behaved are told while others are still silent,
// send a byte now and then, or answer a thousand times.
func TestNobodyIsDelayed(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	silent, dripping := camera(1), camera(2)
	silent.Answers = map[string]http.HandlerFunc{"GetSystemDateAndTime": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
	dripping.Answers = map[string]http.HandlerFunc{"GetSystemDateAndTime": func(w http.ResponseWriter, r *http.Request) {
		for {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(50 * time.Millisecond):
				_, _ = io.WriteString(w, "<")
				_ = http.NewResponseController(w).Flush()
			}
		}
	}}
	for _, d := range []*devicetest.Device{silent, dripping} {
		d.Start(t)
		network.Add(d)
	}
	printer := devicetest.Device{Endpoint: "urn:uuid:flood", Types: "x:Printer", XAddrs: " "}
	network.Flood(t, "127.0.0.66", 300, func(i int) string { return fmt.Sprint(printer.Match("ProbeMatch"), "<!-- ", i, " -->") })
	good := map[string]bool{}
	for n := 10; n < 20; n++ {
		d := camera(n)
		d.Start(t)
		network.Add(d)
		good[d.Endpoint] = true
	}
	_, b := bustest.Start(t)
	heard := hear(t, b)
	cfg := onLoopback(t, network)
	cfg.Window = setting.Duration(time.Second)
	start(t, cfg, b)
	for len(good) > 0 {
		c := next(t, heard)
		if !good[c.Endpoint] || c.State != events.CameraReady {
			t.Fatalf("told %+v", c)
		}
		delete(good, c.Endpoint)
	}
	if silent.Calls("") == 0 || dripping.Calls("") == 0 {
		t.Error("the others were not asked at all")
	}
	// Neither has been given up yet: the first scan is not over.
	if scans := status(t, b).Scans; scans != 0 {
		t.Errorf("%d scans are over", scans)
	}
}

// TestWrongPassword: one attempt, said once, and the right one is taken up at
// the next start.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	d := camera(1)
	d.Start(t)
	network.Add(d)
	_, b := bustest.Start(t)
	heard := hear(t, b)
	cfg := onLoopback(t, network)
	wrong := cfg
	wrong.Credentials = setting.Credentials{User: "admin", Pass: "wrong-" + pass}
	r := start(t, wrong, b)
	c := expect(t, heard, d, events.CameraFound, events.CameraAuth)
	if !strings.Contains(c.Error, "authentication failed") {
		t.Errorf("error %q", c.Error)
	}
	scanned(t, b, 3)
	network.Say(t, d.Match("Hello"))
	scanned(t, b, 1)
	quiet(t, heard)
	if d.Refused() != 1 {
		t.Errorf("%d attempts", d.Refused())
	}
	if n := strings.Count(r.log.String(), "authentication failed"); n != 1 {
		t.Errorf("said %d times:\n%s", n, r.log.String())
	}
	r.stop()
	start(t, cfg, b)
	if again := expect(t, heard, d, events.CameraUpdated, events.CameraReady); again.ID != c.ID {
		t.Errorf("it was %s, is %s", c.ID, again.ID)
	}
}

// TestHello: a camera that comes up between two scans is found at once.
func TestHello(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	d := camera(1)
	d.Start(t)
	_, b := bustest.Start(t)
	heard := hear(t, b)
	cfg := onLoopback(t, network)
	cfg.Interval = setting.Duration(time.Hour)
	start(t, cfg, b)
	eventually(t, "the first scan", func() bool { return status(t, b).Scans == 1 })
	network.Say(t, d.Match("Bye"))
	network.Say(t, d.Match("Hello"))
	expect(t, heard, d, events.CameraFound, events.CameraReady)
	network.Say(t, d.Match("Bye"))
	network.Say(t, d.Match("Hello"))
	if s := status(t, b); s.Scans != 1 || s.Cameras[0].State != events.CameraReady {
		t.Errorf("status %+v", s)
	}
}

// TestBusForgets: what the bus has lost is told again.
func TestBusForgets(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	d := camera(1)
	d.Start(t)
	network.Add(d)
	_, b := bustest.Start(t)
	heard := hear(t, b)
	start(t, onLoopback(t, network), b)
	found := expect(t, heard, d, events.CameraFound, events.CameraReady)
	if err := b.JS.DeleteKeyValue(t.Context(), events.KVCameras); err != nil {
		t.Fatal(err)
	}
	if again := expect(t, heard, d, events.CameraFound, events.CameraReady); again.ID != found.ID || again.Revision != found.Revision {
		t.Errorf("told again as %+v", again)
	}
	if all := stored(t, b); len(all) != 1 || all[0].ID != found.ID {
		t.Errorf("stored %+v", all)
	}
}

// TestBusAway: no bus at the start, then one, then another without its files.
func TestBusAway(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	d := camera(1)
	d.Start(t)
	network.Add(d)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := bustest.Config(t)
	server.Listen = free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	discard := slog.New(slog.DiscardHandler)
	b, err := bus.Connect(bus.Config{URL: "nats://" + server.Listen}, nil, t.Name(), discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	r := start(t, onLoopback(t, network), b)
	var id string
	for range 2 {
		server.Dir = t.TempDir()
		running, err := bus.Start(server, discard)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the camera in the bus", func() bool {
			all, err := b.Cameras(t.Context(), "attic")
			if err != nil || len(all) == 0 {
				return false
			}
			if id != "" && all[0].ID != id {
				t.Errorf("it was %s, is %s", id, all[0].ID)
			}
			id = all[0].ID
			return true
		})
		running.Close()
	}
	r.stop()
}

// TestNothingGrows: scans over hostile devices leave descriptors and
// goroutines as they were.
func TestNothingGrows(t *testing.T) {
	network := devicetest.NewNetwork(t, "127.0.0.1")
	for n, answer := range []http.HandlerFunc{
		devicetest.Raw(401, "<html>"), devicetest.Raw(500, ""), devicetest.Raw(200, strings.Repeat("<a>", 400_000)),
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		d := camera(n)
		d.Answers = map[string]http.HandlerFunc{"GetDeviceInformation": answer, "GetServices": answer}
		d.Start(t)
		network.Add(d)
	}
	_, b := bustest.Start(t)
	cfg := onLoopback(t, network)
	cfg.Window, cfg.Interval = setting.Duration(50*time.Millisecond), setting.Duration(60*time.Millisecond)
	start(t, cfg, b)
	scanned(t, b, 5)
	files, goroutines := 0, 0
	for range 10 { // the most that is in use between two scans
		scanned(t, b, 1)
		files, goroutines = max(files, descriptors(t)), max(goroutines, runtime.NumGoroutine())
	}
	scanned(t, b, 25)
	eventually(t, "as few descriptors as before", func() bool { return descriptors(t) <= files })
	eventually(t, "as few goroutines as before", func() bool { return runtime.NumGoroutine() <= goroutines })
}

func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestWaitForScan: NICs end the wait where they have changed, not where
// something was only said of them.
func TestWaitForScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		news, asked := make(chan struct{}, 1), 0
		signal(news)
		signal(news) // neither is waited for
		begin := time.Now()
		if !waitForScan(t.Context(), begin.Add(time.Minute), news, func() bool { asked++; return false }) || time.Since(begin) != time.Minute || asked != 1 {
			t.Errorf("waited %v, looked %d times", time.Since(begin), asked)
		}
		signal(news)
		begin = time.Now()
		if waitForScan(t.Context(), begin.Add(time.Minute), news, func() bool { return true }) || time.Since(begin) >= time.Minute {
			t.Errorf("waited %v though the NICs had changed", time.Since(begin))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if waitForScan(ctx, time.Now().Add(time.Minute), news, nil) {
			t.Error("waited longer than its context")
		}
	})
}
