package registry

import (
	"slices"
	"strconv"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// tolerance is how far a clock may wander before that is news.
const tolerance = 2 * time.Second

// take brings the cameras of a device up to date.
func (r *Registry) take(d Device, mine []*camera, now time.Time) []events.Camera {
	var changes []events.Camera
	if len(d.Channels) == 0 {
		if mine == nil {
			mine = r.add(d, nil)
		}
		for _, c := range mine {
			changes = append(changes, r.update(c, d, nil, now)...)
		}
		return append(changes, r.retire(d, mine, now)...)
	}
	kept := slices.Clone(mine)
	for i, c := range pick(mine, d.Channels) {
		channel := d.Channels[i]
		if id := r.shown(d, channel); id != "" {
			if c != nil {
				changes = append(changes, r.rename(c, id, now)...)
			}
			continue
		}
		if c == nil {
			added := r.add(d, kept)
			if added == nil {
				continue
			}
			c, kept = added[0], append(kept, added...)
		}
		changes = append(changes, r.update(c, d, &channel, now)...)
	}
	return append(changes, r.retire(d, kept, now)...)
}

// shown is the id of the bare stream by hand that a channel is the device of.
func (r *Registry) shown(d Device, channel Channel) string {
	for _, m := range r.manual {
		if d.Manual == "" && m.shows(channel) {
			return m.ID
		}
	}
	return ""
}

// add makes a camera of a device that has others already; nil where there is
// no room for it.
func (r *Registry) add(d Device, others []*camera) []*camera {
	base := r.base(d, others)
	if len(r.cameras) >= maxCameras && !r.named(base) {
		r.refused++
		return nil
	}
	id := base
	for n := 2; r.cameras[id] != nil; n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	c := &camera{Camera: events.Camera{Site: r.site, ID: id}}
	r.cameras[id] = c
	return []*camera{c}
}

func (r *Registry) base(d Device, others []*camera) string {
	if id := r.claim(d); id != "" {
		return id
	}
	if len(others) == 0 {
		return d.name(func(id string) bool { return r.cameras[id] != nil })
	}
	// The shortest of the others is the device's first.
	base := others[0].ID
	for _, c := range others {
		if len(c.ID) < len(base) {
			base = c.ID
		}
	}
	return base
}

// update tells what is new of a camera, if anything.
func (r *Registry) update(c *camera, d Device, channel *Channel, now time.Time) []events.Camera {
	fresh := c.State == ""
	if d.State == events.CameraUnreachable {
		c.heard, c.trouble = true, d.Error
		if !fresh {
			return nil // the scan's end counts it as missing
		}
	} else {
		c.seen, c.missing = true, 0
	}
	next := c.merge(d, channel)
	if d.Manual != "" {
		c.byHand = d.State != events.CameraUnreachable
	}
	switch {
	case fresh || c.State == events.CameraGone:
		next.Change = events.CameraFound
	case same(c.Camera, next):
		return nil
	default:
		next.Change = events.CameraUpdated
	}
	return []events.Camera{c.become(next, now)}
}

// merge is the camera as the device has it now. What the device does not tell
// stays; what is known by hand is not changed by discovery, which may have
// come by another way.
func (c *camera) merge(d Device, channel *Channel) events.Camera {
	next := c.Camera
	fill := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	fill(&next.Endpoint, d.Endpoint)
	fill(&next.MAC, d.MAC)
	if c.byHand && d.Manual == "" {
		if next.NIC == "" {
			next.NIC = d.NIC
		}
		return next
	}
	fill(&next.Address, d.Address)
	fill(&next.NIC, d.NIC)
	fill(&next.Manufacturer, d.Manufacturer)
	fill(&next.Model, d.Model)
	fill(&next.Firmware, d.Firmware)
	fill(&next.Serial, d.Serial)
	next.State, next.Error = d.State, d.Error
	if d.State == events.CameraReady {
		next.ClockOffset = events.Seconds(d.ClockOffset)
	}
	if channel != nil {
		next.Source, next.Streams = channel.Source, channel.Streams
	} else if d.State == events.CameraNoStream {
		next.Streams = nil
	}
	return next
}

// same reports whether b is no news after a. Errors of the same state, and a
// clock that wanders, are none.
func same(a, b events.Camera) bool {
	return a.State == b.State && a.Endpoint == b.Endpoint && a.MAC == b.MAC && a.Address == b.Address && a.NIC == b.NIC &&
		a.Manufacturer == b.Manufacturer && a.Model == b.Model && a.Firmware == b.Firmware && a.Serial == b.Serial &&
		a.Source == b.Source && slices.Equal(a.Streams, b.Streams) &&
		(a.ClockOffset-b.ClockOffset).Duration().Abs() <= tolerance
}

// retire gives up the cameras that a device had under other ids, now that it
// has been named by hand.
func (r *Registry) retire(d Device, kept []*camera, now time.Time) []events.Camera {
	id := r.claim(d)
	if id == "" || d.State == events.CameraUnreachable {
		return nil
	}
	var changes []events.Camera
	for _, c := range r.sorted() {
		twin := c.Address == d.Address && compatible(c, d) || d.Endpoint != "" && c.Endpoint == d.Endpoint
		if twin && !slices.Contains(kept, c) && !r.named(c.ID) {
			changes = append(changes, r.rename(c, id, now)...)
		}
	}
	return changes
}

func (r *Registry) rename(c *camera, id string, now time.Time) []events.Camera {
	if c.State == events.CameraGone || c.ID == id {
		return nil
	}
	next := c.Camera
	next.State, next.Change, next.Error = events.CameraGone, events.CameraLost, renamed+id
	return []events.Camera{c.become(next, now)}
}
