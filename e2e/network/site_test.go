//go:build e2e

package network

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/netns"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

const (
	// window is how long the discoverer waits for answers.
	window = 5 * time.Second
	// patience is how long the test waits for what should come within seconds.
	patience = time.Minute
	password = "kn0ck-kn0ck"
)

// device is a machine with a simulated camera.
type device struct {
	netns.Machine
	name, address string
	faults        []string
	process       *proc.Process
}

// newDevice plugs a camera into a network, and switches it on.
func newDevice(t *testing.T, name, address string, to *netns.Bridge, faults ...string) *device {
	t.Helper()
	d := &device{Machine: netns.New(t, name), name: name, address: address, faults: faults}
	d.Cable(t, "eth0", address+"/24", to)
	d.on(t)
	return d
}

// on returns once the camera serves.
func (d *device) on(t *testing.T) {
	t.Helper()
	args := []string{"--name", d.name, "--listen", d.address, "--http-port", "80", "--user", "admin", "--clip", "sub"}
	for _, f := range d.faults {
		args = append(args, "--fault", f)
	}
	d.process = d.Start(t, proc.Command{Name: d.name, Path: camsim, Args: args, Env: []string{"CAM_PASS=" + password}})
	await.Until(t, patience, d.name, func() error {
		if !strings.Contains(d.process.Output(), "endpoint=") {
			return fmt.Errorf("it said %q", d.process.Output())
		}
		return nil
	})
}

// pi is the machine with iStream.
type pi struct {
	netns.Machine
	dir string
}

// start runs a service of iStream.
func (p pi) start(t *testing.T, service string, settings ...string) *proc.Process {
	t.Helper()
	return p.Machine.Start(t, proc.Command{Name: service, Path: istream, Args: []string{service}, Dir: p.dir, Env: append(p.settings(), settings...)})
}

func (p pi) settings() []string {
	return []string{
		"SITE=attic", "CAM_USER=admin", "CAM_PASS=" + password, "BUS_DIR=bus", "HEALTH_DIR=" + p.dir,
		fmt.Sprintf("DISCOVERY_WINDOW=%v", window),
	}
}

// ask runs one of iStream's commands to its end, and returns what it prints.
func (p pi) ask(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "ip", append([]string{"netns", "exec", p.Name, istream}, args...)...)
	c.Dir, c.Env = p.dir, append(os.Environ(), p.settings()...)
	said, err := c.Output()
	if err != nil {
		t.Fatalf("istream %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return string(said)
}

// status is what the discoverer answers; empty where there is none.
func (p pi) status(t *testing.T) events.DiscovererStatus {
	t.Helper()
	var s struct {
		Discoverer events.DiscovererStatus `json:"discoverer"`
	}
	if err := json.Unmarshal([]byte(p.ask(t, "status", "--json")), &s); err != nil {
		t.Fatal(err)
	}
	return s.Discoverer
}

// cameras waits until there are those at the addresses, in their states, and no
// others. A camera that is lost is at none.
func (p pi) cameras(t *testing.T, what string, want map[string]events.CameraState) map[string]events.Camera {
	t.Helper()
	var found map[string]events.Camera
	await.Until(t, patience, what, func() error {
		found = map[string]events.Camera{}
		all := p.status(t).Cameras
		for _, c := range all {
			host, _, _ := strings.Cut(c.Address, ":")
			found[host] = c
			if c.State != want[host] {
				return fmt.Errorf("%s at %s is %s (%s), not %q", c.ID, c.Address, c.State, c.Error, want[host])
			}
		}
		if len(found) != len(want) || len(all) != len(want) {
			return fmt.Errorf("%d cameras at %d addresses, not %d", len(all), len(found), len(want))
		}
		return nil
	})
	return found
}

// scans waits until the discoverer has ended so many more.
func (p pi) scans(t *testing.T, n uint64) {
	t.Helper()
	until := p.status(t).Scans + n
	await.Until(t, patience, fmt.Sprint(n, " scans"), func() error {
		if s := p.status(t).Scans; s < until {
			return fmt.Errorf("%d of %d", s, until)
		}
		return nil
	})
}

// searched waits until exactly these interfaces are.
func (p pi) searched(t *testing.T, want ...string) {
	t.Helper()
	await.Until(t, patience, fmt.Sprint("the interfaces ", want), func() error {
		nics := p.status(t).NICs
		slices.Sort(nics)
		if !slices.Equal(nics, want) {
			return fmt.Errorf("%v are searched", nics)
		}
		return nil
	})
}
