//go:build e2e

package scanning

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/build"
	"github.com/donhk/istream/e2e/internal/netns"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

func BenchmarkScan(b *testing.B) {
	istream, camsim := binary(b, "istream"), binary(b, "camsim")
	for _, nics := range []int{1, 4, 12} {
		for _, cameras := range []int{0, 8, 64} {
			b.Run(fmt.Sprintf("nics=%d/cameras=%d", nics, cameras), func(b *testing.B) {
				pi := site(b, camsim, nics, cameras)
				for b.Loop() {
					last, end := scan(b, pi, istream, cameras)
					b.ReportMetric(last.Seconds(), "s-last-found")
					b.ReportMetric(end.Seconds(), "s-scan")
				}
			})
		}
	}
}

func binary(b *testing.B, name string) string {
	b.Helper()
	path, remove, err := build.Command(name)
	if remove != nil {
		b.Cleanup(func() {
			if err := remove(); err != nil {
				b.Error(err)
			}
		})
	}
	if err != nil {
		b.Fatal(err)
	}
	return path
}

// site is a machine with so many interfaces, and cameras behind them in turn.
func site(b *testing.B, camsim string, nics, cameras int) netns.Machine {
	b.Helper()
	pi, lan := netns.New(b, "pi"), netns.New(b, "lan")
	for i := range nics {
		pi.IP(b, fmt.Sprintf("link add eth%d type veth peer name eth%d netns %s", i, i, lan.Name))
		for host, m := range []netns.Machine{pi, lan} {
			m.IP(b, fmt.Sprintf("address add 10.9.%d.%d/24 dev eth%d", i, host+1, i))
			m.IP(b, fmt.Sprintf("link set eth%d up", i))
		}
	}
	pi.Settle(b, nics)
	lan.Settle(b, nics)
	for i := range min(nics, cameras) {
		mine := (cameras-i-1)/nics + 1
		args := []string{"--name", fmt.Sprint("nic", i), "--listen", fmt.Sprintf("10.9.%d.2", i), "--cameras", fmt.Sprint(mine), "--clip", "sub"}
		for j, fault := range []string{"http-hangs", "http-drips"} {
			if j%nics == i {
				args = append(args, "--fault", fmt.Sprintf("%d:%s", j/nics+1, fault))
			}
		}
		p := lan.Start(b, proc.Command{Name: fmt.Sprint("camsim", i), Path: camsim, Args: args})
		await.Until(b, time.Minute, "cameras", func() error {
			if n := strings.Count(p.Output(), "endpoint="); n < mine {
				return fmt.Errorf("%d of %d serve", n, mine)
			}
			return nil
		})
	}
	return pi
}

// scan looks for cameras once, and tells when the last that answers was found and
// when the search was over.
func scan(b *testing.B, pi netns.Machine, istream string, cameras int) (last, end time.Duration) {
	b.Helper()
	c := exec.CommandContext(b.Context(), "ip", "netns", "exec", pi.Name, istream, "find", "--json")
	c.Env = append(os.Environ(), "SITE=bench")
	began := time.Now()
	said, err := c.Output()
	end = time.Since(began)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		b.Fatalf("istream find: %v\n%s", err, failed.Stderr)
	}
	if err != nil {
		b.Fatal(err)
	}
	var found []struct {
		Camera events.Camera `json:"camera"`
	}
	if err := json.Unmarshal(said, &found); err != nil {
		b.Fatal(err)
	}
	ready := 0
	for _, f := range found {
		if f.Camera.State == events.CameraReady {
			ready++
			last = max(last, f.Camera.Since.Sub(began))
		}
	}
	if len(found) != cameras || ready != max(cameras-2, 0) {
		b.Fatalf("%d cameras, %d of them ready, of %d:\n%s", len(found), ready, cameras, said)
	}
	return last, end
}
