package setting

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/donhk/istream/pkg/events"
)

// Credentials open a camera.
type Credentials struct {
	User string `env:"CAM_USER"`
	Pass Secret `env:"CAM_PASS"`
}

// ManualCamera is a camera named by hand, an entry of CAMERAS:
//
//	[name=]host[:port][/path]                   an ONVIF device
//	[name=]rtsp://[user:pass@]host[:port]/path  a bare stream (or rtsps)
//
// each with options after it, as SIP has them: ;transport=udp ;stream=sub. What
// follows a semicolon and is no such option belongs to the address.
type ManualCamera struct {
	Name        string       // token, empty where not given
	Address     string       // host or host:port; of the stream too
	Path        string       // of an ONVIF device, empty: the usual one
	URI         string       // of a stream, without credentials; empty: ONVIF
	Credentials *Credentials // where the entry brings its own
	Transport   Transport    // empty: the common one
	Stream      Quality      // empty: the common one; of an ONVIF device alone
}

// ID is the camera id of an entry: its name, else its address (and path).
func (m ManualCamera) ID() string {
	if m.Name != "" {
		return m.Name
	}
	if u, err := url.Parse(m.URI); err == nil && m.URI != "" {
		return events.Token(m.Address + u.Path)
	}
	return events.Token(m.Address)
}

// Cameras is the value of CAMERAS: entries between commas or white space.
type Cameras []ManualCamera

// UnmarshalText implements encoding.TextUnmarshaler. Its errors show no
// credentials.
func (c *Cameras) UnmarshalText(b []byte) error {
	var all Cameras
	var faults []string
	ids := map[string]bool{}
	for i, entry := range strings.FieldsFunc(string(b), func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		camera, err := parseCamera(entry)
		if err == nil && ids[camera.ID()] {
			err = fmt.Errorf("is the second camera called %q", camera.ID())
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("entry %d %v", i+1, err))
			continue
		}
		ids[camera.ID()] = true
		all = append(all, camera)
	}
	if faults != nil {
		return errors.New(strings.Join(faults, "; "))
	}
	*c = all
	return nil
}

func parseCamera(entry string) (ManualCamera, error) {
	var m ManualCamera
	entry, err := m.options(entry)
	if err != nil {
		return m, err
	}
	if name, rest, ok := strings.Cut(entry, "="); ok && !strings.ContainsAny(name, ":/") {
		if !events.ValidToken(name) {
			return m, fmt.Errorf("has a name outside [a-z0-9_-]")
		}
		m.Name, entry = name, rest
	}
	if !strings.Contains(entry, "://") {
		address, path, _ := strings.Cut(entry, "/")
		if path != "" {
			m.Path = "/" + path
		}
		m.Address = address
		return m, checkHost(address)
	}
	u, err := url.Parse(entry)
	if err != nil {
		return m, fmt.Errorf("is no valid URL (percent-encode special characters of user and password)")
	}
	if u.Scheme != "rtsp" && u.Scheme != "rtsps" {
		return m, fmt.Errorf("has the scheme %q where rtsp or rtsps is meant", u.Scheme)
	}
	if u.User != nil {
		pass, _ := u.User.Password()
		m.Credentials = &Credentials{User: u.User.Username(), Pass: Secret(pass)}
		u.User = nil
	}
	if m.Stream != "" {
		return m, errors.New("chooses a stream (;stream=) though its URL is that of one")
	}
	m.Address, m.URI = u.Host, u.String()
	return m, checkHost(u.Host)
}

// options takes the options off the end of an entry.
func (m *ManualCamera) options(entry string) (address string, err error) {
	for {
		at := strings.LastIndexByte(entry, ';')
		key, value, _ := strings.Cut(entry[at+1:], "=")
		switch {
		case at >= 0 && key == "transport":
			err = m.Transport.UnmarshalText([]byte(value))
		case at >= 0 && key == "stream":
			err = m.Stream.UnmarshalText([]byte(value))
		default:
			return entry, nil
		}
		if err != nil {
			return "", fmt.Errorf("has an option ;%s= that %w", key, err)
		}
		entry = entry[:at]
	}
}

func checkHost(address string) error {
	host, port := address, ""
	if h, p, err := net.SplitHostPort(address); err == nil {
		host, port = h, p
	}
	if host == "" || strings.ContainsAny(host, "@?#%;=") {
		return errors.New("has no host")
	}
	if strings.Contains(host, ":") && net.ParseIP(strings.Trim(host, "[]")) == nil {
		return errors.New("has no valid host")
	}
	if port != "" {
		if _, err := net.LookupPort("tcp", port); err != nil {
			return fmt.Errorf("has no valid port")
		}
	}
	return nil
}

// For finds the credentials of a camera: those of its entry, by id or by
// address (host:port), else the common ones.
func (c Cameras) For(id, address string, common Credentials) Credentials {
	for _, m := range c {
		if m.Credentials != nil && (m.ID() == id || m.Address == address) {
			return *m.Credentials
		}
	}
	return common
}

// Entry finds the entry of a camera, by id or by one of its addresses.
func (c Cameras) Entry(id string, addresses ...string) (ManualCamera, bool) {
	for _, m := range c {
		if m.ID() == id || slices.Contains(addresses, m.Address) {
			return m, true
		}
	}
	return ManualCamera{}, false
}
