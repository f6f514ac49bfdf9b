//go:build e2e

package e2e_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/footage"
	"github.com/donhk/istream/e2e/internal/gstrtsp"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

// TestRecordOverEachTransport has a server that is not ours send its packets in
// each way, and files that play of them.
func TestRecordOverEachTransport(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	clips := footage.Clips(t)
	played := gstrtsp.Start(t, clips)
	name := slices.Sorted(maps.Keys(clips))[0] // one will do: what differs is the way
	for _, transport := range []string{"tcp", "udp", "http", "auto"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			s.recordOver(t, transport, played.URL(name))
		})
	}
}

// TestRecordOverIPv6 wants a camera recorded whose address is one of IPv6.
func TestRecordOverIPv6(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	seen := simulated(t, camera.Config{Host: "::1", User: s.settings["CAM_USER"], Password: s.pass})
	for _, transport := range []string{"tcp", "udp"} {
		s.recordOver(t, transport, seen.RTSPURL())
	}
}

func (s *site) recordOver(t *testing.T, transport, url string) {
	t.Helper()
	dir := t.TempDir()
	record := proc.Start(t, s.command("record-"+transport, "record", "--transport", transport, url, dir))
	await.Until(t, time.Minute, "100 kB of footage", func() error { return grown(dir, 100_000) })
	if status := record.Interrupt(t, drain); status != 0 {
		t.Errorf("exit status %d:\n%s", status, record.Output())
	}
	left, err := filepath.Glob(filepath.Join(dir, "*", "*"+events.ClosedSuffix))
	if err != nil || len(left) == 0 {
		t.Fatalf("left %v (%v)", left, err)
	}
	judge(t, left[0])
}
