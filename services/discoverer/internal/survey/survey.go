package survey

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/nic"
	"github.com/donhk/istream/services/discoverer/internal/onvif"
	"github.com/donhk/istream/services/discoverer/internal/wsd"
)

// Options say what to look for, and where.
type Options struct {
	NICs        nic.Selection
	Window      time.Duration // of a scan
	Port        int           // of WS-Discovery; 0: the usual one
	Cameras     setting.Cameras
	Names       setting.CameraNames
	Credentials setting.Credentials
	Log         *slog.Logger
	// Found is told of each visit, from several goroutines.
	Found func(Finding)
}

// Survey looks for devices.
type Survey struct {
	opts     Options
	client   *onvif.Client
	desk     *desk
	prober   wsd.Prober
	listener *wsd.Listener // nil: the port is taken, or discovery is off

	mu      sync.Mutex
	nics    []nic.NIC
	reasons map[string]string
	faults  map[string]*fault.Repeat
}

// New makes a Survey; Close it when done.
func New(opts Options) *Survey {
	s := &Survey{
		opts: opts, prober: wsd.Prober{Port: opts.Port, Window: opts.Window},
		reasons: map[string]string{}, faults: map[string]*fault.Repeat{},
	}
	s.client = onvif.NewClient(s.onLink)
	v := &visitor{
		client: s.client, memory: newMemory(), cameras: opts.Cameras, askMAC: opts.Names.ByMAC(), credentials: opts.Credentials,
		found: opts.Found, lookup: net.DefaultResolver.LookupNetIP, tunnel: s.tunnel,
	}
	s.desk = newDesk(opts.Window/12, v.visit)
	if !opts.NICs.None() {
		var err error
		if s.listener, err = wsd.Listen(opts.Port); err != nil {
			opts.Log.Warn("cameras that announce themselves are found at the next scan only", "error", err)
		}
	}
	return s
}

// Close frees the sockets, once no Run or Scan is going on.
func (s *Survey) Close() {
	s.desk.wait()
	s.client.Close()
	if s.listener != nil {
		s.listener.Close()
	}
}

// Run hears cameras that announce themselves, also between scans, until ctx
// ends.
func (s *Survey) Run(ctx context.Context) error {
	if s.listener == nil {
		<-ctx.Done()
		return nil
	}
	err := s.listener.Run(ctx, func(h wsd.Heard) { s.desk.hear(ctx, h) })
	if err != nil && ctx.Err() == nil {
		s.opts.Log.Warn("cameras that announce themselves are found at the next scan only", "error", err)
		<-ctx.Done()
	}
	s.desk.wait()
	return nil
}

// Scan probes on all NICs, goes to the devices named by hand, and returns when
// every visit is over.
func (s *Survey) Scan(ctx context.Context) {
	nics := s.look()
	s.desk.begin()
	for _, m := range s.opts.Cameras {
		s.desk.call(ctx, contact{key: ByHand + " " + m.ID(), manual: &m})
	}
	if s.listener != nil {
		for name, err := range s.listener.Join(nics) {
			s.opts.Log.Debug("cameras that announce themselves are not heard", "nic", name, "error", err)
		}
	}
	if len(nics) > 0 {
		s.report(nics, s.prober.Probe(ctx, nics, func(h wsd.Heard) { s.desk.hear(ctx, h) }))
	}
	s.desk.wait()
}

// NICs are those that the last scan used.
func (s *Survey) NICs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, n := range s.nics {
		if n.Eligible {
			names = append(names, n.Name)
		}
	}
	return names
}

// Changed reports whether NICs have come, gone or got other addresses since
// the last scan.
func (s *Survey) Changed() bool {
	facts, err := nic.System()
	if err != nil {
		return false // the scan will say so
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprint(eligible(s.opts.NICs.Choose(facts))) != fmt.Sprint(eligible(s.nics))
}

// look lists the NICs anew, and says once why one is left out.
func (s *Survey) look() []nic.NIC {
	facts, err := nic.System()
	if err != nil {
		s.fault("").Failed(err)
		return nil
	}
	all := s.opts.NICs.Choose(facts)
	s.explain(all)
	fit := eligible(all)
	if len(fit) == 0 && !s.opts.NICs.None() {
		s.fault("").Failed(errors.New("no network interface is fit for it (`istream nic` tells why)"))
	} else {
		s.fault("").Recovered()
	}
	return fit
}

// explain says once why a NIC is left out, and when it no longer is.
func (s *Survey) explain(all []nic.NIC) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nics = all
	reasons := map[string]string{}
	for _, n := range all {
		before := s.reasons[n.Name]
		reasons[n.Name] = n.Reason
		switch {
		case n.Reason == before || s.opts.NICs.None():
		case n.Reason == "":
			s.opts.Log.Info("cameras are looked for on this interface again", "nic", n.Name)
		case n.Loopback || !s.opts.NICs.Wants(n.Name):
			s.opts.Log.Debug("cameras are not looked for on this interface", "nic", n.Name, "reason", n.Reason)
		default:
			s.opts.Log.Info("cameras are not looked for on this interface", "nic", n.Name, "reason", n.Reason)
		}
	}
	s.reasons = reasons
}

func eligible(all []nic.NIC) []nic.NIC {
	return slices.DeleteFunc(slices.Clone(all), func(n nic.NIC) bool { return !n.Eligible })
}

// report tells of NICs that could not be probed on, and of those that could again.
func (s *Survey) report(nics []nic.NIC, faults map[string]error) {
	for _, n := range nics {
		if err := faults[n.Name]; err != nil {
			s.fault(n.Name).Failed(err)
		} else {
			s.fault(n.Name).Recovered()
		}
	}
}

// fault is what repeats itself on a NIC; "" stands for all of them.
func (s *Survey) fault(name string) *fault.Repeat {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults[name] == nil {
		what := "looking for cameras"
		if name != "" {
			what += " on " + name
		}
		s.faults[name] = fault.New(s.opts.Log, what)
	}
	return s.faults[name]
}

// onLink reports whether an address is in a subnet of one of our NICs, at whose
// other end there may be cameras.
func (s *Survey) onLink(a netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.nics, func(n nic.NIC) bool { return !n.Tunnel && n.Contains(a) })
}

// tunnel is the VPN into which packets to an address would go; "" where they
// would go into none.
func (s *Survey) tunnel(a netip.Addr) string {
	s.mu.Lock()
	tunnels := slices.DeleteFunc(slices.Clone(s.nics), func(n nic.NIC) bool { return !n.Tunnel })
	s.mu.Unlock()
	if len(tunnels) == 0 {
		return ""
	}
	source := nic.Source(a)
	for _, n := range tunnels {
		if n.Has(source) {
			return n.Name
		}
	}
	return ""
}
