package rtsp

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
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

// Options say where the stream is and how it is to come.
type Options struct {
	URL         string // rtsp or rtsps; credentials in it are not used
	Credentials setting.Credentials
	Transport   setting.Transport // "": TCP
	Authorities *Authorities      // who vouches for a camera of rtsps; nil: nobody
	Habits      *Habits           // of the camera; nil: not known
	Patience    time.Duration     // 0: Patience
	Log         *slog.Logger
}

// Session is a connection with the tracks chosen and the stream not yet started.
type Session struct {
	scheme, address, path string
	request               string // path and query, as HTTP asks for them
	user, pass            string
	anonymous             bool // user and pass are not for this address
	transport             setting.Transport
	auto                  bool // which was not asked for
	authorities           *Authorities
	habits                *Habits
	patience              time.Duration
	log                   *slog.Logger

	conn    line
	client  *gortsplib.Client
	control *control
	tracks  []track
	lost    atomic.Int64 // packets

	picture, sound atomic.Int64 // when the latest unit of each came, since begin
	begin          time.Time

	closing sync.Once
	over    chan struct{} // closed when gortsplib has ended
	why     error
}

// Connect asks the camera for its stream's description and sets the tracks up.
// The error is a Fault, or ctx's. Close the session when done.
func Connect(ctx context.Context, o Options) (*Session, error) {
	if o.Patience == 0 {
		o.Patience = Patience
	}
	o.Habits = o.Habits.of(o.URL)
	r, err := newRoute(o.URL, o.Transport, o.Habits)
	if err != nil {
		return nil, err
	}
	for {
		s, err := connect(ctx, o, r)
		switch {
		case err == nil:
			o.Habits.udp = r.transport == setting.TransportUDP
			if r.hops == 0 {
				o.Habits.port = port(r.url)
			}
			return s, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !r.next(err):
			return nil, r.worded(err)
		}
	}
}

func connect(ctx context.Context, o Options, r *route) (*Session, error) {
	s := &Session{
		scheme: r.url.Scheme, address: net.JoinHostPort(r.url.Hostname(), port(r.url)), path: r.url.Path, request: r.url.RequestURI(),
		user: o.Credentials.User, pass: o.Credentials.Pass.Reveal(), anonymous: r.anonymous,
		transport: r.transport, auto: o.Transport == setting.TransportAuto,
		authorities: o.Authorities, habits: o.Habits, patience: o.Patience, log: o.Log,
		begin: time.Now(), over: make(chan struct{}),
	}
	s.conn.begin = s.begin
	s.control = newControl(login{user: s.user, pass: s.pass}, o.Habits.way)
	if s.anonymous {
		s.control = newControl(login{}, o.Habits.way)
	}
	s.client = &gortsplib.Client{
		Scheme: r.url.Scheme, Host: r.url.Host,
		Protocol: s.protocol(), ReadTimeout: forever, WriteTimeout: s.patience,
		// Some cameras tell no port of theirs, or another one.
		AnyPortEnable:     true,
		UserAgent:         agent(),
		DialContext:       s.open,
		DialTLSContext:    s.open,
		ListenPacket:      listenUDP,
		OnRequest:         s.control.request,
		OnResponse:        s.control.reply,
		OnServerRequest:   demand,
		OnPacketsLost:     func(n uint64) { s.lost.Add(int64(n)) },
		OnDecodeError:     func(error) { s.lost.Add(1) },
		OnTransportSwitch: func(error) {},
	}
	if err := s.client.Start(); err != nil {
		return nil, s.explain("starting", err)
	}
	go func() {
		defer close(s.over)
		s.why = s.client.Wait()
	}()
	unhook := context.AfterFunc(ctx, s.Close)
	defer unhook()
	if err := s.setUp((*base.URL)(r.url)); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// agent is who we say we are.
func agent() string { return "iStream/" + service.Version() }

func (s *Session) protocol() *gortsplib.Protocol {
	if s.transport == setting.TransportUDP {
		return new(gortsplib.ProtocolUDP)
	}
	return new(gortsplib.ProtocolTCP)
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

// Lifetime is how long the camera keeps a session of which it hears nothing.
func (s *Session) Lifetime() time.Duration { return s.control.lifetime() }

// Run starts the stream and hands each unit to push, from one goroutine at a
// time, until ctx or the session ends; when it returns nothing is pushed any
// more, and the session is closed. rest is called between, where nothing may
// follow for a while. The error is ctx's or a Fault.
func (s *Session) Run(ctx context.Context, push func(media.Unit), rest func()) error {
	r := newReceiver(s, s.noticing(push), rest)
	started := time.Since(s.begin)
	s.picture.Store(int64(started))
	s.receive(r)
	unhook := context.AfterFunc(ctx, s.Close)
	err := s.ask("starting its stream", func() error {
		_, err := s.client.Play(nil)
		return err
	})
	unhook()
	if err == nil {
		err = s.watch(ctx)
	}
	s.Close()
	r.flush()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.learn(time.Duration(s.picture.Load())-started, err)
	return err
}

// receive lets r have the packets. Those that come plainly on the RTSP connection
// are read by us, all others by gortsplib.
func (s *Session) receive(r *receiver) {
	if channels := s.channels(); channels != nil {
		for i, c := range channels {
			r.channels[c] = i
		}
		if s.conn.interleave(channels, r) {
			return
		}
	}
	take := s.inTurn(r.packet)
	for i, t := range s.tracks {
		s.client.OnPacketRTP(t.media, t.rtp, func(p *rtp.Packet) { take(i, p) })
	}
}

// inTurn: over UDP gortsplib reads each track in a goroutine of its own.
func (s *Session) inTurn(packet func(int, *rtp.Packet)) func(int, *rtp.Packet) {
	if s.transport != setting.TransportUDP {
		return packet
	}
	var mu sync.Mutex
	return func(track int, p *rtp.Packet) {
		mu.Lock()
		defer mu.Unlock()
		packet(track, p)
	}
}

// noticing keeps the time of the latest picture and sound.
func (s *Session) noticing(push func(media.Unit)) func(media.Unit) {
	return func(u media.Unit) {
		now := int64(time.Since(s.begin))
		if s.tracks[u.Track].format.Codec.Video() {
			s.picture.Store(now)
		} else {
			s.sound.Store(now)
		}
		push(u)
	}
}

// watch waits for the end, keeps the session alive, and is the end where no
// picture comes.
func (s *Session) watch(ctx context.Context) error {
	picture, sign := time.NewTimer(s.patience), time.NewTimer(s.control.pause())
	defer picture.Stop()
	defer sign.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.over:
			return s.broken(s.why)
		case <-s.control.gone:
			return fault(KindClosed, nil, "%s does not know the session any more", s.address)
		case <-s.control.again:
			s.send(s.control.way())
		case <-sign.C:
			s.send(s.control.way())
			sign.Reset(s.control.pause())
		case <-picture.C:
			quiet := time.Since(s.begin) - time.Duration(s.picture.Load())
			if quiet >= s.patience {
				return s.silent()
			}
			picture.Reset(s.patience - quiet)
		}
	}
}

