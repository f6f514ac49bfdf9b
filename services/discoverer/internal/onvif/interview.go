package onvif

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/use-go/onvif/media"
	schema "github.com/use-go/onvif/xsd/onvif"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/address"
)

// Target is a device to be asked.
type Target struct {
	Candidates  []address.Candidate
	Credentials setting.Credentials
	// Strict: it may be something else than an ONVIF device.
	Strict bool
	// MAC is to be asked for, as the device has no endpoint reference.
	MAC bool
}

// Source is what a device sends of one of its video sources.
type Source struct {
	Token   string
	Streams []events.Stream // best first
}

// Report is what was learned of a device.
type Report struct {
	Base    *url.URL // where it answered; nil: nowhere
	Tried   []Try
	Info    Info
	Offset  time.Duration // the device's clock minus ours
	Sources []Source
	// Err is nil where there is something to record; an AuthError; ErrNoStream;
	// or what kept the device from answering.
	Err error
}

// Interview asks a device for everything, within 20 s.
func (c *Client) Interview(ctx context.Context, t Target) Report {
	ctx, cancel := context.WithTimeout(ctx, c.deviceTime)
	defer cancel()
	var r Report
	s, tried := c.reach(ctx, t.Candidates, t.Strict)
	r.Tried = tried
	if s == nil {
		r.Err = errors.New("it answers at none of its addresses")
		return r
	}
	s.credentials = t.Credentials
	r.Base, r.Offset = s.base, s.offset
	r.Err = s.interview(ctx, t, &r)
	return r
}

func (s *session) interview(ctx context.Context, t Target, r *Report) (err error) {
	if r.Info, err = s.information(ctx); err != nil {
		return fmt.Errorf("asking who it is: %w", err)
	}
	if t.MAC {
		r.Info.MAC = s.mac(ctx)
	}
	at, err := s.services(ctx)
	if err != nil {
		return fmt.Errorf("asking for its services: %w", err)
	}
	// Media 2 tells of H.265, which the first service keeps to itself.
	r.Sources, err = s.sources(ctx, at.media2, true)
	if _, refused := errors.AsType[*AuthError](err); len(r.Sources) == 0 && !refused && at.media1 != nil {
		r.Sources, err = s.sources(ctx, at.media1, false)
	}
	switch {
	case len(r.Sources) > 0:
		return nil
	case err != nil:
		return fmt.Errorf("asking for its streams: %w", err)
	}
	return ErrNoStream
}

// sources asks one media service for all that can be recorded. What a device
// can't tell of one profile takes nothing from the others.
func (s *session) sources(ctx context.Context, at []*url.URL, second bool) ([]Source, error) {
	if at == nil {
		return nil, nil
	}
	all, err := s.listProfiles(ctx, &at, second)
	if err != nil {
		return nil, err
	}
	var found []Source
	var fault error
	for _, channel := range channels(all) {
		source := Source{Token: channel.source}
		for _, p := range channel.profiles[:min(len(channel.profiles), maxStreams)] {
			stream, err := s.stream(ctx, &at, p, second)
			if _, refused := errors.AsType[*AuthError](err); refused {
				return nil, err
			}
			if err != nil {
				fault = err
				continue
			}
			source.add(stream)
		}
		if len(source.Streams) > 0 {
			found = append(found, source)
		}
	}
	if Unreached(fault) && len(found) == 0 {
		return nil, fault
	}
	if fault != nil && len(found) == 0 {
		return nil, fmt.Errorf("%w (%w)", ErrNoStream, fault)
	}
	return found, nil
}

// add leaves out a stream that another profile has already named.
func (s *Source) add(stream events.Stream) {
	for _, known := range s.Streams {
		if known.URI == stream.URI {
			return
		}
	}
	s.Streams = append(s.Streams, stream)
}

// stream asks where a profile's stream is. A connection that breaks here, as
// some do after GetProfiles, is given a second try.
func (s *session) stream(ctx context.Context, at *[]*url.URL, p profile, second bool) (events.Stream, error) {
	var request any = media.GetStreamUri{
		StreamSetup:  schema.StreamSetup{Stream: "RTP-Unicast", Transport: schema.Transport{Protocol: "RTSP"}},
		ProfileToken: schema.ReferenceToken(p.token),
	}
	if second {
		request = media2StreamURI{Protocol: "RTSP", Profile: p.token}
	}
	body, err := s.callAny(ctx, at, request)
	if Unreached(err) && ctx.Err() == nil {
		body, err = s.callAny(ctx, at, request)
	}
	if err != nil {
		return events.Stream{}, err
	}
	uri, err := StreamURI(body.First("Uri").Text(), s.base.Hostname(), s.client.OnLink)
	if err != nil {
		return events.Stream{}, err
	}
	name := p.name
	if name == "" {
		name = Plain(p.token, maxName)
	}
	return events.Stream{Name: name, URI: s.client.rightPort(ctx, uri), Codec: p.codec, Width: p.width, Height: p.height, FrameRate: p.frameRate}, nil
}

// rightPort mends rtsp://camera:80/, where some have RTSP on 554 all the same.
func (c *Client) rightPort(ctx context.Context, uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Port() != "80" || c.answers(ctx, u, "80") || !c.answers(ctx, u, "554") {
		return uri
	}
	u.Host = withPort(u.Hostname(), "")
	return u.String()
}
