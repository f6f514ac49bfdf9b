//go:build e2e

package loss

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// mostCut is what the loss of power may cost: SYNC_INTERVAL.
const mostCut = 2 * fps

// TestPowerCuts loses everything that no sync has put on the disk, at any
// moment: the disk is an image whose file system writes nothing back by itself,
// so that a copy of the image, taken when the recorder is dead, is what a power
// cut would leave. The copy is the disk of the next round. Each cut costs at most
// two seconds of frames of what the cameras had sent, and nothing that was older.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	const rounds, cameras = 20, 4
	p := newPi(t, cameras, map[string]string{"SEGMENT_DURATION": "5"})
	// In memory, so that copying takes no time.
	images := filepath.Join(p.dir, "images")
	memory(t, images, 512<<20)
	image := filepath.Join(images, "0")
	ext4(t, image, 128<<20)
	var lost []float64
	kept := map[string][]uint64{} // what has to be there in the end
	for round := range rounds {
		disk := filepath.Join(p.dir, fmt.Sprintf("disk-%d", round))
		// The journal is written when somebody syncs; of itself after an hour.
		mountImage(t, image, disk, "commit=3600")
		p.spool = filepath.Join(disk, "spool")
		r := p.start(t, "recorder", events.ServiceRecorder, "LOCAL_SERVER_BACKUP_DIRECTORY="+p.spool)
		p.awaitFrames(t, p.spool, p.names()...)
		<-time.After(rand.N(6 * time.Second))
		sent := map[string]uint64{}
		for _, name := range p.names() {
			sent[name] = p.newest(t, name)
		}
		r.Kill()
		before := map[string][]uint64{}
		for _, name := range p.names() {
			before[name] = frames(t, p.spool, name)
		}
		image = filepath.Join(images, fmt.Sprint(round+1))
		must(t, "cp", "--sparse=always", filepath.Join(images, fmt.Sprint(round)), image)
		must(t, "umount", disk)
		if err := os.Remove(filepath.Join(images, fmt.Sprint(round))); err != nil {
			t.Fatal(err)
		}

		mountImage(t, image, disk, "defaults") // replays the journal
		for _, name := range p.names() {
			// Lost is what was on its way to the disk, and what the disk had not got
			// of what was written.
			gone := missing(before[name], sent[name])
			after := set(frames(t, p.spool, name))
			for _, n := range before[name] {
				if !after[n] {
					gone++
				}
				if n+mostCut <= sent[name] {
					kept[name] = append(kept[name], n)
				}
			}
			lost = append(lost, float64(gone)/fps)
			if gone > mostCut {
				t.Errorf("%s: cut when frame %d was sent, %d frames are missing", name, sent[name], gone)
			}
		}
		must(t, "umount", disk)
	}
	told(t, "lost to a power cut", lost)
	disk := filepath.Join(p.dir, "disk-end")
	mountImage(t, image, disk, "defaults")
	p.spool = filepath.Join(disk, "spool")
	r := p.start(t, "recorder", events.ServiceRecorder, "LOCAL_SERVER_BACKUP_DIRECTORY="+p.spool)
	p.awaitFrames(t, p.spool, p.names()...)
	p.stop(t, r)
	for _, name := range p.names() {
		there := set(whole(t, p.spool, name))
		for _, n := range kept[name] {
			if !there[n] {
				t.Fatalf("%s: frame %d, on the disk for longer than two seconds, is lost", name, n)
			}
		}
	}
	// The image has to be whole, too.
	must(t, "umount", disk)
	if out, err := exec.CommandContext(t.Context(), "fsck.ext4", "-f", "-n", image).CombinedOutput(); err != nil {
		t.Errorf("the disk is not whole: %v: %s", err, out)
	}
}

func set(all []uint64) map[uint64]bool {
	there := map[uint64]bool{}
	for _, n := range all {
		there[n] = true
	}
	return there
}
