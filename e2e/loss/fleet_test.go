//go:build e2e

package loss

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

const (
	every     = 10 * time.Second // a recorder is killed
	mostTaken = 5.0              // seconds of a camera that is taken over
)

// death is the end of a recorder, and of what it recorded.
type death struct {
	at   time.Time
	sent map[string]uint64 // newest frame of each of its cameras
}

// TestRecordersKilledInTurn: of three recorders with thirty cameras one is
// killed every ten seconds, and started again: at once, or when the others have
// taken its cameras. No frame is there twice, what is
// missing when a camera is taken over is within five seconds, a camera whose
// recorder lives is left alone, and each has ten in the end.
func TestRecordersKilledInTurn(t *testing.T) {
	t.Parallel()
	p := newPi(t, 30, map[string]string{"SEGMENT_DURATION": "10"})
	ear := p.listen(t)
	running := make([]*proc.Process, 3)
	for i := range running {
		running[i] = p.start(t, fmt.Sprintf("recorder-%d", i), events.ServiceRecorder)
	}
	var of map[*proc.Process][]string
	even := func() (err error) {
		of, err = ear.spread(t, len(p.cameras), running)
		return err
	}
	await.Until(t, patience, "an even spread", even)

	var deaths []death
	for end := time.Now().Add(lasts(t)); time.Now().Before(end); {
		<-time.After(rand.N(every / 5)) // any moment of a group of pictures
		victim := len(deaths) % len(running)
		before, connected := of, p.connections()
		dead := death{at: time.Now(), sent: map[string]uint64{}}
		mine := before[running[victim]]
		for _, name := range mine {
			dead.sent[name] = p.newest(t, name)
		}
		running[victim].Kill()
		if len(deaths)%2 == 1 {
			rest := slices.Delete(slices.Clone(running), victim, victim+1)
			await.Until(t, patience, "an even spread over those who live", func() error {
				_, err := ear.spread(t, len(p.cameras), rest)
				return err
			})
		}
		running[victim] = p.start(t, fmt.Sprintf("recorder-%d", victim), events.ServiceRecorder)
		deaths = append(deaths, dead)
		await.Until(t, patience, "an even spread after a death", even)
		for _, r := range running {
			if r != running[victim] && !slices.Equal(of[r], before[r]) {
				t.Errorf("death %d: a recorder that lives has %v, before %v", len(deaths), of[r], before[r])
			}
		}
		for name, n := range p.connections() {
			if !slices.Contains(mine, name) && n != connected[name] {
				t.Errorf("death %d: %s was connected again, though its recorder lives", len(deaths), name)
			}
		}
		<-time.After(time.Until(dead.at.Add(every)))
	}
	await.Until(t, patience, "an even spread in the end", even)
	for _, r := range running {
		p.stop(t, r)
	}
	t.Logf("%d recorders killed", len(deaths))
	p.judgeTakeovers(t, deaths)
}

func lasts(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("LOSS_FLEET")
	if text == "" {
		return 5 * time.Minute
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("LOSS_FLEET: %v", err)
	}
	return d
}

func (p *pi) connections() map[string]int {
	all := map[string]int{}
	for name, c := range p.cameras {
		all[name], _ = c.Connections()
	}
	return all
}

// judgeTakeovers wants every frame that is missing to be a death's fault: those
// around it, until another recorder had the camera, and those of its way back
// to the recorder that came in the dead one's place.
func (p *pi) judgeTakeovers(t *testing.T, deaths []death) {
	t.Helper()
	var taken, back []float64
	for _, name := range p.names() {
		for _, h := range holes(whole(t, p.spool, name)) {
			switch d, first := blame(deaths, name, h); {
			case d < 0:
				t.Errorf("%s: %d frames are missing after frame %d, though its recorder lived", name, h.frames, h.after)
			case first:
				taken = append(taken, h.seconds())
			default:
				back = append(back, h.seconds())
			}
			if h.seconds() > mostTaken {
				t.Errorf("%s: %d frames are missing after frame %d: %.1f s", name, h.frames, h.after, h.seconds())
			}
		}
	}
	told(t, "missing as a camera was taken from a dead recorder", taken)
	told(t, "missing as it was given back", back)
}

// blame finds the death that a hole belongs to, and whether it is the first
// after it; -1: none.
func blame(deaths []death, name string, h hole) (which int, first bool) {
	for i, d := range deaths {
		sent, ok := d.sent[name]
		switch {
		case !ok:
		case h.after <= sent && sent <= h.after+h.frames:
			return i, true
		case h.after > sent && h.after < sent+uint64(every.Seconds()*fps):
			return i, false
		}
	}
	return -1, false
}
