package registry

import (
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// Device is one device as it was seen.
type Device struct {
	Manual   string // the id of the entry by which it was named by hand
	Endpoint string
	MAC      string
	Address  string // host:port that answered
	NIC      string

	Manufacturer, Model, Firmware, Serial string

	ClockOffset time.Duration
	State       events.CameraState
	Error       string
	Channels    []Channel // what can be recorded; none where State says why
}

// Channel is a video source of a device.
type Channel struct {
	Source  string
	Streams []events.Stream
}

// Manual is a camera that was named by hand.
type Manual struct {
	ID   string
	Host string // of an ONVIF device
	Port string // empty: any
	URI  string // of a bare stream; empty: ONVIF
}

// at reports whether a device at an address is the one that was named.
func (m Manual) at(address string) bool {
	host, port := split(address)
	return m.URI == "" && m.Host == host && (m.Port == "" || m.Port == port)
}

// shows reports whether a channel has the stream that was named.
func (m Manual) shows(c Channel) bool {
	if m.URI == "" {
		return false
	}
	for _, s := range c.Streams {
		if sameStream(m.URI, s.URI) {
			return true
		}
	}
	return false
}

func sameStream(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil {
		return false
	}
	v, err := url.Parse(b)
	if err != nil {
		return false
	}
	port := func(u *url.URL) string {
		if p := u.Port(); p != "" || u.Scheme != "rtsp" {
			return p
		}
		return "554"
	}
	return u.Hostname() == v.Hostname() && port(u) == port(v) && strings.Trim(u.Path, "/") == strings.Trim(v.Path, "/") && u.RawQuery == v.RawQuery
}

func split(address string) (host, port string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return strings.Trim(address, "[]"), "80"
	}
	return host, port
}
