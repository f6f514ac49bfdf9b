package events

import (
	"strconv"
	"time"
)

// Version is the `v` of every payload: raised when a field changes its meaning.
const Version = 1

// Event is anything that goes over the bus.
type Event interface {
	// Subject is where the event is published.
	Subject() string
	// MsgID is the Nats-Msg-Id: equal for equal news. Empty: never persisted.
	MsgID() string
}

// Seconds is a duration that JSON shows as seconds with milliseconds: 60.04.
type Seconds time.Duration

// MarshalJSON writes d as a JSON number of seconds.
func (d Seconds) MarshalJSON() ([]byte, error) {
	ms := time.Duration(d).Round(time.Millisecond)
	return strconv.AppendFloat(nil, ms.Seconds(), 'f', -1, 64), nil
}

// UnmarshalJSON reads a JSON number of seconds.
func (d *Seconds) UnmarshalJSON(b []byte) error {
	s, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return err
	}
	*d = Seconds(time.Duration(s * float64(time.Second)).Round(time.Millisecond))
	return nil
}

// Duration is d as the time package knows it.
func (d Seconds) Duration() time.Duration { return time.Duration(d) }
