package onvif

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"text/template"
	"time"
)

// Device is an ONVIF device that listens.
type Device struct {
	config   Config
	listener net.Listener
	replies  *template.Template
	nonce    string // of HTTP Digest, one for the device's life
}

// Listen opens the port. Run or Close has to follow.
func Listen(config Config) (*Device, error) {
	replies, err := templates()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", config.Address)
	if err != nil {
		return nil, fmt.Errorf("listening for ONVIF: %w", err)
	}
	return &Device{config: config, listener: listener, replies: replies, nonce: rand.Text()}, nil
}

// Addr is the address the device listens on.
func (d *Device) Addr() *net.TCPAddr { return d.listener.Addr().(*net.TCPAddr) }

// Close ends a device that is not run.
func (d *Device) Close() error { return d.listener.Close() }

// Run serves until the context ends.
func (d *Device) Run(ctx context.Context) error {
	server := &http.Server{
		Handler:           d,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
	closed := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { closed <- server.Close() })
	err := server.Serve(d.listener)
	if stop() {
		return fmt.Errorf("serving ONVIF: %w", errors.Join(err, server.Close()))
	}
	if err := <-closed; err != nil {
		return fmt.Errorf("closing the ONVIF server: %w", err)
	}
	return nil
}

// now is the device's clock, in whole seconds as ONVIF tells it.
func (d *Device) now() time.Time {
	return time.Now().UTC().Add(d.config.Faults.ClockOffset).Truncate(time.Second)
}

func (d *Device) profile(token string) (Profile, bool) {
	at := slices.IndexFunc(d.config.Profiles, func(p Profile) bool { return p.Token == token })
	if at < 0 {
		return Profile{}, false
	}
	return d.config.Profiles[at], true
}
