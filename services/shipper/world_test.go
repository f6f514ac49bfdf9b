package shipper_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/shipper"
)

const site = "attic"

var epoch = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

func segment(camera string, n int) events.Name {
	return events.Name{Site: site, Camera: camera, Start: epoch.Add(time.Duration(n) * time.Minute)}
}

// world is a spool, a bus and a store around one shipper.
type world struct {
	store  objstore.Writer
	memory *objstoretest.Memory // store, unless a test took another
	bus    *bus.Bus
	spool  string
	cfg    shipper.Config
	health *service.Health
	log    *lines
	limits shipper.Limits

	sums  map[string]string // key -> sha256 of every segment that was closed
	sizes map[string]int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	_, b := bustest.Start(t)
	return newWorldOn(t, b)
}

func newWorldOn(t testing.TB, b *bus.Bus) *world {
	t.Helper()
	memory := new(objstoretest.Memory)
	w := &world{
		store: memory, memory: memory, bus: b, spool: filepath.Join(t.TempDir(), "spool"), health: service.NewHealth(),
		log: new(lines), limits: shipper.Usual(), sums: map[string]string{}, sizes: map[string]int64{},
	}
	w.limits.Held = 1000
	w.cfg = shipper.Config{
		SiteConfig: service.SiteConfig{Name: site}, Spool: w.spool, Concurrency: 2,
		Reconnect: setting.Duration(time.Millisecond), Rescan: setting.Duration(time.Hour),
	}
	return w
}

// start runs the shipper; stop ends it and returns Run's error.
func (w *world) start(t testing.TB) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		deps := shipper.Deps{Bus: w.bus, Store: w.store, Log: slog.New(slog.NewTextHandler(w.log, nil)), Health: w.health}
		done <- shipper.RunWith(ctx, w.cfg, deps, w.limits)
	}()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() { cancel(); err = <-done })
		return err
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return stop
}

// close writes a segment as a recorder would leave it, different from all
// others, and playable.
func (w *world) close(t testing.TB, n events.Name) {
	t.Helper()
	w.write(t, n, footage(t, n.Key()))
}

// footage is the clip with a box of free space that names it.
func footage(t testing.TB, label string) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/segment.mp4")
	if err != nil {
		t.Fatal(err)
	}
	content = binary.BigEndian.AppendUint32(content, uint32(8+len(label))) //nolint:gosec // short
	return append(append(content, "free"...), label...)
}

func (w *world) write(t testing.TB, n events.Name, content []byte) {
	t.Helper()
	path := filepath.Join(w.spool, n.File())
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(path+".tmp", content, 0o600), os.Rename(path+".tmp", path)); err != nil {
		t.Fatal(err)
	}
	w.sums[n.Key()], w.sizes[n.Key()] = sha(content), int64(len(content))
}

func sha(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// tell has the recorder say that a segment is closed.
func (w *world) tell(t testing.TB, n events.Name) {
	t.Helper()
	told := events.NewSegment(events.Closed, n, time.Now())
	told.Bytes, told.SHA256, told.Clock = w.sizes[n.Key()], w.sums[n.Key()], events.ClockSynced
	told.Duration, told.Codec = events.Seconds(60*time.Second), "avc1.4d401f"
	if err := w.bus.Publish(t.Context(), told); err != nil {
		t.Fatal(err)
	}
}

// shipped tells what is missing: each closed segment in the store, with its
// bytes, and none on disk.
func (w *world) shipped() error {
	if keys := w.memory.Keys(); len(keys) != len(w.sums) {
		return fmt.Errorf("the store has %d objects, want %d", len(keys), len(w.sums))
	}
	for key, sum := range w.sums {
		content, ok := w.memory.Content(key)
		if !ok || sha(content) != sum || w.memory.Metadata(key)["sha256"] != sum {
			return fmt.Errorf("%s is not in the store as it was", key)
		}
		name, _ := events.ParseKey(key)
		if _, err := os.Lstat(filepath.Join(w.spool, name.File())); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is still on disk", name.File())
		}
	}
	return nil
}

func (w *world) onDisk(n events.Name) bool {
	_, err := os.Lstat(filepath.Join(w.spool, n.File()))
	return err == nil
}

func (w *world) status(t testing.TB) (status events.ShipperStatus) {
	t.Helper()
	eventually(t, func() error { // it answers soon after its start
		reply, err := w.bus.NC.Request(events.StatusSubject(site, events.ServiceShipper), nil, 10*time.Second)
		if err != nil {
			return err
		}
		return json.Unmarshal(reply.Data, &status)
	})
	return status
}

// eventually waits for check to find nothing.
func eventually(t testing.TB, check func() error) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// lines is a log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// order notes what is stored, in its order.
type order struct {
	mu   sync.Mutex
	keys []string
}

func (o *order) changed(change events.BucketChange, key string, _ int64) {
	if change == events.BucketCreated {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.keys = append(o.keys, key)
	}
}

func (o *order) list() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.keys)
}