// silent is the fault of a camera that is connected and sends no picture.
func (s *Session) silent() error {
	if time.Duration(s.sound.Load()-s.picture.Load()) > s.patience/2 {
		return fault(KindSilent, nil, "%s sends sound but has sent no picture for %v", s.address, s.patience)
	}
	if s.transport == setting.TransportUDP {
		return fault(KindSilent, nil, "%s is connected but has sent no picture over UDP for %v: check that no firewall keeps it back", s.address, s.patience)
	}
	return fault(KindSilent, nil, "%s is connected but has sent no picture for %v", s.address, s.patience)
}

// learn takes from a session's end what the next one should do otherwise.
// pictures is for how long there were some.
func (s *Session) learn(pictures time.Duration, err error) {
	f, _ := errors.AsType[*Fault](err)
	if f == nil {
		return
	}
	life := s.Lifetime()
	switch {
	case pictures == 0 && f.Kind == KindSilent && s.auto:
		s.habits.udp = s.transport == setting.TransportTCP
	case (f.Kind == KindSilent || f.Kind == KindClosed) && pictures > life*3/4 && pictures < life*3/2:
		// It died at its time-out, whatever was done to keep it alive.
		s.habits.way = after(s.control.way())
	default:
		s.habits.way = s.control.way()
	}
}

// leaveTime is how long a camera may take to confirm the end of a session.
const leaveTime = 2 * time.Second

// Close ends the session in the camera's way (TEARDOWN), and waits until it has
// confirmed it: the next session is not to meet this one.
func (s *Session) Close() {
	s.closing.Do(func() {
		s.leave()
		s.client.Close()
		<-s.over
	})
}

func (s *Session) leave() {
	s.conn.finish()
	timer := time.NewTimer(min(leaveTime, s.patience))
	defer timer.Stop()
	for !s.conn.expired() && s.send(base.Teardown) {
		s.conn.mute() // gortsplib's own
		select {
		case <-s.control.stay:
			continue
		case <-s.control.left:
		case <-s.over:
		case <-timer.C:
		}
		return
	}
}

// send sends a request of the session, and tells whether it could. The reply
// goes through control.
func (s *Session) send(method base.Method) bool {
	request, c := s.control.own(method), s.conn.conn.Load()
	if request == nil || c == nil {
		return false
	}
	err := c.SetWriteDeadline(time.Now().Add(min(leaveTime, s.patience)))
	if err == nil {
		_, err = c.Conn.Write(request)
	}
	return err == nil // else the connection's end is about to be noticed
}

// secrets lists what no text may show.
func (s *Session) secrets() []string {
	var all []string
	if s.pass != "" {
		all = append(all, s.pass, url.QueryEscape(s.pass), url.PathEscape(s.pass), strings.TrimPrefix(url.UserPassword("", s.pass).String(), ":"))
	}
	return all
}
