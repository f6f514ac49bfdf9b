package onvif

import (
	"log/slog"

	"github.com/donhk/istream/cmd/camsim/faults"
)

// Auth is the way a device checks who asks.
type Auth string

// The ways of asking for credentials.
const (
	AuthNone   Auth = "none"
	AuthToken  Auth = "token"  // WS-Security UsernameToken alone, a SOAP fault without it
	AuthDigest Auth = "digest" // HTTP Digest alone, 401 without it
	AuthBoth   Auth = "both"   // either, 401 without one
)

// Config says what the device is.
type Config struct {
	Address  string // host:port; port 0 takes a free one
	Auth     Auth
	User     string
	Password string
	Identity Identity
	Profiles []Profile
	Media2   bool // the Media2 service is there as well
	RTSPPort int
	Faults   faults.Faults
	Log      *slog.Logger
}

// Identity is what the device says of itself.
type Identity struct {
	Manufacturer string
	Model        string
	Firmware     string
	Serial       string
	Hardware     string
	MAC          string // as 00:11:22:33:44:55
	Scopes       []string
}

// Profile is one media profile.
type Profile struct {
	Token     string
	Name      string
	Source    string // token of the video source
	Encoding  string // H264 or H265
	Width     int
	Height    int
	FrameRate int
	GOP       int
	KiloBits  int64
	Path      string // of the RTSP address
}

// onlyMedia2 tells what Media1 has no name for (ONVIF Media, 5.2.15:
// VideoEncoding knows JPEG, MPEG4 and H264 alone).
func (p Profile) onlyMedia2() bool { return p.Encoding == "H265" }
