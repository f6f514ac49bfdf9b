//go:build e2e

package e2e_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

const (
	rounds = 20
	// mostLost is what a kill may cost of what was on its way into the file:
	// the fragment being written, at most 1 s at the camera's 15 frames/s.
	mostLost = 15
)

// TestKilledServicesLoseNothing kills each service in turn, as kill -9 does,
// while two cameras are recorded.
func TestKilledServicesLoseNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"SEGMENT_DURATION": "4", "CLEAN_DIR_INTERVAL": "2"})
	s.settings["NATS_URL"] = "nats://" + s.nats
	names := []string{"door", "yard"}
	s.settings["CAMERAS"] = strings.Join([]string{
		names[0] + "=" + guardedCamera(t, s, names[0]).RTSPURL(),
		names[1] + "=" + guardedCamera(t, s, names[1]).RTSPURL(),
	}, ",")
	s.store.Start(t)
	w := watch(t, s.nats)
	services := []string{events.ServiceBus, events.ServiceDiscoverer, events.ServiceRecorder, events.ServiceShipper, events.ServiceJanitor}
	running := map[string]*proc.Process{}
	for _, service := range services {
		running[service] = s.start(t, service)
	}
	await.Until(t, time.Minute, "both cameras", func() error { return w.recorded(len(names), time.Second) })

	spool := s.sampleSpool(t)
	cut := map[events.Name]uint64{} // last frame on disk of each segment that was cut short
	for round := range rounds {
		victim := services[round%len(services)]
		<-time.After(rand.N(2 * time.Second)) // any moment of a segment's life
		if victim == events.ServiceRecorder {
			await.Until(t, time.Minute, "something to cut short", func() error { return s.onDisk(t, nil) })
		}
		running[victim].Kill()
		if victim == events.ServiceRecorder {
			if err := s.onDisk(t, cut); err != nil {
				t.Error(err)
			}
		}
		back := time.Now()
		running[victim] = s.start(t, victim)
		await.Until(t, time.Minute, "new footage after killing the "+victim, func() error { return w.since(len(names), back) })
	}
	s.stopAll(t, running)
	seen := spool()
	s.checkBucket(t, names, seen, cut, rounds/len(services))
}

// onDisk adds the last frame of each open segment to last; with none on disk
// yet it fails.
func (s *site) onDisk(t *testing.T, last map[events.Name]uint64) error {
	t.Helper()
	parts, _ := s.spooled(t)
	found := false
	for name, path := range parts {
		frames := stamps(t, path)
		if len(frames) == 0 {
			continue
		}
		found = true
		if last != nil {
			last[name] = frames[len(frames)-1]
		}
	}
	if !found {
		return errors.New("no frame is in an open segment")
	}
	return nil
}

// sampleSpool notes every segment that is ever closed in the spool, until it
// is called again.
func (s *site) sampleSpool(t *testing.T) (stop func() map[events.Name]string) {
	t.Helper()
	quit, done, seen := make(chan struct{}), make(chan struct{}), map[events.Name]string{}
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_, closed := s.spooled(t)
				maps.Copy(seen, closed)
			case <-quit:
				return
			}
		}
	}()
	return func() map[events.Name]string { close(quit); <-done; return seen }
}

// stopAll ends the recorder, lets the shipper empty the spool, and ends the rest.
func (s *site) stopAll(t *testing.T, running map[string]*proc.Process) {
	t.Helper()
	stop := func(service string) {
		if status := running[service].Stop(t, drain); status != 0 {
			t.Errorf("%s ended with %d", service, status)
		}
	}
	stop(events.ServiceRecorder)
	s.awaitEmptySpool(t)
	for _, service := range []string{events.ServiceShipper, events.ServiceJanitor, events.ServiceDiscoverer, events.ServiceBus} {
		stop(service)
	}
}

// checkBucket compares what is in the bucket with what the spool and the bus
// ever told of.
func (s *site) checkBucket(t *testing.T, cameras []string, seen map[events.Name]string, cut map[events.Name]uint64, recorderKills int) {
	t.Helper()
	objects := map[events.Name]string{}
	frames := map[string][]uint64{} // of each camera, in the order of time
	for _, path := range s.store.Download(t, t.TempDir()) {
		name := nameOf(t, path)
		objects[name] = path
		frames[name.Camera] = append(frames[name.Camera], stamps(t, path)...)
		judge(t, path)
	}
	t.Logf("%d objects, %d closed segments seen in the spool, %d cut short", len(objects), len(seen), len(cut))
	for name := range seen {
		if objects[name] == "" {
			t.Errorf("%s was closed and is lost", name.Key())
		}
	}
	for _, told := range s.keptSegments(t) {
		if told.State != events.Closed && told.State != events.Recovered {
			continue
		}
		if path := objects[told.Name()]; path == "" {
			t.Errorf("%s was told as %s and is lost", told.Key, told.State)
		} else if size, sum := digest(t, path); size != told.Bytes || sum != told.SHA256 {
			t.Errorf("%s was told as %s with other bytes", told.Key, told.State)
		}
	}
	for name, last := range cut {
		path := objects[name]
		if path == "" {
			t.Errorf("%s was cut short at frame %d and is lost", name.Key(), last)
		} else if got := slices.Max(stamps(t, path)); got+mostLost < last {
			t.Errorf("%s ends with frame %d; frame %d was on disk when it was cut", name.Key(), got, last)
		}
	}
	for _, camera := range cameras {
		gaps := 0
		for i, all := 1, frames[camera]; i < len(all); i++ {
			switch {
			case all[i] <= all[i-1]:
				t.Errorf("%s: frame %d follows frame %d", camera, all[i], all[i-1])
			case all[i] != all[i-1]+1:
				gaps++
				t.Logf("%s: %d frames are missing after %d", camera, all[i]-all[i-1]-1, all[i-1])
			}
		}
		if gaps > recorderKills {
			t.Errorf("%s: %d gaps, though the recorder was killed %d times", camera, gaps, recorderKills)
		}
	}
}
