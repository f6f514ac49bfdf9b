package rtsp

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/cmd/camsim/faults"
)

// Config says what to serve.
type Config struct {
	Address  string // host:port; port 0 takes a free one
	User     string // empty: no credentials are asked for
	Password string
	Camera   string // the name in the frames' stamps
	Streams  []Stream
	Speed    float64 // of sending; zero is real time
	Faults   faults.Faults
	Log      *slog.Logger
}

// Stream is one clip on one path.
type Stream struct {
	Path string // with its leading slash
	Clip *clip.Clip
}

// Server is an RTSP server that listens.
type Server struct {
	config  Config
	start   time.Time // when the first frame of each stream is due
	core    *gortsplib.Server
	ready   chan struct{} // closed once streams is complete
	streams map[string]*stream
	guests  guests
	gate    *gate
	hung    atomic.Int64 // connections ended by the fault hangs-up
}

// writeQueue is the number of packets that wait for one viewer: some seconds of a
// usual camera, since a busy machine may send late, or a keyframe of megabytes.
const writeQueue = 4096

// Listen opens the ports. Run or Close has to follow.
func Listen(config Config) (*Server, error) {
	s := &Server{config: config, start: time.Now(), ready: make(chan struct{}), streams: map[string]*stream{}}
	if err := s.listen(); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		s.core.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) prepare() error {
	defer close(s.ready)
	for _, one := range s.config.Streams {
		prepared, err := newStream(s, one)
		if err != nil {
			return fmt.Errorf("preparing the stream %s: %w", one.Path, err)
		}
		s.streams[one.Path] = prepared
	}
	return nil
}

func (s *Server) listen() error {
	s.core = &gortsplib.Server{
		Handler:        (*handler)(s),
		RTSPAddress:    s.config.Address,
		WriteQueueSize: writeQueue,
		Listen:         s.listenTCP,
	}
	if !s.config.Faults.NoUDP {
		host, _, err := net.SplitHostPort(s.config.Address)
		if err != nil {
			return fmt.Errorf("reading the RTSP address %q: %w", s.config.Address, err)
		}
		pair, err := listenPair(host)
		if err != nil {
			return fmt.Errorf("listening for RTP on %s: %w", host, err)
		}
		defer pair.closeLeft()
		s.core.UDPRTPAddress, s.core.UDPRTCPAddress = pair.rtp, pair.rtcp
		s.core.ListenPacket = pair.take
	}
	if err := s.core.Start(); err != nil {
		return fmt.Errorf("listening for RTSP on %s: %w", s.config.Address, err)
	}
	return nil
}

// Addr is the address the server listens on.
func (s *Server) Addr() *net.TCPAddr {
	return s.core.NetListener().Addr().(*net.TCPAddr)
}

// Connections is how many there have been, refused ones too, and how often an
// address was banned.
func (s *Server) Connections() (ever, bans int) { return s.gate.count() }

// Newest is the number of the latest frame that a stream has sent; false where
// it has sent none.
func (s *Server) Newest(path string) (uint64, bool) {
	of, ok := s.find(path)
	if !ok {
		return 0, false
	}
	n := of.newest.Load()
	return uint64(max(n, 0)), n >= 0
}

// Run plays the streams until the context ends, then ends all sessions.
func (s *Server) Run(ctx context.Context) error {
	defer s.core.Close()
	group, ctx := errgroup.WithContext(ctx)
	for path, one := range s.streams {
		group.Go(func() error {
			if err := one.run(ctx); err != nil {
				return fmt.Errorf("the stream %s: %w", path, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// Close ends a server that is not run.
func (s *Server) Close() { s.core.Close() }

// find gives the stream of a path. The library serves before its streams can be
// made, so an early guest waits.
func (s *Server) find(path string) (*stream, bool) {
	<-s.ready
	found, ok := s.streams[strings.TrimSuffix(path, "/")]
	return found, ok
}
