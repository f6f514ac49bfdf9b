package setting

import (
	"fmt"
	"slices"
	"strings"
)

// Transport is how a camera's packets are to come.
type Transport string

// The transports.
const (
	TransportTCP  Transport = "tcp"  // over the RTSP connection itself
	TransportUDP  Transport = "udp"  // each on its own; some may be lost
	TransportHTTP Transport = "http" // RTSP through HTTP
	TransportAuto Transport = "auto" // tcp, or udp where the camera refuses that
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Transport) UnmarshalText(b []byte) error {
	return choose(t, b, TransportTCP, TransportUDP, TransportHTTP, TransportAuto)
}

// Quality is which of a camera's streams is meant.
type Quality string

// The qualities.
const (
	QualityMain Quality = "main" // the largest picture
	QualitySub  Quality = "sub"  // the next smaller one
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (q *Quality) UnmarshalText(b []byte) error { return choose(q, b, QualityMain, QualitySub) }

func choose[T ~string](to *T, b []byte, of ...T) error {
	if value := T(strings.ToLower(strings.TrimSpace(string(b)))); slices.Contains(of, value) {
		*to = value
		return nil
	}
	return fmt.Errorf("is none of %s", list(of))
}

func list[T ~string](of []T) string {
	words := make([]string, len(of))
	for i, one := range of {
		words[i] = string(one)
	}
	return strings.Join(words, ", ")
}
