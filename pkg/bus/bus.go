package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/fault"
)

// Bus is a connection that outlives the server it talks to.
type Bus struct {
	NC *nats.Conn
	JS jetstream.JetStream

	log    *slog.Logger
	limit  int64 // bytes a stream
	fault  *fault.Repeat
	untold atomic.Uint64
	queue  chan events.Event
	done   chan struct{}
	stop   context.CancelFunc
}

// Connect returns at once, also where no server answers yet; it goes on trying
// and makes the streams as soon as one does. A server of this process is used
// without a socket. Close it when done.
func Connect(cfg Config, local *Server, name string, log *slog.Logger) (*Bus, error) {
	url := cfg.URL
	if url == "" {
		url = DefaultURL
	}
	if err := cfg.checkURL(); err != nil {
		return nil, err
	}
	line := fault.New(log, "talking to the bus")
	b := &Bus{log: log, limit: cfg.MaxStore.Bytes() / 8, fault: fault.New(log, "bus"), queue: make(chan events.Event, announceQueue), done: make(chan struct{})}
	opts := []nats.Option{
		nats.Name(name),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(time.Second),
		nats.Timeout(5 * time.Second),
		nats.PingInterval(20 * time.Second),
		// News that waits in memory for a server is bounded here and in queue.
		nats.ReconnectBufSize(1 << 20),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("bus lost, trying again", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			line.Recovered()
			log.Info("bus is back")
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { line.Failed(err) }),
		// The client would close for good after two refusals; credentials may
		// be mended at the server.
		nats.IgnoreAuthErrorAbort(),
	}
	opts = append(opts, cfg.login()...)
	if local != nil {
		opts = append(opts, nats.InProcessServer(local.nats))
	}
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the bus: %w", err)
	}
	if b.JS, err = jetstream.New(nc); err != nil {
		nc.Close()
		return nil, fmt.Errorf("connecting to the bus: %w", err)
	}
	b.NC = nc
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	go b.announce(ctx)
	return b, nil
}

// Close sends what Announce still holds, for two seconds at most, and closes
// the connection.
func (b *Bus) Close() {
	b.stop()
	<-b.done
	b.NC.Close()
}

// Publish stores a persisted event, or sends another as plain news. It returns
// when the server has it on disk; publishing again changes nothing.
func (b *Bus) Publish(ctx context.Context, ev events.Event) error {
	payload, err := json.Marshal(ev)
	if err != nil {
		return fmt.Errorf("publishing %s: %w", ev.Subject(), err)
	}
	switch {
	case !persisted(ev):
		err = b.NC.Publish(ev.Subject(), payload)
	case !b.NC.IsConnected():
		err = errAway // the client's own words speak of headers
	default:
		_, err = b.JS.Publish(ctx, ev.Subject(), payload, jetstream.WithMsgID(ev.MsgID()))
	}
	if err != nil {
		return fmt.Errorf("publishing %s: %w", ev.Subject(), err)
	}
	return nil
}

var errAway = errors.New("the bus can't be reached")

// persisted: cameras last in KVCameras, not in a stream.
func persisted(ev events.Event) bool {
	_, camera := ev.(events.Camera)
	return ev.MsgID() != "" && !camera
}
