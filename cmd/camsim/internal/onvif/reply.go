package onvif

import (
	"bytes"
	"embed"
	"encoding/xml"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"text/template"
	"time"
)

//go:embed replies
var files embed.FS

func templates() (*template.Template, error) {
	parsed, err := template.New("").Funcs(template.FuncMap{"xml": escape}).ParseFS(files, "replies/*.xml")
	if err != nil {
		return nil, fmt.Errorf("reading the reply templates: %w", err)
	}
	return parsed, nil
}

func escape(text string) (string, error) {
	var escaped strings.Builder
	err := xml.EscapeText(&escaped, []byte(text))
	return escaped.String(), err
}

// reply is what the templates are filled from.
type reply struct {
	Encoding     string // of the XML prolog
	Base         string // http://host:port, as the asker reached it
	Host         string
	Time         time.Time // the device's
	Month        int
	Identity     Identity
	Manufacturer string // escaped
	Services     []service
	Profiles     []Profile
	Sources      []source
	StreamURI    string // escaped
	Fault        soapFault
}

// soapFault is a SOAP 1.2 fault with ONVIF's subcode (ONVIF Core, 5.8.2.2).
type soapFault struct {
	Code    string
	Subcode string
	Reason  string
}

var (
	notAuthorized = soapFault{"Sender", "NotAuthorized", "Sender not Authorized"}
	notSupported  = soapFault{"Receiver", "ActionNotSupported", "Optional Action Not Implemented"}
	noProfile     = soapFault{"Sender", "InvalidArgVal", "Profile token does not exist"}
	notWellFormed = soapFault{"Sender", "WellFormed", "Well-formed Error"}
)

// gb2312Maker is a maker's name in GB2312, which is not valid UTF-8.
const gb2312Maker = "\xba\xa3\xb0\xb6"

// reply gathers what any operation may tell to somebody who reached the device
// at that address.
func (d *Device) reply(at *net.TCPAddr) *reply {
	bad := &d.config.Faults
	now := d.now()
	r := &reply{
		Encoding: "UTF-8", Host: at.IP.String(), Base: "http://" + at.String(),
		Time: now, Month: int(now.Month()),
		Identity: d.config.Identity, Services: d.services(),
		Profiles: d.config.Profiles, Sources: sources(d.config.Profiles),
	}
	r.Manufacturer, _ = escape(r.Identity.Manufacturer) // a Builder takes all
	if bad.GB2312Prolog {
		r.Encoding = "GB2312"
	}
	if bad.GB2312Text {
		r.Manufacturer = gb2312Maker
	}
	if bad.MonthZero {
		r.Month = 0
	}
	if bad.NoProfiles {
		r.Profiles = nil
	}
	return r
}

func (d *Device) render(name string, r *reply) ([]byte, error) {
	var body bytes.Buffer
	if err := d.replies.ExecuteTemplate(&body, name+".xml", r); err != nil {
		return nil, fmt.Errorf("filling the reply %s: %w", name, err)
	}
	return body.Bytes(), nil
}

// streamURI is the profile's RTSP address, escaped for XML.
func (d *Device) streamURI(profile Profile, host string) string {
	bad := &d.config.Faults
	if bad.UnroutedURI {
		host = "0.0.0.0"
	}
	port := d.config.RTSPPort
	if bad.WebPortInURI {
		port = 80
	}
	at := url.URL{Scheme: "rtsp", Host: net.JoinHostPort(host, strconv.Itoa(port)), Path: profile.Path}
	uri, _ := escape(at.String())
	if bad.BareAmp {
		uri += "?channel=1&subtype=0"
	}
	if bad.CRLFInURI {
		uri = "\r\n" + uri + "\r\n"
	}
	return uri
}

// source is one entry of GetVideoSources.
type source struct {
	Token     string
	FrameRate int
	Width     int
	Height    int
}

// sources gives each video source once, with its largest profile's measures,
// which is the first.
func sources(profiles []Profile) []source {
	var all []source
	seen := map[string]bool{}
	for _, p := range profiles {
		if !seen[p.Source] {
			seen[p.Source] = true
			all = append(all, source{p.Source, p.FrameRate, p.Width, p.Height})
		}
	}
	return all
}
