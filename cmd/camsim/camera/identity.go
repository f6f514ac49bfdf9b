package camera

import (
	"crypto/sha1"
	"fmt"
	"net/url"
	"strings"
)

// Identity is what a camera says of itself. What is empty is made from the
// camera's name, so that a camera is the same after each start.
type Identity struct {
	Endpoint     string // urn:uuid:..., WS-Discovery's endpoint reference
	Manufacturer string
	Model        string
	Firmware     string
	Serial       string
	MAC          string // as 02:11:22:33:44:55
}

func (i Identity) complete(name string) Identity {
	seed := sha1.Sum([]byte("istream camsim " + name))
	id := seed[:16]
	id[6], id[8] = id[6]&0x0f|0x50, id[8]&0x3f|0x80 // RFC 9562, 5.5
	fill := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	fill(&i.Endpoint, fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]))
	fill(&i.Manufacturer, "iStream")
	fill(&i.Model, "CAMSIM-1")
	fill(&i.Firmware, "V1.0.0 build 261101")
	fill(&i.Serial, fmt.Sprintf("%X", seed[10:16]))
	fill(&i.MAC, fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", seed[0], seed[1], seed[2], seed[3], seed[4]))
	return i
}

// scopes are those of ONVIF Core, 7.3.2.2.
func (i Identity) scopes(name string) []string {
	const root = "onvif://www.onvif.org/"
	return []string{
		root + "type/video_encoder",
		root + "type/audio_encoder",
		root + "Profile/Streaming",
		root + "hardware/" + scopeName(i.Model),
		root + "name/" + scopeName(name),
		root + "location/",
	}
}

// scopeName percent-encodes what a URI does not take; scopes are parted by spaces.
func scopeName(name string) string {
	return strings.ReplaceAll(url.PathEscape(name), "%2F", "/")
}
