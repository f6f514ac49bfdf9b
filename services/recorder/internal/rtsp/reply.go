package rtsp

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

// mender makes gortsplib take replies in which what is meant is plain. It knows
// what was asked last.
type mender struct {
	url       *base.URL
	transport string
}

// request remembers what is asked.
func (m *mender) request(r *base.Request) {
	m.url, m.transport = r.URL, ""
	if given := r.Header["Transport"]; len(given) == 1 {
		m.transport = given[0]
	}
}

// reply mends the answer.
func (m *mender) reply(r *base.Response) {
	if given, ok := r.Header["Content-Base"]; ok {
		if mended := m.location(given[0]); mended == "" {
			delete(r.Header, "Content-Base")
		} else {
			r.Header["Content-Base"] = base.HeaderValue{mended}
		}
	}
	if given, ok := r.Header["Transport"]; ok && strings.Contains(m.transport, "/TCP") {
		r.Header["Transport"] = base.HeaderValue{overTCP(given[0], m.transport)}
	}
	r.Body = tolerate(relocate(r.Body, m.location))
}

var scheme = regexp.MustCompile(`^(?i:[a-z]+:/+)+`)

// location mends the address under which a camera says that its stream is. What
// counts is its path: the host is the one that was asked, since cameras know
// themselves under addresses that nobody else does. It is "" where there is no
// telling.
func (m *mender) location(given string) string {
	given = strings.TrimSpace(given)
	bare := scheme.ReplaceAllString(given, "")
	if m.url == nil || bare == "" {
		return ""
	}
	host, path, _ := strings.Cut(bare, "/")
	switch {
	case given[0] == '/' && !strings.HasPrefix(given, "//"):
		path = given[1:]
	case bare == given && !strings.HasPrefix(given, "//") && !strings.ContainsAny(host, ".:"):
		return "" // relative to what?
	case strings.HasPrefix(given, "//"):
		_, path, _ = strings.Cut(given[2:], "/")
	}
	at := m.url.Scheme + "://" + m.url.Host + "/" + path
	if _, err := base.ParseURL(at); err != nil {
		return ""
	}
	return at
}

var channels = regexp.MustCompile(`(?i)interleaved\s*=\s*(\d+)`)

// overTCP writes the transport as it is meant, where a stream over TCP was
// asked for: on the channels that are told, else on those asked for.
func overTCP(given, asked string) string {
	pair := channels.FindStringSubmatch(given)
	if pair == nil {
		if !strings.Contains(strings.ToUpper(given), "/TCP") {
			return given // UDP is meant
		}
		pair = channels.FindStringSubmatch(asked)
	}
	if pair == nil {
		return given
	}
	first, err := strconv.Atoi(pair[1])
	if err != nil || first > maxChannel {
		return given
	}
	profile := "RTP/AVP/TCP"
	if strings.Contains(asked, "SAVP") {
		profile = "RTP/SAVP/TCP"
	}
	return profile + ";unicast;interleaved=" + strconv.Itoa(first) + "-" + strconv.Itoa(first+1)
}

// maxChannel leaves room for the one after it: channels are a byte.
const maxChannel = 254
