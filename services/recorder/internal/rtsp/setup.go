package rtsp

import (
	"errors"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
)

// setUp asks for the stream's description, and for each track that is stored.
func (s *Session) setUp(target *base.URL) error {
	var described *description.Session
	err := s.ask("describing its stream", func() (err error) {
		described, _, err = s.client.Describe(target)
		return err
	})
	if err != nil {
		return err
	}
	if s.tracks, err = s.choose(described); err != nil {
		return err
	}
	s.control.begun(described.BaseURL)
	chosen := s.tracks
	s.tracks = nil
	for _, t := range chosen {
		channel, err := s.setUpTrack(described.BaseURL, t)
		if err != nil && !t.format.Codec.Video() && declined(err) {
			s.log.Warn("sound left out, since the camera does not send it", "codec", t.format.Codec, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		// Units name their track by its place, which may be another now.
		t, _ = storable(t.media, len(s.tracks))
		t.channel = channel
		s.tracks = append(s.tracks, t)
	}
	return nil
}

// setUpTrack asks for a track, and returns the channel on which it will come.
func (s *Session) setUpTrack(at *base.URL, t track) (int, error) {
	// gortsplib would go on with no URL at all.
	if u, err := t.media.URL(at); err != nil || u == nil {
		return 0, fault(KindAnswer, err, "%s names no usable address for its %s track", s.address, t.format.Codec)
	}
	var answer *base.Response
	err := s.ask("setting up its stream", func() (err error) {
		answer, err = s.client.Setup(at, t.media, 0, 0)
		return err
	})
	if err != nil {
		return 0, err
	}
	return channel(answer), nil
}

// ask has a request answered, within our patience, and once more where it was
// refused for want of an answer to the camera's latest challenge.
func (s *Session) ask(doing string, request func() error) error {
	for {
		err := s.conn.within(s.patience, request)
		switch {
		case err == nil:
			return nil
		case refused(err) && s.control.tryAgain():
		default:
			return s.explain(doing, err)
		}
	}
}

func refused(err error) bool {
	status, ok := errors.AsType[liberrors.ErrClientBadStatusCode](err)
	return ok && status.Code == base.StatusUnauthorized
}

// declined tells a request that the camera does not want from one that it could
// not take, or not from us.
func declined(err error) bool {
	status, ok := errors.AsType[liberrors.ErrClientBadStatusCode](err)
	return ok && status.Code >= 400 && status.Code != base.StatusUnauthorized && status.Code != base.StatusForbidden
}
