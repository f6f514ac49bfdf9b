//go:build e2e

package loss

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

// ear hears the gaps of a site, and asks its recorders how they are.
type ear struct {
	nc *nats.Conn

	mu   sync.Mutex
	gaps []events.Gap
}

func (p *pi) listen(t *testing.T) *ear {
	t.Helper()
	nc, err := nats.Connect(p.settings["NATS_URL"], nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	e := &ear{nc: nc}
	if _, err := nc.Subscribe("gaps.>", func(msg *nats.Msg) {
		var g events.Gap
		if err := json.Unmarshal(msg.Data, &g); err != nil {
			t.Errorf("%s: %v", msg.Subject, err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.gaps = append(e.gaps, g)
	}); err != nil {
		t.Fatal(err)
	}
	return e
}

// heard lists the gaps of a camera that reached a state for a cause.
func (e *ear) heard(camera string, cause events.Cause, state events.GapState) (all []events.Gap) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, g := range e.gaps {
		if g.Camera == camera && g.Cause == cause && g.State == state {
			all = append(all, g)
		}
	}
	return all
}

// recorders asks each how it is; those that do not answer at once are left out.
func (e *ear) recorders(t *testing.T) (all []events.RecorderStatus) {
	t.Helper()
	inbox := e.nc.NewRespInbox()
	sub, err := e.nc.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails where the bus is gone
	if err := e.nc.PublishRequest(events.StatusSubject("attic", events.ServiceRecorder), inbox, nil); err != nil {
		t.Fatal(err)
	}
	for {
		msg, err := sub.NextMsg(300 * time.Millisecond)
		if err != nil {
			return all
		}
		var s events.RecorderStatus
		if err := json.Unmarshal(msg.Data, &s); err == nil && s.ID != "" {
			all = append(all, s)
		}
	}
}

// spread tells which cameras each of the processes records; an error, unless
// together they record all, and none two more than another.
func (e *ear) spread(t *testing.T, cameras int, running []*proc.Process) (map[*proc.Process][]string, error) {
	t.Helper()
	of, count := map[*proc.Process][]string{}, 0
	for _, s := range e.recorders(t) {
		at := slices.IndexFunc(running, func(r *proc.Process) bool {
			return strings.Contains(s.ID, "-"+strconv.Itoa(r.PID())+"-")
		})
		if at < 0 {
			continue
		}
		for _, c := range s.Cameras {
			if c.State != "recording" {
				return nil, fmt.Errorf("%s is %s: %s", c.Camera, c.State, c.Error)
			}
			of[running[at]] = append(of[running[at]], c.Camera)
			count++
		}
	}
	least, most := cameras, 0
	for _, r := range running {
		least, most = min(least, len(of[r])), max(most, len(of[r]))
	}
	if count != cameras || most-least > 1 {
		return nil, fmt.Errorf("%d of %d cameras are recorded, %d to %d by each", count, cameras, least, most)
	}
	return of, nil
}
