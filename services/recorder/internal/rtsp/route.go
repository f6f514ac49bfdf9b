package rtsp

import (
	"errors"
	"net"
	"net/url"
	"slices"

	"github.com/donhk/istream/pkg/setting"
)

// mostHops is how often a camera may send us on.
const mostHops = 5

// redirection says that the stream is elsewhere.
type redirection struct {
	from, remote string // the address asked, and the IP it has
	to           string
}

func (to *redirection) Error() string { return "the stream is elsewhere" }

// route is the way to a stream, and what is to be tried where it leads nowhere.
type route struct {
	url       *url.URL
	transport setting.Transport // tcp, udp or http
	auto      bool              // the other of tcp and udp may be tried
	anonymous bool              // credentials are not for this address
	ports     []string          // still to be tried
	hops      int
	fault     error // that led to trying another port
}

func newRoute(text string, transport setting.Transport, h *Habits) (*route, error) {
	u, err := parse(text)
	if err != nil {
		return nil, err
	}
	r := &route{url: u, transport: transport}
	switch {
	case transport == setting.TransportAuto && h.udp:
		r.transport, r.auto = setting.TransportUDP, true
	case transport == setting.TransportAuto, transport == "":
		r.transport, r.auto = setting.TransportTCP, transport != ""
	}
	r.ports = r.others()
	if r.url.Port() == "" && r.transport == setting.TransportHTTP {
		r.takePort() // of HTTP
	}
	if h.port != "" {
		r.url.Host = net.JoinHostPort(r.url.Hostname(), h.port)
	}
	return r, nil
}

// parse checks the URL of a stream. Credentials in it are dropped.
func parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fault(KindAddress, nil, "the address of the stream is no valid URL")
	case u.Scheme != "rtsp" && u.Scheme != "rtsps":
		return nil, fault(KindAddress, nil, "the address of the stream begins with %q where rtsp:// or rtsps:// is meant", u.Scheme)
	case u.Hostname() == "" || u.Opaque != "":
		return nil, fault(KindAddress, nil, "the address of the stream names no host")
	}
	u.User, u.Fragment = nil, ""
	return u, nil
}

// others are the ports to be tried beside the URL's: some cameras name their web
// server's, and RTSP through HTTP is as a rule at the web server.
func (r *route) others() []string {
	port := port(r.url)
	switch {
	case r.url.Scheme != "rtsp":
		return nil
	case port == "80":
		return []string{"554"}
	case port == "554" && r.transport == setting.TransportHTTP:
		return []string{"80"}
	}
	return nil
}

// takePort goes on to the next port to be tried; the present one is left for
// later where the URL did not ask for it.
func (r *route) takePort() {
	left := r.ports[1:]
	if r.url.Port() == "" {
		left = append(slices.Clone(left), port(r.url))
	}
	r.url.Host, r.ports = net.JoinHostPort(r.url.Hostname(), r.ports[0]), left
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"rtsp": "554", "rtsps": "322"}[u.Scheme]
}

// next changes the route after a fault, and tells whether it is worth a try.
func (r *route) next(err error) bool {
	if to, ok := errors.AsType[*redirection](err); ok {
		return r.hops < mostHops && to.follow(r)
	}
	f, _ := errors.AsType[*Fault](err)
	switch {
	case f == nil:
		return false
	case f.Kind == KindTransport && r.auto:
		r.auto = false
		r.transport = map[setting.Transport]setting.Transport{setting.TransportTCP: setting.TransportUDP, setting.TransportUDP: setting.TransportTCP}[r.transport]
		return true
	case (f.Kind == KindNoRTSP || f.Kind == KindRefused) && len(r.ports) > 0:
		r.fault = err
		r.takePort()
		return true
	}
	return false
}

// worded is the fault to tell: that of the port that was asked for, where
// another was no better.
func (r *route) worded(err error) error {
	f, _ := errors.AsType[*Fault](err)
	if r.fault != nil && f != nil && (f.Kind == KindNoRTSP || f.Kind == KindRefused) {
		return r.fault
	}
	if to, ok := errors.AsType[*redirection](err); ok {
		return to.explain(r)
	}
	return err
}

// follow goes where a camera sends us, if that is a stream, and no less
// protected. Credentials go along to the same host only.
func (to *redirection) follow(r *route) bool {
	u, err := to.target(r)
	if err != nil {
		return false
	}
	r.anonymous = r.anonymous || u.Hostname() != r.url.Hostname() && u.Hostname() != to.remote
	r.url, r.hops, r.fault = u, r.hops+1, nil
	r.ports = r.others()
	return true
}

func (to *redirection) target(r *route) (*url.URL, error) {
	u, err := url.Parse(to.to)
	if err != nil {
		return nil, errors.New("that is no URL")
	}
	if u, err = parse(r.url.ResolveReference(u).String()); err != nil {
		return nil, errors.New("that is no stream's")
	}
	if r.url.Scheme == "rtsps" && u.Scheme != "rtsps" {
		return nil, errors.New("that is without the protection of rtsps")
	}
	return u, nil
}

func (to *redirection) explain(r *route) error {
	if _, err := to.target(r); err != nil {
		return fault(KindAnswer, nil, "%s sends us on to an address that is not followed: %v", to.from, err)
	}
	return fault(KindAnswer, nil, "%s sends us on without an end (%d times)", to.from, r.hops)
}
