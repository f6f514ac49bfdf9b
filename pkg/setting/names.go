package setting

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/donhk/istream/pkg/events"
)

// CameraName gives a name to a camera that discovery finds: an entry of
// CAMERA_NAMES, what is known of it before the last "=", and the name after:
//
//	urn:uuid:X=front-door        its endpoint reference (the UUID alone will do)
//	02:11:22:33:44:55=back-door  its hardware address
//	192.0.2.10[:port]=yard       its address
//
// One of Endpoint, MAC and Host is set.
type CameraName struct {
	ID       string // a token
	Endpoint string // urn:uuid:..., in lower letters
	MAC      string // 12 lower hex digits
	Host     string
	Port     string // empty: any
}

// CameraNames is the value of CAMERA_NAMES: entries between commas or white
// space.
type CameraNames []CameraName

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *CameraNames) UnmarshalText(b []byte) error {
	var all CameraNames
	var faults []string
	ids := map[string]bool{}
	for i, entry := range strings.FieldsFunc(string(b), func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		name, err := parseCameraName(entry)
		if err == nil && ids[name.ID] {
			err = fmt.Errorf("is the second camera called %q", name.ID)
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("entry %d %v", i+1, err))
			continue
		}
		ids[name.ID] = true
		all = append(all, name)
	}
	if faults != nil {
		return errors.New(strings.Join(faults, "; "))
	}
	*c = all
	return nil
}

// ByMAC reports whether a name is given by a hardware address.
func (c CameraNames) ByMAC() bool {
	return slices.ContainsFunc(c, func(n CameraName) bool { return n.MAC != "" })
}

func parseCameraName(entry string) (CameraName, error) {
	at := strings.LastIndexByte(entry, '=')
	if at < 0 {
		return CameraName{}, errors.New("gives no name (endpoint, MAC or address=name)")
	}
	key, n := strings.ToLower(entry[:at]), CameraName{ID: entry[at+1:]}
	if !events.ValidToken(n.ID) {
		return n, errors.New("has a name outside [a-z0-9_-]")
	}
	if uuid := strings.TrimPrefix(strings.TrimPrefix(key, "urn:"), "uuid:"); len(uuid) == 36 && strings.Count(uuid, "-") == 4 {
		n.Endpoint = "urn:uuid:" + uuid
		return n, nil
	}
	if strings.HasPrefix(key, "urn:") {
		n.Endpoint = key
		return n, nil
	}
	if mac, err := net.ParseMAC(key); err == nil && len(mac) == 6 {
		n.MAC = fmt.Sprintf("%x", []byte(mac))
		return n, nil
	}
	n.Host = strings.Trim(key, "[]")
	if host, port, err := net.SplitHostPort(key); err == nil {
		n.Host, n.Port = host, port
	}
	if _, err := netip.ParseAddr(n.Host); err != nil {
		return n, errors.New("tells neither endpoint nor MAC nor IP address before its name")
	}
	return n, checkHost(key)
}
