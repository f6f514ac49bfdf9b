package events

import "time"

// The services that answer on StatusSubject.
const (
	ServiceBus        = "bus"
	ServiceDiscoverer = "discoverer"
	ServiceRecorder   = "recorder"
	ServiceShipper    = "shipper"
	ServiceJanitor    = "janitor"
)

// DiscovererStatus is the discoverer's answer.
type DiscovererStatus struct {
	Site     string    `json:"site"`
	Scans    uint64    `json:"scans"`
	LastScan time.Time `json:"last_scan,omitzero"`
	NICs     []string  `json:"nics"`
	Cameras  []Camera  `json:"cameras"`
}

// RecorderStatus is one recorder's answer; several recorders answer.
type RecorderStatus struct {
	Site    string           `json:"site"`
	ID      string           `json:"id"` // of this recorder
	Cameras []RecorderCamera `json:"cameras"`
	Error   string           `json:"error,omitempty"` // of the spool
}

// RecorderCamera is a camera that a recorder holds.
type RecorderCamera struct {
	Camera   string    `json:"camera"`
	State    string    `json:"state"` // recording, connecting, waiting
	Since    time.Time `json:"since"`
	Error    string    `json:"error,omitempty"`
	Cause    Cause     `json:"cause,omitempty"`
	Codec    string    `json:"codec,omitempty"`
	Frame    time.Time `json:"frame,omitzero"` // arrival of the newest frame on disk
	Segments uint64    `json:"segments"`       // closed since the recorder started
	Bytes    uint64    `json:"bytes"`          // written since the recorder started
}

// ShipperStatus is the shipper's answer.
type ShipperStatus struct {
	Site     string          `json:"site"`
	Cameras  []ShipperCamera `json:"cameras"`
	Segments int             `json:"segments"` // waiting in the spool
	Bytes    int64           `json:"bytes"`    // waiting in the spool
	Uploaded uint64          `json:"uploaded"` // segments since the shipper started
	Sent     uint64          `json:"sent"`     // bytes since the shipper started
	Online   bool            `json:"online"`   // the last call to the store succeeded, or none was made yet
	Since    time.Time       `json:"since"`    // when Online last changed
	Error    string          `json:"error,omitempty"`
}

// ShipperCamera is a camera's part of the backlog.
type ShipperCamera struct {
	Camera   string    `json:"camera"`
	Newest   time.Time `json:"newest,omitzero"` // last frame that is in the bucket
	Segments int       `json:"segments"`
	Bytes    int64     `json:"bytes"`
}

// JanitorStatus is the janitor's answer.
type JanitorStatus struct {
	Site       string    `json:"site"`
	Quota      int64     `json:"quota"` // bytes
	Used       int64     `json:"used"`  // bytes of footage, tails included
	Objects    int       `json:"objects"`
	Oldest     time.Time `json:"oldest,omitzero"` // start of the oldest segment
	Newest     time.Time `json:"newest,omitzero"` // start of the newest segment
	Events     string    `json:"events"`          // nats or poll: what keeps it current
	Deleted    uint64    `json:"deleted"`         // objects since the janitor started
	Reconciled time.Time `json:"reconciled,omitzero"`
	Error      string    `json:"error,omitempty"`
}
