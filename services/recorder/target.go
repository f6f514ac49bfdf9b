package recorder

import (
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder/internal/camera"
)

// manual lists the streams that are named by hand.
func (r *recorder) manual() []camera.Target {
	var all []camera.Target
	for _, m := range r.Cameras {
		if m.URI == "" {
			continue // an ONVIF device: the discoverer finds its stream
		}
		if id := m.ID(); events.ValidToken(id) {
			all = append(all, camera.Target{ID: id, URI: m.URI, Address: m.Address, Transport: r.transport(m)})
		} else {
			r.Log.Warn("a camera without a usable name is not recorded: give it one (name=rtsp://...)", "address", m.Address)
		}
	}
	return all
}

// target is where a camera of the registry is to be recorded from. It has a
// stream at least.
func (r *recorder) target(c events.Camera) camera.Target {
	entry, _ := r.Cameras.Entry(c.ID, c.Address)
	t := camera.Target{ID: c.ID, URI: r.stream(c, entry).URI, Address: c.Address, Transport: r.transport(entry)}
	if c.State == events.CameraReady {
		t.Since = c.Since
	}
	return t
}

// stream chooses the main stream, which is the first, or the sub stream, the
// next.
func (r *recorder) stream(c events.Camera, entry setting.ManualCamera) events.Stream {
	wanted := r.Stream
	if entry.Stream != "" {
		wanted = entry.Stream
	}
	if wanted != setting.QualitySub {
		return c.Streams[0]
	}
	if len(c.Streams) > 1 && c.Streams[1].URI != "" {
		delete(r.missed, c.ID)
		return c.Streams[1]
	}
	if !r.missed[c.ID] {
		r.missed[c.ID] = true
		r.Log.Warn("the camera has no sub stream, its main stream is recorded", "camera", c.ID)
	}
	return c.Streams[0]
}

func (r *recorder) transport(entry setting.ManualCamera) setting.Transport {
	if entry.Transport != "" {
		return entry.Transport
	}
	return r.Transport
}

// credentials looks for those of the camera itself: by its name, by where it was
// found, by where its stream is.
func (r *recorder) credentials(t camera.Target) setting.Credentials {
	host, hostPort := t.Hostname(), t.Host()
	return r.Cameras.For(t.ID, t.Address, r.Cameras.For(t.ID, hostPort, r.Cameras.For(t.ID, host, r.Credentials)))
}
