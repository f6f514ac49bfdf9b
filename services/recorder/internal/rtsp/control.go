package rtsp

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

const (
	// untold is how long a session lives whose camera does not say (RFC 2326, 12.37).
	untold = time.Minute
	// maxPause is between two requests that keep a session alive, however
	// long it may live: something on the way may forget the connection.
	maxPause = 30 * time.Second
	minPause = time.Second / 2
	// longestLife bounds what a camera may say of its sessions.
	longestLife = 24 * time.Hour
)

// never is a time-out for gortsplib to believe in, which then does not keep the
// session alive in its own way.
const never = ";timeout=3153600000"

// control sees every request and reply of a connection. It signs requests, and
// knows of the session what its own requests need: those that keep it alive and
// the one that ends it.
type control struct {
	mu    sync.Mutex
	login login
	mend  mender
	fault error // why the latest challenge can't be answered
	retry bool  // it can, which was not tried yet

	cseq  int
	asked map[int]question // not answered yet, by CSeq

	location string // where the camera sent us on to
	id       string // of the session
	life     time.Duration
	url      *base.URL // of the session

	ways  []base.Method // of keeping alive, best first
	again chan struct{} // keep alive once more at once: the last try was refused
	stay  chan struct{} // end once more: that was refused for its challenge
	gone  chan struct{} // closed when the camera does not know the session any more
	left  chan struct{} // closed when it has confirmed the end
}

// question is a request that is not answered yet.
type question struct {
	method    base.Method
	challenge int // that it answers
}

// pending bounds what is remembered of a camera that answers nothing.
const pending = 32

// newControl is of a new connection; way is how the session is kept alive, if
// that is known.
func newControl(l login, way base.Method) *control {
	c := &control{
		login: l, asked: map[int]question{},
		again: make(chan struct{}, 1), stay: make(chan struct{}, 1), gone: make(chan struct{}), left: make(chan struct{}),
	}
	if way != "" {
		c.ways = []base.Method{way}
	}
	return c
}

// request is gortsplib's OnRequest.
func (c *control) request(r *base.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, err := strconv.Atoi(first(r.Header["CSeq"])); err == nil {
		c.cseq = n
	}
	c.mend.request(r)
	c.note(r)
}

func (c *control) note(r *base.Request) {
	if len(c.asked) == pending {
		clear(c.asked)
	}
	c.asked[c.cseq] = question{r.Method, c.login.sign(r)}
}

// reply is gortsplib's OnResponse, called before gortsplib looks at it.
func (c *control) reply(r *base.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := c.answered(r)
	method := asked.method
	c.mend.reply(r)
	switch {
	case r.StatusCode == base.StatusUnauthorized:
		again, err := c.login.challenged(r.Header["WWW-Authenticate"], asked.challenge)
		c.fault, c.retry = err, again
		if again && method == base.Teardown {
			signal(c.stay)
			return
		}
		if again && c.alive(method) {
			signal(c.again)
			return
		}
	case r.StatusCode < base.StatusBadRequest:
		c.login.accepted(asked.challenge)
	}
	if r.StatusCode >= base.StatusMovedPermanently && r.StatusCode <= base.StatusUseProxy {
		// gortsplib would follow without an end.
		c.location = first(r.Header["Location"])
		delete(r.Header, "Location")
	}
	c.session(r)
	c.concerning(method, r)
}

// answered finds what a reply is to.
func (c *control) answered(r *base.Response) question {
	n, err := strconv.Atoi(strings.TrimSpace(first(r.Header["CSeq"])))
	if err != nil {
		n = c.cseq // the latest
	}
	asked := c.asked[n]
	delete(c.asked, n)
	return asked
}

// session reads the header of that name, and puts one into its place that
// gortsplib understands.
func (c *control) session(r *base.Response) {
	text := first(r.Header["Session"])
	if text == "" {
		return
	}
	id, life := parseSession(text)
	if life > 0 {
		c.life = life
	}
	c.id = id
	r.Header["Session"] = base.HeaderValue{id + never}
}

// parseSession is lenient: "66334873; Timeout = 60 s" will do. life is 0 where
// none is told.
func parseSession(text string) (id string, life time.Duration) {
	id, rest, _ := strings.Cut(text, ";")
	for parameter := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "timeout") {
			continue
		}
		value = strings.Trim(value, " \t\"'sS")
		if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
			life = time.Duration(min(seconds, longestLife.Seconds()) * float64(time.Second))
		}
	}
	return strings.TrimSpace(id), life
}

// concerning looks at what a reply says of the method it is to.
func (c *control) concerning(method base.Method, r *base.Response) {
	refused := r.StatusCode >= base.StatusBadRequest && r.StatusCode != base.StatusUnauthorized
	switch {
	case method == base.Teardown:
		shut(c.left)
	case r.StatusCode == base.StatusSessionNotFound:
		shut(c.gone)
	case method == base.Options && c.url == nil && r.StatusCode != base.StatusUnauthorized:
		c.learn(first(r.Header["Public"]))
		if refused {
			// Who does not know OPTIONS may know the rest.
			r.StatusCode, r.StatusMessage = base.StatusOK, "OK"
		}
	case c.alive(method) && refused:
		c.dismiss(method)
	}
}

// tryAgain tells, once, whether a request that was refused may succeed now that
// there is another challenge.
func (c *control) tryAgain() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	again := c.retry
	c.retry = false
	return again
}

// sentOn is where the camera says that the stream is, if elsewhere.
func (c *control) sentOn() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.location
}

// unanswered is why its challenge can't be answered.
func (c *control) unanswered() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault
}

// demand is gortsplib's OnServerRequest. gortsplib answers OPTIONS alone; some
// cameras ask for more, and all that is asked for is an answer.
func demand(r *base.Request) {
	switch r.Method {
	case base.GetParameter, base.SetParameter, base.Announce:
		r.Method = base.Options
	}
}

func shut(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

func number(n int) base.HeaderValue { return base.HeaderValue{strconv.Itoa(n)} }

func first(v base.HeaderValue) string {
	if len(v) == 0 {
		return ""
	}
	return v[0]
}
