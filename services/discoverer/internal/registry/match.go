package registry

import (
	"slices"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
)

// of finds the cameras of a device: by its name, its endpoint reference or its
// address; nil where there are none.
func (r *Registry) of(d Device) []*camera {
	if id := r.claim(d); id != "" {
		return r.where(func(c *camera) bool { return channelOf(c.ID, id) })
	}
	if d.Endpoint != "" {
		if all := r.where(func(c *camera) bool { return c.Endpoint == d.Endpoint && !r.retired(c) }); all != nil {
			return all
		}
	}
	return r.where(func(c *camera) bool {
		return c.Address == d.Address && d.Address != "" && (c.Endpoint == "" || d.Endpoint == "") && compatible(c, d) && !r.retired(c)
	})
}

// claim is the id of the entry by hand that a device is, else the name that was
// given to it; "" where there is none.
func (r *Registry) claim(d Device) string {
	if d.Manual != "" {
		return d.Manual
	}
	for _, m := range r.manual {
		if !m.at(d.Address) {
			continue
		}
		c := r.cameras[m.ID]
		// Without a port, an entry is the first of the devices at its host.
		if m.Port != "" || c == nil || c.Endpoint == "" || c.Endpoint == d.Endpoint || c.Address == d.Address {
			return m.ID
		}
	}
	for _, n := range r.names {
		if called(n, d) && r.free(n.ID, d) {
			return n.ID
		}
	}
	return ""
}

// called reports whether a name was given to a device.
func called(n setting.CameraName, d Device) bool {
	host, port := split(d.Address)
	return n.Endpoint != "" && n.Endpoint == d.Endpoint || n.MAC != "" && n.MAC == d.MAC ||
		n.Host != "" && n.Host == host && (n.Port == "" || n.Port == port)
}

// free reports whether no other device has a name: two that share a hardware
// address, or an address one after the other, stay two.
func (r *Registry) free(id string, d Device) bool {
	c := r.cameras[id]
	switch {
	case c == nil || r.retired(c):
		return true
	case c.Endpoint != "" && d.Endpoint != "":
		return c.Endpoint == d.Endpoint
	}
	other := func(o *camera) bool { return o != c && o.Address == d.Address && o.State != events.CameraGone }
	return c.Address == d.Address || !c.seen && r.where(other) == nil
}

// candidate is the camera that a device without an endpoint reference may be,
// though it was elsewhere before; missing asks for one that this scan has not
// seen there.
func (r *Registry) candidate(d Device, missing bool) *camera {
	mac, serial := realMAC(d.MAC), realSerial(d.Serial)
	for _, c := range r.sorted() {
		if c.Endpoint != "" || c.Address == d.Address || r.named(c.ID) || r.retired(c) {
			continue
		}
		if missing && (c.seen || c.heard) {
			continue
		}
		known := realMAC(c.MAC)
		if mac != "" && mac == known || (mac == "" || known == "") && serial != "" && serial == realSerial(c.Serial) && c.Model == d.Model {
			return c
		}
	}
	return nil
}

// compatible reports whether nothing says that they are two.
func compatible(c *camera, d Device) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	return !differ(realMAC(c.MAC), realMAC(d.MAC)) && !differ(realSerial(c.Serial), realSerial(d.Serial))
}

func (r *Registry) where(fit func(*camera) bool) []*camera {
	var all []*camera
	for _, c := range r.sorted() {
		if fit(c) {
			all = append(all, c)
		}
	}
	return all
}

// renamed is the error of a camera that goes on under another id.
const renamed = "goes on as "

// retired reports whether a camera has become another.
func (r *Registry) retired(c *camera) bool {
	return c.State == events.CameraGone && len(c.Error) > len(renamed) && c.Error[:len(renamed)] == renamed
}

// pick finds the camera of each channel of a device among the device's: the one
// with that video source, else one whose source was not known, else the only
// one of a device that has only this one.
func pick(mine []*camera, channels []Channel) []*camera {
	picked := make([]*camera, len(channels))
	free := func(c *camera) bool { return !slices.Contains(picked, c) }
	find := func(fit func(c *camera, channel Channel) bool) {
		for i, channel := range channels {
			for _, c := range mine {
				if picked[i] == nil && free(c) && fit(c, channel) {
					picked[i] = c
				}
			}
		}
	}
	find(func(c *camera, channel Channel) bool { return c.Source == channel.Source })
	find(func(c *camera, _ Channel) bool { return c.Source == "" })
	if len(mine) == 1 && len(channels) == 1 {
		find(func(*camera, Channel) bool { return true })
	}
	return picked
}
