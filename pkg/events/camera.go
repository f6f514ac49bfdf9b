package events

import (
	"strconv"
	"time"
)

// CameraChange is what the discoverer noticed.
type CameraChange string

// The changes.
const (
	CameraFound   CameraChange = "found"
	CameraUpdated CameraChange = "updated"
	CameraLost    CameraChange = "lost"
)

// CameraState is a camera's condition in words that its owner understands.
type CameraState string

// The states.
const (
	CameraReady       CameraState = "ready"       // has a stream to record
	CameraAuth        CameraState = "auth"        // authentication failed
	CameraUnreachable CameraState = "unreachable" // answers at none of its addresses
	CameraNoStream    CameraState = "no-stream"   // answers, but offers no stream
	CameraGone        CameraState = "lost"        // unseen for some scans
)

// Camera is what is known of a camera: the event, and the value in KVCameras.
type Camera struct {
	V            int          `json:"v"`
	Change       CameraChange `json:"change"`
	Site         string       `json:"site"`
	ID           string       `json:"camera"`             // stable over addresses and restarts
	Endpoint     string       `json:"endpoint,omitempty"` // WS-Discovery endpoint reference
	Address      string       `json:"address,omitempty"`  // host:port that answered
	NIC          string       `json:"nic,omitempty"`
	Manufacturer string       `json:"manufacturer,omitempty"`
	Model        string       `json:"model,omitempty"`
	Firmware     string       `json:"firmware,omitempty"`
	Serial       string       `json:"serial,omitempty"`
	MAC          string       `json:"mac,omitempty"`     // 12 lower hex digits, as the camera tells it
	Source       string       `json:"source,omitempty"`  // token of the video source: a DVR is one camera for each
	Streams      []Stream     `json:"streams,omitempty"` // main first
	ClockOffset  Seconds      `json:"clock_offset"`      // camera minus us
	State        CameraState  `json:"state"`
	Error        string       `json:"error,omitempty"`
	Since        time.Time    `json:"since"` // when State began
	Revision     uint64       `json:"revision"`
	At           time.Time    `json:"at"`
}

// Stream is one picture that a camera offers.
type Stream struct {
	Name      string  `json:"name"`
	URI       string  `json:"uri"` // rtsp or rtsps, never with credentials
	Codec     string  `json:"codec,omitempty"`
	Width     int     `json:"width,omitempty"`
	Height    int     `json:"height,omitempty"`
	FrameRate float64 `json:"frame_rate,omitempty"`
}

// Subject implements Event.
func (c Camera) Subject() string { return CameraSubject(c.Site, c.ID, c.Change) }

// MsgID implements Event; the revision grows with each change.
func (c Camera) MsgID() string {
	return "camera:" + c.Site + "/" + c.ID + "/" + strconv.FormatUint(c.Revision, 10)
}
