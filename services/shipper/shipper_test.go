package shipper_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/shipper"
)

func TestWhatLiesInTheSpoolIsShipped(t *testing.T) {
	w := newWorld(t)
	for n := range 5 {
		w.close(t, segment("door", n))
		w.close(t, segment("yard", n))
	}
	w.start(t)
	eventually(t, w.shipped)
	metadata := w.memory.Metadata(segment("door", 0).Key())
	if metadata["start"] != "2026-11-22T16:00:00.000Z" || metadata["clock"] != "unknown" || metadata["codec"] == "" || metadata["duration"] == "" {
		t.Errorf("metadata are %q", metadata)
	}
}

func TestWhatIsClosedIsShippedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.start(t)
	for n := range 3 {
		w.close(t, segment("door", n))
		w.tell(t, segment("door", n))
		eventually(t, w.shipped)
	}
	metadata := w.memory.Metadata(segment("door", 2).Key())
	if metadata["clock"] != "synced" || metadata["codec"] != "avc1.4d401f" || metadata["end"] != "2026-11-22T16:03:00.000Z" {
		t.Errorf("metadata are %q", metadata)
	}
}

func TestWhatNobodyToldIsFoundByLooking(t *testing.T) {
	w := newWorld(t)
	w.cfg.Rescan = setting.Duration(10 * time.Millisecond)
	w.start(t)
	for n := range 3 {
		w.close(t, segment("door", n))
		eventually(t, w.shipped)
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	w := newWorld(t)
	foreign := []string{"door/holiday.mp4", "door/2026-11-22T16-00-00.000Z.part", "door/.lock", "Door/2026-11-22T16-00-00.000Z.mp4", "note.txt", "door/sub/2026-11-22T16-00-00.000Z.mp4"}
	for _, rel := range foreign {
		path := filepath.Join(w.spool, rel)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	w.close(t, segment("door", 1))
	w.start(t)
	eventually(t, w.shipped)
	for _, rel := range foreign {
		if _, err := os.Stat(filepath.Join(w.spool, rel)); err != nil {
			t.Error(err)
		}
	}
}

func TestUploadedIsTold(t *testing.T) {
	w := newWorld(t)
	news, err := w.bus.NC.SubscribeSync(events.SegmentSubject(site, "*", events.Uploaded))
	if err != nil {
		t.Fatal(err)
	}
	w.close(t, segment("door", 0))
	w.start(t)
	msg, err := news.NextMsg(10 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var told events.Segment
	if err := json.Unmarshal(msg.Data, &told); err != nil {
		t.Fatal(err)
	}
	key := segment("door", 0).Key()
	content, stored := w.memory.Content(key)
	if !stored || told.Key != key || told.Bytes != int64(len(content)) || told.SHA256 != w.sums[key] || told.Duration <= 0 || told.Codec == "" || told.File != "" {
		t.Errorf("told %+v", told)
	}
}

func TestTheOldestIsShippedFirstHoweverManyWait(t *testing.T) {
	w := newWorld(t)
	var stored order
	w.memory.Changed = stored.changed
	w.cfg.Concurrency, w.limits.Held = 1, 8
	var want []string
	for n := range 60 {
		camera := []string{"door", "yard", "gate"}[n%3]
		w.close(t, segment(camera, n))
		want = append(want, segment(camera, n).Key())
	}
	w.start(t)
	eventually(t, w.shipped)
	if got := stored.list(); !slices.Equal(got, want) {
		t.Errorf("stored in the order\n%s", strings.Join(got, "\n"))
	}
}

func TestShippingNeedsNoBus(t *testing.T) {
	b, err := bus.Connect(bus.Config{URL: "nats://127.0.0.1:9"}, nil, t.Name(), discard())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	w := newWorldOn(t, b)
	for n := range 3 {
		w.close(t, segment("door", n))
	}
	stop := w.start(t)
	eventually(t, w.shipped)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestABusThatIsLostHoldsUpNothing(t *testing.T) {
	t.Parallel()
	server, _ := bustest.Start(t)
	b := bustest.Connect(t, server)
	w := newWorldOn(t, b)
	w.cfg.Rescan = setting.Duration(10 * time.Millisecond)
	w.start(t)
	w.close(t, segment("door", 0))
	eventually(t, w.shipped)
	server.Close()
	for n := range 5 {
		w.close(t, segment("door", n+1))
	}
	eventually(t, w.shipped)
}

func TestFilesThatAreNoSegmentsAreShippedAsTheyAre(t *testing.T) {
	w := newWorld(t)
	w.write(t, segment("door", 0), nil)
	w.write(t, segment("door", 1), []byte("noise"))
	failures := 3
	w.memory.PutFault = func(context.Context, string) error {
		if failures--; failures >= 0 {
			return errors.New("on demand")
		}
		return nil
	}
	w.cfg.Concurrency = 1
	w.start(t)
	eventually(t, w.shipped)
	if told := strings.Count(w.log.String(), "shipping a file as it is"); told != 2 {
		t.Errorf("told %d times:\n%s", told, w.log)
	}
}

func TestAFileThatVanishesIsSkipped(t *testing.T) {
	w := newWorld(t)
	gone := segment("door", 0)
	w.cfg.Concurrency = 1
	w.close(t, gone)
	w.close(t, segment("door", 1))
	delete(w.sums, gone.Key())
	var once bool
	w.memory.PutFault = func(context.Context, string) error {
		if once {
			return nil
		}
		once = true
		if err := os.Remove(filepath.Join(w.spool, gone.File())); err != nil {
			t.Error(err)
		}
		return errors.New("on demand")
	}
	w.start(t)
	eventually(t, w.shipped)
	eventually(t, func() error {
		if s := w.status(t); s.Segments != 0 {
			return fmt.Errorf("status is %+v", s)
		}
		return nil
	})
}

func TestAnUploadUnderWayMayFinish(t *testing.T) {
	w := newWorld(t)
	begun, finish := make(chan struct{}), make(chan struct{})
	w.memory.PutFault = func(ctx context.Context, _ string) error {
		close(begun)
		select {
		case <-finish:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	w.cfg.Concurrency = 1
	w.close(t, segment("door", 0))
	stop := w.start(t)
	<-begun
	ended := make(chan error)
	go func() { ended <- stop() }()
	eventually(t, func() error { // Run has begun to end
		select {
		case err := <-ended:
			t.Fatal("Run did not wait", err)
		default:
		}
		return nil
	})
	close(finish)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := w.shipped(); err != nil {
		t.Error(err)
	}
}

func TestAnUploadThatHangsIsCutAndLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.limits.Drain = 20 * time.Millisecond
	begun := make(chan struct{}, 1)
	w.memory.PutFault = func(ctx context.Context, _ string) error {
		select {
		case begun <- struct{}{}:
		default:
		}
		<-ctx.Done()
		return ctx.Err()
	}
	w.close(t, segment("door", 0))
	stop := w.start(t)
	<-begun
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if !w.onDisk(segment("door", 0)) || len(w.memory.Keys()) > 0 {
		t.Error("the segment is not where it was")
	}
	w.memory.PutFault = nil
	w.start(t)
	eventually(t, w.shipped)
}

func TestStatus(t *testing.T) {
	w := newWorld(t)
	w.close(t, segment("door", 0))
	stop := w.start(t)
	eventually(t, w.shipped)
	eventually(t, func() error {
		s := w.status(t)
		if !s.Online || s.Error != "" || s.Segments != 0 || s.Uploaded != 1 || s.Sent == 0 || len(s.Cameras) != 1 || !s.Cameras[0].Newest.After(epoch) {
			return fmt.Errorf("status is %+v", s)
		}
		return nil
	})
	newest := w.status(t).Cameras[0].Newest
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	w.memory.PutFault = func(context.Context, string) error { return errors.New("on demand") }
	var bytes int64
	for n := range 3 {
		w.close(t, segment("yard", n))
		bytes += int64(len(footage(t, segment("yard", n).Key())))
	}
	w.start(t)
	eventually(t, func() error {
		s := w.status(t)
		if s.Online || !strings.Contains(s.Error, "on demand") || s.Segments != 3 || s.Bytes != bytes || len(s.Cameras) != 2 {
			return fmt.Errorf("status is %+v", s)
		}
		if door, yard := s.Cameras[0], s.Cameras[1]; !door.Newest.Equal(newest) || !yard.Newest.IsZero() || yard.Segments != 3 || yard.Bytes != bytes {
			return fmt.Errorf("cameras are %+v", s.Cameras)
		}
		return nil
	})
}

func TestASpoolThatCannotBeReadIsBadHealth(t *testing.T) {
	w := newWorld(t)
	w.cfg.Rescan = setting.Duration(5 * time.Millisecond)
	w.start(t)
	healthy := func(want bool) func() error {
		return func() error {
			if r := w.health.Reports(); len(r) != 1 || r[0].OK != want {
				return fmt.Errorf("health is %+v", r)
			}
			return nil
		}
	}
	eventually(t, healthy(true))
	aside := w.spool + ".aside"
	if err := os.Rename(w.spool, aside); err != nil {
		t.Fatal(err)
	}
	eventually(t, healthy(false))
	if err := os.Rename(aside, w.spool); err != nil {
		t.Fatal(err)
	}
	eventually(t, healthy(true))
}

func TestConfigTellsEveryFault(t *testing.T) {
	var cfg shipper.Config
	err := setting.Load(t.Context(), &cfg, setting.Map{"RECONNECT_INTERVAL": "0", "UPLOAD_CONCURRENCY": "17", "RESCAN_INTERVAL": "0.5", "SITE": "At Tic"})
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("got %v", err)
	}
	cfg = shipper.Config{}
	if err := setting.Load(t.Context(), &cfg, setting.Map{}); err != nil {
		t.Error(err)
	}
	if cfg.Reconnect.Duration() != 2*time.Second || cfg.Concurrency != 2 || cfg.Rescan.Duration() != time.Minute || cfg.Spool != "data/spool" {
		t.Errorf("defaults are %+v", cfg)
	}
}
