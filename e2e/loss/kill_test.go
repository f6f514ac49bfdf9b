//go:build e2e

package loss

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// TestKilledHundredTimes kills recorders at any moment: each costs at most a
// second of frames of what its camera had sent. In every third round the next
// one is killed as well, while it mends what the first has left.
func TestKilledHundredTimes(t *testing.T) {
	const recorders, rounds = 10, 10
	p := newPi(t, recorders, map[string]string{"SEGMENT_DURATION": "3"})
	var mu sync.Mutex
	var lost []float64
	var group sync.WaitGroup
	for i, name := range p.names() {
		// Each is alone at a site and with its camera, so that it is recorded at once.
		spool := filepath.Join(p.dir, name)
		settings := []string{fmt.Sprintf("SITE=site-%d", i), "CAMERAS=" + name + "=" + p.cameras[name].RTSPURL(), "LOCAL_SERVER_BACKUP_DIRECTORY=" + spool}
		group.Go(func() {
			var sent []uint64
			for round := range rounds {
				r := p.start(t, "recorder-"+name, events.ServiceRecorder, settings...)
				p.awaitFrames(t, spool, name)
				<-time.After(rand.N(3 * time.Second))
				sent = append(sent, p.newest(t, name))
				r.Kill()
				if round%3 == 2 {
					r = p.start(t, "recorder-"+name, events.ServiceRecorder, settings...)
					<-time.After(rand.N(3 * time.Second))
					r.Kill()
				}
			}
			r := p.start(t, "recorder-"+name, events.ServiceRecorder, settings...)
			p.awaitFrames(t, spool, name)
			p.stop(t, r)
			all := whole(t, spool, name)
			mu.Lock()
			defer mu.Unlock()
			for _, n := range sent {
				gone := missing(all, n)
				lost = append(lost, float64(gone)/fps)
				if gone > fps {
					t.Errorf("%s: killed when frame %d was sent, %d frames before it are missing", name, n, gone)
				}
			}
		})
	}
	group.Wait()
	told(t, "lost to kill -9", lost)
}
