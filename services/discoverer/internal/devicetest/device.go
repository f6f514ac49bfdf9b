// Package devicetest has the devices that the discoverer's tests talk to: ONVIF
// by HTTP and WS-Discovery on the loopback interface, well-behaved unless a
// test has them do otherwise.
package devicetest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// Profile is a picture that a device offers.
type Profile struct {
	Token, Source, Codec string
	Width, Height        int
	URI                  string
}

// Device is an ONVIF device. Fields may be set before Start.
type Device struct {
	Endpoint, Types, Scopes               string
	Manufacturer, Model, Firmware, Serial string
	MAC                                   string
	User, Pass                            string // no user: open to all
	Sign                                  string // token (default), md5, sha256
	ClockOffset                           time.Duration
	Profiles                              []Profile
	Media2                                []Profile // where the device has that service
	// Answers stand in for the device's own, by call (GetProfiles, say).
	Answers map[string]http.HandlerFunc
	// XAddrs is what it tells in discovery; empty: where it is.
	XAddrs string
	// Replies, where set, are its datagrams instead of one ProbeMatches.
	Replies func(probe string) []string

	URL string // of the device service

	mu    sync.Mutex
	calls map[string]int
	wrong int
}

// Start serves the device on a free port of address (127.0.0.1, say) until
// the test ends.
func (d *Device) Start(t testing.TB) {
	t.Helper()
	d.calls = map[string]int{}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	d.URL = server.URL + "/onvif/device_service"
}

// Host is the device's host:port.
func (d *Device) Host() string {
	host, _, _ := strings.Cut(strings.TrimPrefix(d.URL, "http://"), "/")
	return host
}

// Calls is how often a call was made; "" counts all.
func (d *Device) Calls(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name != "" {
		return d.calls[name]
	}
	total := 0
	for _, n := range d.calls {
		total += n
	}
	return total
}

// Refused is how often wrong credentials were sent.
func (d *Device) Refused() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.wrong
}

// SetPass changes the password of a running device.
func (d *Device) SetPass(pass string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Pass = pass
}

// ServeHTTP implements http.Handler.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := make([]byte, r.ContentLength)
	for n := 0; n < len(body); {
		m, err := r.Body.Read(body[n:])
		if n += m; err != nil {
			break
		}
	}
	root, err := xmltree.Parse(body)
	if err != nil || len(root.Child("Body").Nodes) == 0 {
		http.Error(w, "no SOAP", http.StatusBadRequest)
		return
	}
	call := root.Child("Body").Nodes[0]
	d.mu.Lock()
	d.calls[call.Name]++
	d.mu.Unlock()
	if answer, ok := d.Answers[call.Name]; ok {
		answer(w, r)
		return
	}
	if call.Name != "GetSystemDateAndTime" && !d.admit(w, r, root) {
		return
	}
	d.serve(w, call)
}

func (d *Device) serve(w http.ResponseWriter, call *xmltree.Node) {
	switch call.Name {
	case "GetSystemDateAndTime":
		Reply(w, Clock(time.Now().Add(d.ClockOffset)))
	case "GetDeviceInformation":
		Reply(w, fmt.Sprintf(`<tds:GetDeviceInformationResponse><tds:Manufacturer>%s</tds:Manufacturer><tds:Model>%s</tds:Model><tds:FirmwareVersion>%s</tds:FirmwareVersion><tds:SerialNumber>%s</tds:SerialNumber></tds:GetDeviceInformationResponse>`, d.Manufacturer, d.Model, d.Firmware, d.Serial))
	case "GetNetworkInterfaces":
		Reply(w, `<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces><tt:Info><tt:HwAddress>`+d.MAC+`</tt:HwAddress></tt:Info></tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>`)
	case "GetServices":
		Reply(w, d.services())
	case "GetCapabilities":
		Reply(w, `<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>`+d.URL+`</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>`)
	case "GetProfiles":
		if call.Prefix == "tr2" {
			Reply(w, profiles2(d.Media2))
		} else {
			Reply(w, profiles1(d.Profiles))
		}
	case "GetStreamUri":
		d.stream(w, call)
	default:
		Fault(w, http.StatusInternalServerError, "ter:ActionNotSupported", "not implemented")
	}
}

func (d *Device) services() string {
	entry := func(version string) string {
		return `<tds:Service><tds:Namespace>http://www.onvif.org/` + version + `/media/wsdl</tds:Namespace><tds:XAddr>` + d.URL + `</tds:XAddr></tds:Service>`
	}
	text := entry("ver10")
	if d.Media2 != nil {
		text += entry("ver20")
	}
	return `<tds:GetServicesResponse>` + text + `</tds:GetServicesResponse>`
}

func (d *Device) stream(w http.ResponseWriter, call *xmltree.Node) {
	token := call.Child("ProfileToken").Text()
	known := d.Profiles
	if call.Prefix == "tr2" {
		known = d.Media2
	}
	for _, p := range known {
		if p.Token != token {
			continue
		}
		if call.Prefix == "tr2" {
			Reply(w, `<tr2:GetStreamUriResponse><tr2:Uri>`+p.URI+`</tr2:Uri></tr2:GetStreamUriResponse>`)
		} else {
			Reply(w, `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>`+p.URI+`</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>`)
		}
		return
	}
	Fault(w, http.StatusBadRequest, "ter:NoProfile", "no such profile")
}

func profiles1(all []Profile) string {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, `<trt:Profiles token="%s"><tt:Name>%s</tt:Name><tt:VideoSourceConfiguration><tt:SourceToken>%s</tt:SourceToken></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration><tt:Encoding>%s</tt:Encoding><tt:Resolution><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit></tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>`, p.Token, p.Token, p.Source, p.Codec, p.Width, p.Height)
	}
	return `<trt:GetProfilesResponse>` + b.String() + `</trt:GetProfilesResponse>`
}

func profiles2(all []Profile) string {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, `<tr2:Profiles token="%s"><tr2:Name>%s</tr2:Name><tr2:Configurations><tr2:VideoSource><tt:SourceToken>%s</tt:SourceToken></tr2:VideoSource><tr2:VideoEncoder><tt:Encoding>%s</tt:Encoding><tt:Resolution><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>12.5</tt:FrameRateLimit></tt:RateControl></tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>`, p.Token, p.Token, p.Source, p.Codec, p.Width, p.Height)
	}
	return `<tr2:GetProfilesResponse>` + b.String() + `</tr2:GetProfilesResponse>`
}

// ProfilesXML is the device's GetProfilesResponse.
func (d *Device) ProfilesXML() string { return profiles1(d.Profiles) }
