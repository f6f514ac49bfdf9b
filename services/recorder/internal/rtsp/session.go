package rtsp

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/pion/rtp"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder/internal/media"
)

// Patience is how long a camera may take for an answer, and how long it may
// send no picture.
const Patience = 10 * time.Second

// forever is for time-outs of gortsplib that follow the wall clock: the
// session's own follow the monotonic one.
const forever = 100 * 365 * 24 * time.Hour

// anchorEvery is how often a camera's clock is forgiven that it drifts.
const anchorEvery = time.Minute

// Options say where the stream is.
type Options struct {
	URL         string // rtsp or rtsps; credentials in it are not used
	Credentials setting.Credentials
	Patience    time.Duration // 0: Patience
	Log         *slog.Logger
}

// Session is a connection with the tracks chosen and the stream not yet started.
type Session struct {
	scheme, address, path string
	user, pass            string
	patience              time.Duration
	log                   *slog.Logger

	conn   line
	client *gortsplib.Client
	tracks []track
	lost   atomic.Int64 // packets

	picture atomic.Int64 // when the latest packet of video came, since begin
	begin   time.Time
}

// Connect asks the camera for its stream's description and sets the tracks up.
// The error is a Fault, or ctx's. Close the session when done.
func Connect(ctx context.Context, o Options) (*Session, error) {
	s := &Session{patience: o.Patience, log: o.Log, user: o.Credentials.User, pass: o.Credentials.Pass.Reveal(), begin: time.Now()}
	s.conn.begin = s.begin
	if s.patience == 0 {
		s.patience = Patience
	}
	target, err := s.target(o.URL)
	if err != nil {
		return nil, err
	}
	s.client = &gortsplib.Client{
		Scheme: target.Scheme, Host: target.Host,
		Protocol: new(gortsplib.ProtocolTCP), ReadTimeout: forever, WriteTimeout: s.patience,
		UserAgent:         "iStream/" + service.Version(),
		DialContext:       s.conn.dial(s.patience),
		OnResponse:        func(r *base.Response) { r.Body = tolerate(r.Body) },
		OnPacketsLost:     func(n uint64) { s.lost.Add(int64(n)) },
		OnDecodeError:     func(error) { s.lost.Add(1) },
		OnTransportSwitch: func(error) {},
	}
	if err := s.client.Start(); err != nil {
		return nil, s.explain("starting", err)
	}
	unhook := context.AfterFunc(ctx, s.client.Close)
	defer unhook()
	if err := s.setUp(target); err != nil {
		s.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return s, nil
}

// target is the URL with the credentials in it.
func (s *Session) target(text string) (*base.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fault(KindAddress, err, "the address of the stream is no valid URL")
	}
	s.scheme, s.address, s.path = u.Scheme, u.Host, u.Path
	if u.Scheme != "rtsp" && u.Scheme != "rtsps" {
		return nil, fault(KindAddress, nil, "the address of the stream begins with %q where rtsp:// or rtsps:// is meant", u.Scheme)
	}
	if u.Hostname() == "" || u.Opaque != "" {
		return nil, fault(KindAddress, nil, "the address of the stream names no host")
	}
	if u.Port() == "" {
		port := map[string]string{"rtsp": "554", "rtsps": "322"}[u.Scheme]
		s.address = net.JoinHostPort(u.Hostname(), port)
	}
	u.User, u.Fragment = nil, ""
	if s.user != "" || s.pass != "" {
		u.User = url.UserPassword(s.user, s.pass)
	}
	return (*base.URL)(u), nil
}

func (s *Session) setUp(target *base.URL) error {
	var described *description.Session
	doing := "describing its stream"
	err := s.conn.within(s.patience, func() (err error) {
		described, _, err = s.client.Describe(target)
		return err
	})
	if err != nil {
		return s.explain(doing, err)
	}
	if s.tracks, err = s.choose(described); err != nil {
		return err
	}
	for _, t := range s.tracks {
		// gortsplib would go on with no URL at all.
		if u, err := t.media.URL(described.BaseURL); err != nil || u == nil {
			return fault(KindAnswer, err, "%s names no usable address for its %s track", s.address, t.format.Codec)
		}
		err := s.conn.within(s.patience, func() error {
			_, err := s.client.Setup(described.BaseURL, t.media, 0, 0)
			return err
		})
		if err != nil {
			return s.explain("setting up its stream", err)
		}
	}
	return nil
}

// Formats lists the tracks; a unit's Track is its place in the list.
func (s *Session) Formats() []media.Format {
	all := make([]media.Format, len(s.tracks))
	for i, t := range s.tracks {
		all[i] = t.format
	}
	return all
}

// Lost counts the packets that never came or could not be read.
func (s *Session) Lost() int64 { return s.lost.Load() }

// Run starts the stream and hands each unit to push, from one goroutine at a
// time, until ctx or the session ends; when it returns nothing is pushed any
// more, and the session is closed. The error is ctx's or a Fault.
func (s *Session) Run(ctx context.Context, push func(media.Unit)) error {
	r := newReceiver(s, push)
	s.picture.Store(int64(time.Since(s.begin)))
	for i, t := range s.tracks {
		s.client.OnPacketRTP(t.media, t.rtp, func(p *rtp.Packet) { r.packet(i, p) })
	}
	err := s.conn.within(s.patience, func() error {
		_, err := s.client.Play(nil)
		return err
	})
	if err != nil {
		s.Close()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.explain("starting its stream", err)
	}
	ended := make(chan error, 1)
	go func() {
		defer close(ended)
		ended <- s.client.Wait()
	}()
	err = s.watch(ctx, ended)
	s.Close()
	r.flush()
	return err
}

// watch waits for the end, and is the end where no picture comes.
func (s *Session) watch(ctx context.Context, ended <-chan error) error {
	timer := time.NewTimer(s.patience)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			s.end(ended)
			return ctx.Err()
		case err := <-ended:
			return s.broken(err)
		case <-timer.C:
			quiet := time.Since(s.begin) - time.Duration(s.picture.Load())
			if quiet < s.patience {
				timer.Reset(s.patience - quiet)
				continue
			}
			s.end(ended)
			return fault(KindSilent, nil, "%s is connected but has sent no picture for %v", s.address, s.patience)
		}
	}
}

// end ends the session from here, so that its own error tells nothing new.
func (s *Session) end(ended <-chan error) {
	s.Close()
	for range ended {
	}
}

// Close ends the session in the camera's way (TEARDOWN).
func (s *Session) Close() { s.client.Close() }

// secrets lists what no text may show.
func (s *Session) secrets() []string {
	var all []string
	if s.pass != "" {
		all = append(all, s.pass, url.QueryEscape(s.pass), url.PathEscape(s.pass), strings.TrimPrefix(url.UserPassword("", s.pass).String(), ":"))
	}
	return all
}
