package wsd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"text/template"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/cmd/camsim/faults"
	"github.com/donhk/istream/pkg/pause"
)

// Group is WS-Discovery's multicast address and port.
const Group = "239.255.255.250:3702"

// Config says who answers, and where.
type Config struct {
	NICs     []string // names
	Group    string   // Group where empty
	Endpoint string   // urn:uuid:...
	Scopes   []string
	XAddr    func(nic net.IP) string // the device's address for those on that NIC
	Faults   faults.Faults
	Log      *slog.Logger
}

// Responder is a camera's side of discovery, on its NICs.
type Responder struct {
	config    Config
	templates *template.Template
	sockets   []*socket
	instance  int64
	number    atomic.Int64
}

const (
	maxDatagram = 64 << 10
	maxPending  = 64 // replies that wait for their time
)

// Listen joins the group on each NIC. Run or Close has to follow.
func Listen(config Config) (*Responder, error) {
	if config.Group == "" {
		config.Group = Group
	}
	group, err := net.ResolveUDPAddr("udp4", config.Group)
	if err != nil {
		return nil, fmt.Errorf("reading the discovery group: %w", err)
	}
	r := &Responder{config: config, instance: time.Now().Unix()}
	if r.templates, err = templates(); err != nil {
		return nil, err
	}
	for _, name := range config.NICs {
		joined, err := join(name, group)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		r.sockets = append(r.sockets, joined)
	}
	return r, nil
}

// FirstIP is the first NIC's address; nil where there is none.
func (r *Responder) FirstIP() net.IP {
	if len(r.sockets) == 0 {
		return nil
	}
	return r.sockets[0].ip
}

// Close leaves the group, without Bye.
func (r *Responder) Close() error {
	var errs []error
	for _, s := range r.sockets {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}

// Run says Hello, answers until the context ends, says Bye.
func (r *Responder) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range r.sockets {
		group.Go(func() error { return r.serve(ctx, s) })
	}
	return group.Wait()
}

func (r *Responder) serve(ctx context.Context, s *socket) error {
	r.greet(helloMessage, s)
	// A read deadline ends the loop and leaves the socket open for Bye.
	wake := context.AfterFunc(ctx, func() { _ = s.conn.SetReadDeadline(time.Now()) })
	defer wake()
	var replies errgroup.Group
	replies.SetLimit(maxPending)
	err := r.listen(ctx, s, &replies)
	err = errors.Join(err, replies.Wait())
	if ctx.Err() != nil {
		r.greet(byeMessage, s)
		err = nil
	}
	return errors.Join(err, s.close())
}

// listen hands each probe on; what finds no room is lost, as datagrams are.
func (r *Responder) listen(ctx context.Context, s *socket, replies *errgroup.Group) error {
	buffer := make([]byte, maxDatagram)
	for {
		n, from, err := s.read(buffer)
		if err != nil {
			return err
		}
		asked, err := parseProbe(buffer[:n])
		if err != nil || !r.answers(asked) {
			continue
		}
		replies.TryGo(func() error {
			r.reply(ctx, s, asked, from)
			return nil
		})
	}
}

func (r *Responder) answers(asked probe) bool {
	bad := &r.config.Faults
	switch {
	case bad.Mute,
		bad.UntypedOnly && len(asked.Types) > 0,
		bad.TypedOnly && len(asked.Types) != 1:
		return false
	}
	return asked.matches(r.config.Scopes)
}

func (r *Responder) reply(ctx context.Context, s *socket, asked probe, to net.Addr) {
	if pause.For(ctx, r.config.Faults.LateReply) != nil {
		return
	}
	text, err := r.render(matchMessage, asked.MessageID, r.xaddrs(s.ip))
	if err != nil {
		r.config.Log.Error("probe not answered", "nic", s.nic.Name, "peer", to, "err", err)
		return
	}
	for _, datagram := range disfigure(text, &r.config.Faults) {
		err = errors.Join(err, s.send(datagram, to))
	}
	r.config.Log.Debug("probe answered", "nic", s.nic.Name, "peer", to, "err", err)
}

func (r *Responder) greet(message string, s *socket) {
	if r.config.Faults.NoGreeting {
		return
	}
	text, err := r.render(message, "", r.xaddrs(s.ip))
	if err == nil {
		err = s.send(text, s.group)
	}
	if err != nil {
		r.config.Log.Warn("greeting not sent", "message", message, "nic", s.nic.Name, "err", err)
	}
}
