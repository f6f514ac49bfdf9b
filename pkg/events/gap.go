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
//
// Where the wall clock stepped, time is missing that never passed (a step
// forward, whose gap is as long as Step), or passed twice (a step back, whose
// gap has no length and a negative Step). A gap that was told under a clock
// that turned out wrong is told again, closed, with Was; one that turned out to
// be none ends where it starts.
type Gap struct {
	V      int       `json:"v"`
	State  GapState  `json:"state"`
	Site   string    `json:"site"`
	Camera string    `json:"camera"`
	Cause  Cause     `json:"cause"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end,omitzero"`   // zero while open
	Step   Seconds   `json:"step,omitempty"` // of the wall clock; it is no time that passed
	Was    time.Time `json:"was,omitzero"`   // the start it was told with before
	Detail string    `json:"detail,omitempty"`
}

// Subject implements Event.
func (g Gap) Subject() string { return GapSubject(g.Site, g.Camera, g.State) }

// MsgID implements Event. Two gaps may begin at one time, since clocks step and
// causes change; and one may be told again with another end.
func (g Gap) MsgID() string {
	id := "gap:" + string(g.State) + ":" + g.Site + "/" + g.Camera + "/" + FormatStart(g.Start) + "/" + string(g.Cause)
	if g.State == GapClosed {
		id += "/" + FormatStart(g.End)
	}
	return id
}
