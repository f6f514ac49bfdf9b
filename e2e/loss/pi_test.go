//go:build e2e

package loss

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/e2e/internal/stamps"
	"github.com/donhk/istream/pkg/events"
)

const (
	// fps is that of the clip that the cameras play, a keyframe every other second.
	fps = 15
	// drain is the longest that a process may take to end when it is asked to.
	drain = 30 * time.Second
	// patience is how long a test waits for what should come within seconds.
	patience = time.Minute
)

// pi is a machine with a bus and recorders.
type pi struct {
	dir, spool, nats string
	cameras          map[string]*camera.Camera
	settings         map[string]string
}

// newPi starts the cameras and the bus. The spool is not made yet.
func newPi(t *testing.T, cameras int, settings map[string]string) *pi {
	t.Helper()
	p := &pi{dir: t.TempDir(), nats: proc.FreeAddress(t), cameras: map[string]*camera.Camera{}}
	p.spool = filepath.Join(p.dir, "spool")
	played, err := clip.Open(clip.Sub)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for i := range cameras {
		name := fmt.Sprintf("cam-%02d", i)
		p.cameras[name] = simulated(t, camera.Config{Name: name, Main: played})
		list = append(list, name+"="+p.cameras[name].RTSPURL())
	}
	p.settings = map[string]string{
		"SITE": "attic", "LOCAL_SERVER_BACKUP_DIRECTORY": p.spool, "HOME": p.dir, "TMPDIR": p.dir,
		"BUS_DIR": filepath.Join(p.dir, "bus"), "BUS_LISTEN": p.nats, "NATS_URL": "nats://" + p.nats,
		"CAMERAS": strings.Join(list, ","), "RECONNECT_INTERVAL": "0.5",
	}
	maps.Copy(p.settings, settings)
	p.start(t, "bus", events.ServiceBus)
	return p
}

func simulated(t *testing.T, c camera.Config) *camera.Camera {
	t.Helper()
	simulated, err := camera.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := simulated.Close(); err != nil {
			t.Error(err)
		}
	})
	return simulated
}

// start runs a service, under a name of its own and with more settings than the
// others, until the test ends.
func (p *pi) start(t *testing.T, name, service string, more ...string) *proc.Process {
	t.Helper()
	c := proc.Command{Name: name, Path: istream, Args: []string{service}, Dir: p.dir, Env: []string{"HEALTH_DIR=" + filepath.Join(p.dir, name)}}
	for _, setting := range slices.Sorted(maps.Keys(p.settings)) {
		c.Env = append(c.Env, setting+"="+p.settings[setting])
	}
	c.Env = append(c.Env, more...)
	return proc.Start(t, c)
}

func (p *pi) names() []string { return slices.Sorted(maps.Keys(p.cameras)) }

// newest is the latest frame that a camera has sent.
func (p *pi) newest(t *testing.T, name string) uint64 {
	t.Helper()
	n, ok := p.cameras[name].Newest()
	if !ok {
		t.Fatalf("%s has sent nothing", name)
	}
	return n
}

// files lists a camera's segments in a spool, in the order of time; open ones
// too.
func files(t *testing.T, spool, camera string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(spool, camera, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(paths, func(path string) bool {
		_, _, ok := events.ParseFile(filepath.Base(path))
		return !ok
	})
}

// frames lists a camera's frames in a spool, file after file. A file that is
// closed at this moment is read under its new name.
func frames(t *testing.T, spool, camera string) []uint64 {
	t.Helper()
	var all []uint64
	for _, path := range files(t, spool, camera) {
		numbers, err := stamps.Of(path)
		if os.IsNotExist(err) {
			numbers, err = stamps.Of(strings.TrimSuffix(path, events.PartSuffix) + events.ClosedSuffix)
		}
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		all = append(all, numbers...)
	}
	return all
}

// awaitFrames waits until each camera has a frame on the disk that is newer
// than those it had sent before.
func (p *pi) awaitFrames(t *testing.T, spool string, names ...string) {
	t.Helper()
	sent := map[string]uint64{}
	for _, name := range names {
		sent[name], _ = p.cameras[name].Newest()
	}
	for _, name := range names {
		await.Until(t, patience, "footage of "+name, func() error {
			if all := frames(t, spool, name); len(all) == 0 || slices.Max(all) <= sent[name] {
				return fmt.Errorf("no frame after %d in %d files", sent[name], len(files(t, spool, name)))
			}
			return nil
		})
	}
}

// stop ends a recorder in good order; everything is closed then.
func (p *pi) stop(t *testing.T, r *proc.Process) {
	t.Helper()
	if status := r.Stop(t, drain); status != 0 {
		t.Errorf("the recorder ended with %d", status)
	}
}

// whole wants no segment open, and each frame once, in order.
func whole(t *testing.T, spool, camera string) []uint64 {
	t.Helper()
	for _, path := range files(t, spool, camera) {
		if filepath.Ext(path) != events.ClosedSuffix {
			t.Errorf("%s was left open", path)
		}
	}
	all := frames(t, spool, camera)
	for i := 1; i < len(all); i++ {
		if all[i] <= all[i-1] {
			t.Errorf("%s: frame %d follows frame %d", camera, all[i], all[i-1])
		}
	}
	return all
}

// hole is a run of frames that are missing.
type hole struct{ after, frames uint64 }

func (h hole) seconds() float64 { return float64(h.frames) / fps }

func holes(all []uint64) (found []hole) {
	for i := 1; i < len(all); i++ {
		if missing := all[i] - all[i-1] - 1; missing > 0 {
			found = append(found, hole{all[i-1], missing})
		}
	}
	return found
}

// missing is how many frames lie between the latest recorded up to sent, and
// sent.
func missing(all []uint64, sent uint64) int {
	latest := uint64(0)
	for _, n := range all {
		if n <= sent {
			latest = max(latest, n)
		}
	}
	return int(sent - latest)
}

// told writes a distribution for docs/measurements.md.
func told(t *testing.T, what string, seconds []float64) {
	t.Helper()
	if len(seconds) == 0 {
		t.Errorf("%s: nothing was measured", what)
		return
	}
	slices.Sort(seconds)
	t.Logf("%s: %d times, median %.2f s, worst %.2f s", what, len(seconds), seconds[len(seconds)/2], seconds[len(seconds)-1])
}
