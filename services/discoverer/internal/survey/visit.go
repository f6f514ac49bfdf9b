package survey

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/address"
	"github.com/donhk/istream/services/discoverer/internal/onvif"
	"github.com/donhk/istream/services/discoverer/internal/registry"
)

// visitor goes to devices.
type visitor struct {
	client      *onvif.Client
	memory      *memory
	cameras     setting.Cameras
	credentials setting.Credentials
	askMAC      bool // of each, since a name may be given by it
	found       func(Finding)
	// lookup finds the addresses of a host that was named by hand.
	lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// tunnel is the VPN into which packets to an address would go; "": none.
	tunnel func(netip.Addr) string
}

// visit asks a device, or tells what is known of it where that will do.
func (v *visitor) visit(ctx context.Context, c contact) {
	f := v.finding(ctx, c)
	if ctx.Err() == nil { // else it was cut short, and says nothing of the device
		v.found(f)
	}
}

func (v *visitor) finding(ctx context.Context, c contact) Finding {
	if c.manual != nil && c.manual.URI != "" {
		return bare(*c.manual)
	}
	f := Finding{How: ByProbe, NotCamera: c.notCamera()}
	if c.hello {
		f.How = ByHello
	}
	if f.NotCamera != "" {
		f.where(c, "")
		return f
	}
	target, err := v.target(ctx, &c, &f)
	if err != nil {
		f.Device = registry.Device{Manual: c.manual.ID(), Address: c.manual.Address, State: events.CameraUnreachable, Error: err.Error()}
		return f
	}
	if known, ok := v.memory.recall(ctx, v.client, c, target); ok {
		return known
	}
	report := v.client.Interview(ctx, target)
	f.Tried = report.Tried
	if report.Base == nil && target.Strict {
		f.where(c, "")
		f.NotCamera = "does not answer as an ONVIF device"
		return f
	}
	f.Device = device(c, target, report)
	f.where(c, f.Device.Address)
	if len(f.NICs) > 0 {
		f.Device.NIC = f.NICs[0]
	}
	v.memory.keep(c, target, report, f)
	return f
}

// where fills in how the device was heard; address is where it answered.
func (f *Finding) where(c contact, address string) {
	host, _, _ := net.SplitHostPort(address)
	f.NICs = c.nics(host)
	if len(c.heard) > 0 {
		f.Source = c.heard[0].Source.String()
	}
}

// target is where and how to ask. The address that served before comes first.
func (v *visitor) target(ctx context.Context, c *contact, f *Finding) (onvif.Target, error) {
	t := onvif.Target{MAC: c.endpoint() == "" || v.askMAC, Credentials: v.credentials}
	if c.manual != nil {
		f.How = ByHand
		host, port := split(c.manual.Address)
		resolved, err := v.resolve(ctx, host)
		if err != nil {
			return t, err
		}
		t.Candidates = address.ByHand(resolved, port, c.manual.Path)
		t.Credentials = v.cameras.For(c.manual.ID(), c.manual.Address, v.credentials)
		return t, nil
	}
	t.Strict = !c.claims()
	t.Candidates, f.Dropped = c.candidates(v.tunnel)
	if base := v.memory.base(c.key); base != "" {
		slices.SortStableFunc(t.Candidates, func(a, b address.Candidate) int {
			return first(a.URL.String() == base) - first(b.URL.String() == base)
		})
	}
	if len(t.Candidates) > 0 {
		t.Credentials = v.cameras.For("", hostPort(t.Candidates[0].URL), v.credentials)
	}
	return t, nil
}

func first(yes bool) int {
	if yes {
		return 0
	}
	return 1
}

// bare is a camera that was named by its stream: nobody has to be asked.
func bare(m setting.ManualCamera) Finding {
	address := m.Address
	if u, err := url.Parse(m.URI); err == nil && u.Port() == "" && u.Scheme == "rtsp" {
		address = net.JoinHostPort(u.Hostname(), "554")
	}
	return Finding{How: ByHand, Device: registry.Device{
		Manual: m.ID(), Address: address, State: events.CameraReady,
		Channels: []registry.Channel{{Streams: []events.Stream{{Name: "main", URI: m.URI}}}},
	}}
}

// device is what a visit says of a device.
func device(c contact, t onvif.Target, r onvif.Report) registry.Device {
	d := registry.Device{
		Endpoint: c.endpoint(), MAC: r.Info.MAC,
		Manufacturer: r.Info.Manufacturer, Model: r.Info.Model, Firmware: r.Info.Firmware, Serial: r.Info.Serial,
		ClockOffset: r.Offset, State: events.CameraReady,
	}
	if c.manual != nil {
		d.Manual = c.manual.ID()
	}
	if d.Model == "" {
		d.Model = c.scope("hardware")
	}
	switch {
	case r.Base != nil:
		d.Address = hostPort(r.Base)
	case len(t.Candidates) > 0:
		d.Address = hostPort(t.Candidates[0].URL)
	}
	for _, s := range r.Sources {
		d.Channels = append(d.Channels, registry.Channel{Source: s.Token, Streams: s.Streams})
	}
	if r.Err != nil {
		d.State, d.Error = state(r), onvif.Plain(reason(r), 300)
	}
	return d
}

func state(r onvif.Report) events.CameraState {
	if _, refused := errors.AsType[*onvif.AuthError](r.Err); refused {
		return events.CameraAuth
	}
	if r.Base == nil || onvif.Unreached(r.Err) {
		return events.CameraUnreachable
	}
	return events.CameraNoStream
}

// reason says at which addresses a device does not answer.
func reason(r onvif.Report) string {
	if r.Base != nil {
		return r.Err.Error()
	}
	var all []string
	for _, t := range r.Tried {
		host := t.Address
		if u, err := url.Parse(t.Address); err == nil {
			host = u.Host
		}
		all = append(all, host+": "+t.Error)
	}
	if all == nil {
		return "it tells no address that could be tried"
	}
	return r.Err.Error() + " (" + strings.Join(all, "; ") + ")"
}

// resolveTime bounds the search for a name.
const resolveTime = 5 * time.Second

// resolve finds the address of a host that was named by hand, so that it can
// be told to be one that discovery finds.
func (v *visitor) resolve(ctx context.Context, host string) (string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	found, err := v.lookup(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("the name %s has no address", host)
	}
	for _, a := range found {
		if a.Unmap().Is4() {
			return a.Unmap().String(), nil
		}
	}
	return found[0].String(), nil
}

func split(address string) (host, port string) {
	if host, port, err := net.SplitHostPort(address); err == nil {
		return host, port
	}
	return strings.Trim(address, "[]"), ""
}
