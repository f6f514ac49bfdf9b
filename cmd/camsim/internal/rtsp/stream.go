package rtsp

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/description"

	"github.com/donhk/istream/cmd/camsim/clip"
)

// stream plays one clip to whoever views it.
type stream struct {
	server  *Server
	player  clip.Player
	out     *gortsplib.ServerStream
	video   *track
	audio   *track
	viewers atomic.Int64
	arrived chan struct{} // a viewer came
	sent    int           // frames since the first viewer, or since the last death
	stamps  stamps
	other   [][]byte     // parameter sets in place of the clip's own, in turn with them
	newest  atomic.Int64 // number of the latest frame sent; -1: none
}

var errUnwatched = errors.New("nobody is watching")

func newStream(server *Server, of Stream) (*stream, error) {
	bad := &server.config.Faults
	s := &stream{server: server, arrived: make(chan struct{}, 1), stamps: stamps{bad: bad}}
	s.newest.Store(-1)
	s.player = clip.Player{
		Sequence: clip.NewSequence(of.Clip, server.config.Camera),
		Speed:    server.config.Speed,
		Start:    server.start,
	}
	s.player.Sequence.InBand = !bad.SDPParamsOnly
	s.other = of.Clip.Video.OtherParameters()
	var err error
	var medias []*description.Media
	if !bad.AudioOnly {
		if s.video, err = videoTrack(&of.Clip.Video, !bad.NoSDPParams); err != nil {
			return nil, err
		}
		medias = append(medias, s.video.media)
	}
	if of.Clip.Audio != nil {
		if s.audio, err = audioTrack(of.Clip.Audio); err != nil {
			return nil, err
		}
		medias = append(medias, s.audio.media)
	}
	s.out = &gortsplib.ServerStream{Server: server.core, Desc: &description.Session{Title: "Media Server", Medias: medias}}
	if err := s.out.Initialize(); err != nil {
		return nil, fmt.Errorf("describing it: %w", err)
	}
	return s, nil
}

// run plays whenever somebody watches.
func (s *stream) run(ctx context.Context) error {
	defer s.out.Close()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.arrived:
		}
		s.sent = 0
		if err := s.player.Play(ctx, s.send); err != nil && !errors.Is(err, errUnwatched) {
			return fmt.Errorf("playing: %w", err)
		}
	}
}

func (s *stream) watch() {
	s.viewers.Add(1)
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

func (s *stream) unwatch() { s.viewers.Add(-1) }

func (s *stream) send(sample clip.Sample) error {
	if s.viewers.Load() == 0 {
		return errUnwatched
	}
	track := s.audio
	if sample.Video != nil {
		track = s.video
		s.sent++
	}
	bad := &s.server.config.Faults
	s.server.guests.expire(time.Now(), bad.SessionEnds, bad.KeepAlive)
	switch {
	case track == nil, bad.NoFrames, time.Since(s.server.start) < bad.SilentFor, bad.NoVideoFrames && track == s.video,
		bad.StallsAfter > 0 && s.sent > bad.StallsAfter:
		return nil
	case bad.DiesAfter > 0 && s.sent > bad.DiesAfter:
		s.server.guests.throwOut()
		return errUnwatched
	}
	return s.write(track, sample)
}

func (s *stream) write(track *track, sample clip.Sample) error {
	sample.PTS = s.stamps.of(sample)
	sample.Video = s.picture(sample)
	packets, err := track.packetize(sample)
	if err != nil {
		return fmt.Errorf("packetizing frame %d: %w", sample.Number, err)
	}
	now := time.Now().Add(s.server.config.Faults.ClockOffset)
	for _, packet := range packets {
		packet.Timestamp += track.base + uint32(sample.PTS)
		if err := s.out.WritePacketRTPWithNTP(track.media, packet, now); err != nil {
			return fmt.Errorf("sending frame %d: %w", sample.Number, err)
		}
	}
	if sample.Video != nil {
		s.newest.Store(int64(sample.Number))
	}
	return nil
}
