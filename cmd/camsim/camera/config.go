package camera

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/cmd/camsim/faults"
)

// Faults is what a camera does wrong.
type Faults = faults.Faults

// Config says what a camera is. The zero value is a good camera on loopback
// without a password, not heard by discovery.
type Config struct {
	Name     string     // in the stamps and in ONVIF's scopes; "camera" where empty
	Host     string     // the IP to listen on; 127.0.0.1 where empty, 0.0.0.0 for all
	HTTPPort int        // of ONVIF; 0 takes a free one
	RTSPPort int        // 0 takes a free one
	User     string     // empty: no credentials are asked for
	Password string     // may be empty with a user
	Main     *clip.Clip // the main stream; the project's H.264 clip where nil
	Sub      *clip.Clip // the small stream; the project's small clip where nil
	Speed    float64    // how much faster than real time frames are sent; 0 means 1
	Faults   Faults
	Log      *slog.Logger // nil: silent
}

func (c Config) complete() (Config, error) {
	if c.Name == "" {
		c.Name = "camera"
	}
	if c.Host == "" {
		c.Host = "127.0.0.1"
	}
	if net.ParseIP(c.Host) == nil {
		return c, fmt.Errorf("the host %q to listen on is no IP address: give one such as 127.0.0.1 or 0.0.0.0", c.Host)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Log = c.Log.With("camera", c.Name)
	return c.withClips()
}

func (c Config) withClips() (Config, error) {
	var err error
	if c.Main == nil {
		if c.Main, err = clip.Open(clip.Main); err != nil {
			return c, err
		}
	}
	if c.Sub == nil {
		if c.Sub, err = clip.Open(clip.Sub); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c Config) address(port int) string {
	return net.JoinHostPort(c.Host, strconv.Itoa(port))
}

// reachable is an address of this host under which the camera can be reached
// from here.
func (c Config) reachable() net.IP {
	if ip := net.ParseIP(c.Host); !ip.IsUnspecified() {
		return ip
	}
	return net.IPv4(127, 0, 0, 1)
}
