package registry

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
)

// Patience is for how many scans a camera may be missing before it is lost.
const Patience = 3

// maxCameras bounds the registry, against devices that are made up.
const maxCameras = 512

// Registry is what is known of a site's cameras. It is not for several
// goroutines.
type Registry struct {
	site    string
	manual  []Manual
	names   setting.CameraNames
	cameras map[string]*camera // by id
	moved   []Device           // seen where they were not, or new; the scan's end tells
	refused int
}

// camera is one that is known.
type camera struct {
	events.Camera
	seen    bool   // in this scan, and it answered
	heard   bool   // in this scan, but it did not answer
	byHand  bool   // last seen by its name, not by discovery
	missing int    // scans in a row
	trouble string // why it did not answer
}

// New continues from what was known before.
func New(site string, manual []Manual, names setting.CameraNames, known []events.Camera) *Registry {
	r := &Registry{site: site, manual: manual, names: names, cameras: map[string]*camera{}}
	for _, c := range known {
		if c.Site == site && events.ValidToken(c.ID) && len(r.cameras) < maxCameras {
			r.cameras[c.ID] = &camera{Camera: c}
		}
	}
	return r
}

// Cameras are all of them, by id.
func (r *Registry) Cameras() []events.Camera {
	var all []events.Camera
	for _, c := range r.sorted() {
		all = append(all, c.Camera)
	}
	return all
}

// Of are the cameras of a device that has been taken in.
func (r *Registry) Of(d Device) []events.Camera {
	var all []events.Camera
	for _, c := range r.of(d) {
		all = append(all, c.Camera)
	}
	return all
}

// Refused counts devices that found no room.
func (r *Registry) Refused() int { return r.refused }

// Saw takes in a device and returns what has changed by it.
func (r *Registry) Saw(d Device, now time.Time) []events.Camera {
	mine := r.of(d)
	if mine == nil && d.Manual == "" && d.Endpoint == "" && r.candidate(d, false) != nil {
		r.postpone(d)
		return nil
	}
	return r.take(d, mine, now)
}

// postpone waits for the scan's end: a device without an endpoint reference, with
// the hardware address or serial number of one that was elsewhere, is that one
// only if the other place stays empty.
func (r *Registry) postpone(d Device) {
	r.moved = slices.DeleteFunc(r.moved, func(o Device) bool { return o.Address == d.Address })
	if len(r.moved) < maxCameras {
		r.moved = append(r.moved, d)
	}
}

// EndScan returns what has changed by what was not seen. Where the scan does
// not count, cameras lose no patience.
func (r *Registry) EndScan(counts bool, now time.Time) []events.Camera {
	var changes []events.Camera
	for _, d := range r.moved {
		mine := r.of(d)
		if c := r.candidate(d, true); mine == nil && c != nil {
			mine = []*camera{c}
		}
		changes = append(changes, r.take(d, mine, now)...)
	}
	r.moved = nil
	for _, c := range r.sorted() {
		if !c.seen && counts {
			c.missing++
		}
		if !c.seen && c.missing >= Patience {
			changes = append(changes, r.miss(c, now)...)
		}
		c.seen, c.heard = false, false
	}
	return changes
}

// miss tells that a camera can't be reached, or is not there at all. One that
// was named by hand is never given up.
func (r *Registry) miss(c *camera, now time.Time) []events.Camera {
	next := c.Camera
	if c.heard || r.named(c.ID) {
		next.State, next.Change, next.Error = events.CameraUnreachable, events.CameraUpdated, c.trouble
	} else {
		next.State, next.Change, next.Error = events.CameraGone, events.CameraLost, "not seen in "+strconv.Itoa(Patience)+" scans"
	}
	if next.State == c.State {
		return nil
	}
	return []events.Camera{c.become(next, now)}
}

// become puts a change into effect.
func (c *camera) become(next events.Camera, now time.Time) events.Camera {
	next.V, next.Revision, next.At = events.Version, c.Revision+1, now.UTC()
	if next.State != c.State || c.Since.IsZero() {
		next.Since = next.At
	}
	c.Camera = next
	return next
}

// named reports whether an id is that of an entry by hand, or of a further
// channel of its device.
func (r *Registry) named(id string) bool {
	return slices.ContainsFunc(r.manual, func(m Manual) bool { return channelOf(id, m.ID) })
}

// channelOf reports whether id is base, or base-2 and so on.
func channelOf(id, base string) bool {
	rest, ok := strings.CutPrefix(id, base)
	if !ok || rest == "" {
		return ok
	}
	n, err := strconv.Atoi(strings.TrimPrefix(rest, "-"))
	return err == nil && n >= 2 && rest == "-"+strconv.Itoa(n)
}

func (r *Registry) sorted() []*camera {
	return slices.SortedFunc(maps.Values(r.cameras), func(a, b *camera) int { return cmp.Compare(a.ID, b.ID) })
}
