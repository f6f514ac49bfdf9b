package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/donhk/istream/pkg/setting"
)

// limits are the times after which a call gives up.
type limits struct {
	dial   time.Duration // until connected
	acked  time.Duration // until what was sent is acknowledged
	moving time.Duration // until a byte moves, either way
	reply  time.Duration // from the request's end to the reply's beginning
	expect time.Duration // until a store asks for the body; it is sent all the same
	idle   time.Duration // until an unused connection is closed
}

var usualLimits = limits{
	dial: 10 * time.Second, acked: 25 * time.Second, moving: time.Minute,
	reply: 30 * time.Second, expect: 3 * time.Second, idle: 45 * time.Second,
}

func newTransport(caFile string, l limits) (*http.Transport, error) {
	roots, err := trusted(caFile)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{
		Timeout: l.dial,
		// Probes find a dead peer where nothing is being sent.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: l.acked / 2, Interval: l.acked / 5, Count: 3},
		Control:         userTimeout(l.acked),
	}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &moving{Conn: c, limit: l.moving}, nil
		},
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   l.dial,
		ResponseHeaderTimeout: l.reply,
		ExpectContinueTimeout: l.expect,
		IdleConnTimeout:       l.idle,
		MaxIdleConnsPerHost:   8,
		DisableCompression:    true,
	}, nil
}

func trusted(caFile string) (*x509.CertPool, error) {
	if caFile == "" {
		return nil, nil // the system's
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, setting.Fault("S3_CA_FILE", "can't be read: "+errors.Unwrap(err).Error(), caFile)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's certificates: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, setting.Fault("S3_CA_FILE", "holds no certificate in PEM", caFile)
	}
	return roots, nil
}

// moving is a connection that ends when nothing has moved for a while. A slow
// line is no fault; one that stands still is, also where the other end's
// kernel goes on answering.
type moving struct {
	net.Conn
	limit time.Duration
}

// Read implements net.Conn.
func (c *moving) Read(p []byte) (int, error) {
	c.extend()
	return c.Conn.Read(p)
}

// Write implements net.Conn. It also gives a Read that waits for the reply its
// full time again.
func (c *moving) Write(p []byte) (int, error) {
	c.extend()
	n, err := c.Conn.Write(p)
	c.extend()
	return n, err
}

// extend fails only where the connection is closed, which Read and Write tell
// better.
func (c *moving) extend() { _ = c.SetDeadline(time.Now().Add(c.limit)) }

// continuing lets the store look at the head of a large request before the
// body is sent: a refusal then costs no line, and its reason is not lost with
// a connection that the store has to cut.
type continuing struct{ next http.RoundTripper }

const worthAsking = 1 << 20 // bytes

// RoundTrip implements http.RoundTripper.
func (c continuing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.ContentLength >= worthAsking {
		r = r.Clone(r.Context())
		r.Header.Set("Expect", "100-continue")
	}
	return c.next.RoundTrip(r)
}
