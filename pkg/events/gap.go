package events

import "time"

// GapState tells a gap's two ends apart.
type GapState string

// A gap opens when footage stops and closes when it goes on.
const (
	GapOpened GapState = "opened"
	GapClosed GapState = "closed"
)

// Cause is why a camera was not recorded.
type Cause string

// The causes of gaps.
const (
	CauseCamera   Cause = "camera"   // it answers, but sends no usable frames
	CauseAuth     Cause = "auth"     // it refuses the credentials
	CauseNetwork  Cause = "network"  // it cannot be reached
	CauseDisk     Cause = "disk"     // the spool cannot be written
	CauseDropped  Cause = "dropped"  // recorded, then given up for the spool's bound
	CauseClock    Cause = "clock"    // the wall clock stepped
	CauseRecorder Cause = "recorder" // nobody was recording
)

// Gap tells of one end of a stretch of time without footage.
type Gap struct {
	V      int       `json:"v"`
	State  GapState  `json:"state"`
	Site   string    `json:"site"`
	Camera string    `json:"camera"`
	Cause  Cause     `json:"cause"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end,omitzero"` // zero while open
	Detail string    `json:"detail,omitempty"`
}

// Subject implements Event.
func (g Gap) Subject() string { return GapSubject(g.Site, g.Camera, g.State) }

// MsgID implements Event.
func (g Gap) MsgID() string {
	return "gap:" + string(g.State) + ":" + g.Site + "/" + g.Camera + "/" + FormatStart(g.Start)
}
