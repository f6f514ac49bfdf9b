package camera

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/cmd/camsim/faults"
	"github.com/donhk/istream/cmd/camsim/internal/onvif"
)

// Faults is what a camera does wrong.
type Faults = faults.Faults

// Auth is the way ONVIF asks for credentials.
type Auth = onvif.Auth

// The ways of asking.
const (
	AuthNone   = onvif.AuthNone   // not at all
	AuthToken  = onvif.AuthToken  // WS-Security UsernameToken
	AuthDigest = onvif.AuthDigest // HTTP Digest
	AuthBoth   = onvif.AuthBoth   // either
)

// Config says what a camera is. The zero value is a good camera on loopback
// without a password, not heard by discovery.
type Config struct {
	Name     string // in the stamps and in ONVIF's scopes; "camera" where empty
	Host     string // the IP to listen on; 127.0.0.1 where empty, 0.0.0.0 for all
	HTTPPort int    // of ONVIF; 0 takes a free one
	RTSPPort int    // 0 takes a free one

	User     string // empty: no credentials are asked for
	Password string // may be empty with a user
	Auth     Auth   // of ONVIF; AuthToken where empty and a user is set

	NICs     []string // where probes are answered, see NICsOf; none: no discovery
	Group    string   // discovery's multicast address and port; the usual one where empty
	Identity Identity
	Media2   bool // ONVIF Media2 beside Media1, which then hides H.265

	Main  *clip.Clip // the main stream; the project's H.264 clip where nil
	Sub   *clip.Clip // the small stream; the project's small clip where nil
	Speed float64    // how much faster than real time frames are sent; 0 means 1

	Faults Faults
	Log    *slog.Logger // nil: silent
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
	c.Identity = c.Identity.complete(c.Name)
	if err := c.completeAuth(); err != nil {
		return c, err
	}
	return c.withClips()
}

func (c *Config) completeAuth() error {
	if c.Faults.WrongPassword && c.User == "" {
		c.User = "admin" // somebody to refuse
	}
	switch {
	case c.User == "" && (c.Auth == "" || c.Auth == AuthNone):
		c.Auth = AuthNone
	case c.User == "":
		return fmt.Errorf("the camera is to ask for credentials (%s), but has no user", c.Auth)
	case c.Auth == "":
		c.Auth = AuthToken
	}
	switch c.Auth {
	case AuthNone, AuthToken, AuthDigest, AuthBoth:
		return nil
	}
	return fmt.Errorf("unknown way of asking for credentials %q: choose none, token, digest or both", c.Auth)
}

func (c Config) withClips() (Config, error) {
	var err error
	if c.Faults.RareKeyframes {
		if c.Main, err = clip.Open(clip.Rare); err != nil {
			return c, err
		}
	}
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

// reachable is the address under which the camera can be reached by those on a
// NIC; the address itself is where it listens on all.
func (c Config) reachable(nic net.IP) net.IP {
	if ip := net.ParseIP(c.Host); !ip.IsUnspecified() {
		return ip
	}
	return nic
}
