// Package status asks all services how they are and lays the answers side by
// side: what a person wants to know of a pipeline at one look.
package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/donhk/istream/pkg/events"
)

// Status is a site as a whole. A service that did not answer is nil or empty.
type Status struct {
	Site       string                   `json:"site"`
	At         time.Time                `json:"at"`
	Cameras    []Camera                 `json:"cameras"`
	Discoverer *events.DiscovererStatus `json:"discoverer,omitempty"`
	Recorders  []events.RecorderStatus  `json:"recorders"`
	Shipper    *events.ShipperStatus    `json:"shipper,omitempty"`
	Janitor    *events.JanitorStatus    `json:"janitor,omitempty"`
}

// Camera is one camera through all services.
type Camera struct {
	ID       string    `json:"camera"`
	State    string    `json:"state"` // of its recorder, else the discoverer's
	Since    time.Time `json:"since,omitzero"`
	Error    string    `json:"error,omitempty"`
	Codec    string    `json:"codec,omitempty"`
	Recorder string    `json:"recorder,omitempty"`
	OnDisk   time.Time `json:"on_disk,omitzero"`   // newest frame in the spool
	InBucket time.Time `json:"in_bucket,omitzero"` // newest frame in the bucket
	Segments int       `json:"segments"`           // waiting in the spool
	Bytes    int64     `json:"bytes"`              // waiting in the spool
}

// quiet is how long nobody may answer before all have.
const quiet = 300 * time.Millisecond

// Gather asks the services of a site for a second at most.
func Gather(ctx context.Context, nc *nats.Conn, site string) (Status, error) {
	s := Status{Site: site, At: time.Now().UTC()}
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox + ".*")
	if err != nil {
		return s, fmt.Errorf("asking the services: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection goes next
	for _, name := range []string{events.ServiceDiscoverer, events.ServiceRecorder, events.ServiceShipper, events.ServiceJanitor} {
		if err := nc.PublishRequest(events.StatusSubject(site, name), inbox+"."+name, nil); err != nil {
			return s, fmt.Errorf("asking the services: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for {
		wait, done := context.WithTimeout(ctx, quiet)
		msg, err := sub.NextMsgWithContext(wait)
		done()
		if errors.Is(err, nats.ErrNoResponders) {
			continue // nobody of that name is there
		}
		if err != nil {
			break // nobody answers any more
		}
		if err := s.take(strings.TrimPrefix(msg.Subject, inbox+"."), msg.Data); err != nil {
			return s, err
		}
	}
	s.Cameras = merge(s)
	return s, nil
}

func (s *Status) take(name string, payload []byte) error {
	var err error
	switch name {
	case events.ServiceDiscoverer:
		err = json.Unmarshal(payload, &s.Discoverer)
	case events.ServiceShipper:
		err = json.Unmarshal(payload, &s.Shipper)
	case events.ServiceJanitor:
		err = json.Unmarshal(payload, &s.Janitor)
	case events.ServiceRecorder:
		var r events.RecorderStatus
		if err = json.Unmarshal(payload, &r); err == nil {
			s.Recorders = append(s.Recorders, r)
		}
	}
	if err != nil {
		return fmt.Errorf("reading the answer of the %s: %w", name, err)
	}
	return nil
}

// merge lays what each service knows of a camera into one row.
func merge(s Status) []Camera {
	rows := map[string]*Camera{}
	row := func(id string) *Camera {
		if rows[id] == nil {
			rows[id] = &Camera{ID: id}
		}
		return rows[id]
	}
	if s.Discoverer != nil {
		for _, c := range s.Discoverer.Cameras {
			r := row(c.ID)
			r.State, r.Since, r.Error = string(c.State), c.Since, c.Error
		}
	}
	for _, recorder := range s.Recorders {
		for _, c := range recorder.Cameras {
			r := row(c.Camera)
			r.State, r.Since, r.Error = c.State, c.Since, c.Error
			r.Codec, r.OnDisk, r.Recorder = c.Codec, c.Frame, recorder.ID
		}
	}
	if s.Shipper != nil {
		for _, c := range s.Shipper.Cameras {
			r := row(c.Camera)
			r.InBucket, r.Segments, r.Bytes = c.Newest, c.Segments, c.Bytes
		}
	}
	all := make([]Camera, 0, len(rows))
	for _, r := range rows {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b Camera) int { return strings.Compare(a.ID, b.ID) })
	return all
}
