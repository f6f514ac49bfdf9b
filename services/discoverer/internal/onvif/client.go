package onvif

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/donhk/istream/services/discoverer/internal/rtsp"
)

// The deadlines of a device.
const (
	callTime   = 5 * time.Second
	deviceTime = 20 * time.Second
	stagger    = 700 * time.Millisecond // between one candidate and the next
)

// Client talks to devices. It may be used by several goroutines.
type Client struct {
	// OnLink reports whether an address can be reached without a router.
	OnLink func(netip.Addr) bool

	transport *http.Transport
	now       func() time.Time
	answers   func(ctx context.Context, u *url.URL, port string) bool // by RTSP
	// Shorter in tests.
	callTime, deviceTime time.Duration
}

// NewClient makes a Client; Close it when done.
func NewClient(onLink func(netip.Addr) bool) *Client {
	return &Client{
		OnLink:     onLink,
		now:        time.Now,
		answers:    rtsp.Answers,
		callTime:   callTime,
		deviceTime: deviceTime,
		transport: &http.Transport{
			// Never by a proxy: cameras are on this network.
			Proxy:       nil,
			DialContext: dial,
			// Cameras that close a connection between two calls, and those with
			// few sockets, are served alike.
			DisableKeepAlives: true,
			// A small reply could grow without bound.
			DisableCompression:     true,
			MaxResponseHeaderBytes: 64 << 10,
			// A camera makes its own certificate; nothing is sent to it that
			// whoever stands between could use, as the password never is.
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		},
	}
}

// Close frees what is left of connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

func (c *Client) http(ctx context.Context, digest *digest) *http.Client {
	return &http.Client{
		Transport: &exchange{base: c.transport, ctx: ctx, limit: c.callTime, digest: digest},
		// A redirect may lead anywhere, and makes a GET of a POST.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
