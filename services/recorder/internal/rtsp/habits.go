package rtsp

import (
	"slices"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

// Habits are what sessions with a camera found out, for those that come after.
// The zero value knows nothing. They are one session's at a time.
type Habits struct {
	url         string      // of which they hold
	port        string      // on which it answered, where not on the URL's
	udp         bool        // it refused TCP
	way         base.Method // that keeps its sessions alive
	certificate string      // that it showed last, its SHA-256
}

// of forgets what was found out at another URL, but for the certificate.
func (h *Habits) of(url string) *Habits {
	if h == nil {
		h = &Habits{}
	}
	if h.url != url {
		*h = Habits{url: url, certificate: h.certificate}
	}
	return h
}

// ways is every way to keep a session alive.
var ways = []base.Method{base.Options, base.GetParameter, base.SetParameter}

// after is the way to try after one that did not help.
func after(way base.Method) base.Method {
	return ways[(slices.Index(ways, way)+1)%len(ways)]
}
