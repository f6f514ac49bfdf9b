package onvif

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/donhk/istream/services/discoverer/internal/address"
)

// Try tells how one address of a device fared.
type Try struct {
	Address string `json:"address"`
	Error   string `json:"error,omitempty"` // empty: it answered
}

// reach finds the address at which a device answers. Each candidate has a
// start on the next, so that the order counts without a silent one delaying
// the rest.
func (c *Client) reach(ctx context.Context, candidates []address.Candidate, strict bool) (*session, []Try) {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before the wait
	type result struct {
		index   int
		session *session
		err     error
	}
	results := make(chan result, len(candidates))
	start := func(i int) {
		running.Go(func() {
			s := &session{client: c, base: candidates[i].URL}
			results <- result{i, s, s.greet(ctx, strict || candidates[i].Guess)}
		})
	}
	tries := make([]Try, 0, len(candidates))
	next, done := 0, 0
	for done < len(candidates) && ctx.Err() == nil {
		if next < len(candidates) {
			tries = append(tries, Try{Address: candidates[next].URL.String(), Error: "not awaited"})
			start(next)
			next++
		}
		timer := time.NewTimer(stagger)
		if next == len(candidates) {
			timer.Stop() // nobody is left to wait for a start
		}
		select {
		case r := <-results:
			done++
			tries[r.index].Error = ""
			if r.err == nil {
				timer.Stop()
				return r.session, tries
			}
			tries[r.index].Error = Plain(r.err.Error(), 200)
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil, tries
}

// bases are the URLs at which a service may be that tells of itself as raw.
// Its host is another one behind NAT, its port is mostly right.
func (s *session) bases(raw string) []*url.URL {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return []*url.URL{s.base}
	}
	u.User, u.Fragment = nil, ""
	if u.Hostname() == s.base.Hostname() {
		return []*url.URL{u}
	}
	moved, here := *u, *u
	moved.Host = withPort(s.base.Hostname(), u.Port())
	here.Scheme, here.Host = s.base.Scheme, s.base.Host
	if moved.Host == here.Host && moved.Scheme == here.Scheme {
		return []*url.URL{&moved}
	}
	return []*url.URL{&moved, &here}
}

func withPort(host, port string) string {
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
