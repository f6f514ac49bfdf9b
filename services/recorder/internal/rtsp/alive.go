package rtsp

import (
	"slices"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

// learn takes from what the camera says it knows how its session may be kept
// alive. What an earlier session found out stays first.
func (c *control) learn(public string) {
	ways := []base.Method{base.Options, base.GetParameter, base.SetParameter}
	if strings.Contains(strings.ToUpper(public), string(base.GetParameter)) {
		ways[0], ways[1] = ways[1], ways[0]
	}
	for _, way := range ways {
		if !slices.Contains(c.ways, way) {
			c.ways = append(c.ways, way)
		}
	}
}

// alive tells whether a request was one that keeps the session alive.
func (c *control) alive(method base.Method) bool {
	return c.url != nil && (method == base.Options || method == base.GetParameter || method == base.SetParameter)
}

// dismiss gives up a way that the camera refuses. The last one is kept: most
// cameras take any request for a sign of life, also one that they refuse.
func (c *control) dismiss(method base.Method) {
	if len(c.ways) > 1 && c.ways[0] == method {
		c.ways = c.ways[1:]
		signal(c.again)
	}
}

// signal says that there is something to do, once.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// pause is between two requests that keep the session alive.
func (c *control) pause() time.Duration {
	return max(min(c.lifetime()/2, maxPause), minPause)
}

// lifetime is how long the session lives without a request.
func (c *control) lifetime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life == 0 {
		return untold
	}
	return c.life
}

// way is how the session is kept alive at present.
func (c *control) way() base.Method {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ways) == 0 {
		return base.Options
	}
	return c.ways[0]
}

// begun says which URL the session's requests are for.
func (c *control) begun(u *base.URL) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.url = u
}

// own writes a request of the session, other than by gortsplib; nil where there
// is no session.
func (c *control) own(method base.Method) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.id == "" || c.url == nil {
		return nil
	}
	c.cseq++
	r := &base.Request{Method: method, URL: c.url, Header: base.Header{
		"CSeq": number(c.cseq), "Session": base.HeaderValue{c.id}, "User-Agent": base.HeaderValue{agent()},
	}}
	c.note(r)
	b, err := r.Marshal()
	if err != nil {
		return nil
	}
	return b
}
