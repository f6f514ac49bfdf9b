// Package viewer watches a stream in the tests of camsim.
package viewer

import (
	"context"
	"fmt"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"
)

// Frame is one access unit, or one batch of audio.
type Frame struct {
	Media *description.Media
	AU    [][]byte // nil for audio
	PTS   int64    // ticks of the format's clock
}

// Viewer is a session that plays.
type Viewer struct {
	Desc   *description.Session
	Frames <-chan Frame
	Gone   <-chan error // the session's end
	client *gortsplib.Client
}

// frameQueue is so long that a test that reads slowly loses nothing.
const frameQueue = 4096

// Watch plays the address over the protocol until the context ends or Close.
func Watch(ctx context.Context, address string, protocol gortsplib.Protocol) (*Viewer, error) {
	target, err := base.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", address, err)
	}
	client := &gortsplib.Client{
		Scheme: target.Scheme, Host: target.Host, Protocol: &protocol,
		ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second,
	}
	if err := client.Start(); err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", target.Host, err)
	}
	v := &Viewer{client: client}
	if err := v.play(target); err != nil {
		client.Close()
		return nil, err
	}
	context.AfterFunc(ctx, client.Close)
	return v, nil
}

func (v *Viewer) play(target *base.URL) error {
	var err error
	if v.Desc, _, err = v.client.Describe(target); err != nil {
		return fmt.Errorf("describing: %w", err)
	}
	if err := v.client.SetupAll(v.Desc.BaseURL, v.Desc.Medias); err != nil {
		return fmt.Errorf("setting up: %w", err)
	}
	frames := make(chan Frame, frameQueue)
	v.Frames = frames
	for _, media := range v.Desc.Medias {
		if err := v.collect(media, frames); err != nil {
			return err
		}
	}
	if _, err := v.client.Play(nil); err != nil {
		return fmt.Errorf("playing: %w", err)
	}
	gone := make(chan error, 1)
	v.Gone = gone
	go func() { gone <- v.client.Wait() }()
	return nil
}

func (v *Viewer) collect(media *description.Media, frames chan<- Frame) error {
	decode, err := decoder(media.Formats[0])
	if err != nil {
		return err
	}
	v.client.OnPacketRTP(media, media.Formats[0], func(packet *rtp.Packet) {
		au, err := decode(packet)
		pts, ok := v.client.PacketPTS(media, packet)
		if err != nil || !ok {
			return
		}
		select {
		case frames <- Frame{Media: media, AU: au, PTS: pts}:
		default: // the test has read enough
		}
	})
	return nil
}

func decoder(form format.Format) (func(*rtp.Packet) ([][]byte, error), error) {
	switch form := form.(type) {
	case *format.H264:
		d, err := form.CreateDecoder()
		if err != nil {
			return nil, fmt.Errorf("making the H.264 decoder: %w", err)
		}
		return d.Decode, nil
	case *format.H265:
		d, err := form.CreateDecoder()
		if err != nil {
			return nil, fmt.Errorf("making the H.265 decoder: %w", err)
		}
		return d.Decode, nil
	}
	return func(*rtp.Packet) ([][]byte, error) { return nil, nil }, nil
}

// Close ends the session.
func (v *Viewer) Close() { v.client.Close() }
