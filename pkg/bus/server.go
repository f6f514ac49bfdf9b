package bus

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startTimeout is generous: recovery of a full store on an SD card takes time.
const startTimeout = 2 * time.Minute

// Server is an embedded NATS with JetStream on a file store.
type Server struct{ nats *server.Server }

// Start brings up the embedded server and returns when JetStream is ready. It
// listens where Config.Listen says (port 0: any free one).
func Start(cfg Config, log *slog.Logger) (*Server, error) {
	host, portText, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("starting the bus: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("starting the bus: port of %s: %w", cfg.Listen, err)
	}
	if err := free(cfg.Listen); err != nil {
		return nil, fmt.Errorf("starting the bus: %w (BUS_LISTEN gives it another address)", err)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("starting the bus: %w", err)
	}
	n, err := server.NewServer(&server.Options{
		ServerName: "istream",
		Host:       host, Port: port,
		Authorization: cfg.Token.Reveal(),
		JetStream:     true,
		StoreDir:      cfg.Dir,
		// 0 would mean 75 % of the machine's memory.
		JetStreamMaxMemory:    cfg.MaxMemory.Bytes(),
		JetStreamMaxStore:     cfg.MaxStore.Bytes(),
		SyncAlways:            true,
		MaxPayload:            1 << 20,
		NoSigs:                true,
		DisableShortFirstPing: true,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the bus: %w", err)
	}
	fatal := make(chan error, 1)
	n.SetLoggerV2(natsLog{log, fatal}, false, false, false)
	n.Start()
	if err := ready(n, fatal); err != nil {
		n.Shutdown()
		n.WaitForShutdown()
		return nil, fmt.Errorf("starting the bus on %s with its files in %s: %w", cfg.Listen, cfg.Dir, err)
	}
	return &Server{nats: n}, nil
}

// ready waits until clients may come, or the server has said that they can't.
func ready(n *server.Server, fatal <-chan error) error {
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); {
		if n.ReadyForConnections(200 * time.Millisecond) {
			return nil
		}
		select {
		case err := <-fatal:
			return err
		default:
		}
	}
	return fmt.Errorf("not ready within %v", startTimeout)
}

// free finds out at once what the server would only log: that the address is
// taken, or not of this machine.
func free(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}

// URL is where clients connect.
func (s *Server) URL() string { return "nats://" + s.nats.Addr().String() }

// Close stops the server once its files are closed.
func (s *Server) Close() {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
}

// natsLog passes on what a person cares about: warnings and worse. The first
// fault that the server can't live with goes to fatal.
type natsLog struct {
	log   *slog.Logger
	fatal chan<- error
}

func (l natsLog) Noticef(string, ...any)         {}
func (l natsLog) Debugf(string, ...any)          {}
func (l natsLog) Tracef(string, ...any)          {}
func (l natsLog) Warnf(format string, v ...any)  { l.log.Warn("bus: " + fmt.Sprintf(format, v...)) }
func (l natsLog) Errorf(format string, v ...any) { l.log.Error("bus: " + fmt.Sprintf(format, v...)) }
func (l natsLog) Fatalf(format string, v ...any) {
	l.Errorf(format, v...)
	select {
	case l.fatal <- fmt.Errorf(format, v...):
	default: // not the first
	}
}
