package wsd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/pkg/pause"
	"github.com/donhk/istream/services/discoverer/internal/nic"
)

// Port is where WS-Discovery devices listen.
const Port = 3702

// group is where WS-Discovery speaks to all.
var group = net.IPv4(239, 255, 255, 250)

// rounds are when the probes are sent, as parts of the window: early enough
// for an answer that takes half of it.
var rounds = []float64{0, 0.12, 0.35}

// Prober asks for devices.
type Prober struct {
	Port   int           // of the devices; 0 means Port
	Window time.Duration // how long answers are awaited
}

// Probe asks on every NIC at once and returns when the window is over, with
// the faults of NICs by their names. heard is called from several goroutines.
func (p Prober) Probe(ctx context.Context, nics []nic.NIC, heard func(Heard)) map[string]error {
	var mu sync.Mutex
	faults := map[string]error{}
	var sockets errgroup.Group
	for _, n := range nics {
		for _, prefix := range n.Prefixes {
			sockets.Go(func() error {
				if err := p.probe(ctx, n, prefix.Addr(), heard); err != nil {
					mu.Lock()
					defer mu.Unlock()
					faults[n.Name] = fmt.Errorf("probing on %s from %s: %w", n.Name, prefix.Addr(), err)
				}
				return nil
			})
		}
	}
	_ = sockets.Wait() // each fault is in faults
	return faults
}

func (p Prober) probe(ctx context.Context, n nic.NIC, from netip.Addr, heard func(Heard)) error {
	ctx, cancel := context.WithTimeout(ctx, p.Window)
	defer cancel()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0)))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // nothing is in flight that could fail
	// What the system keeps until it is read: as much as it allows.
	if err := conn.SetReadBuffer(1 << 20); err != nil {
		return fmt.Errorf("enlarging the buffer: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	defer stop()
	var both errgroup.Group
	both.Go(func() error {
		err := p.send(ctx, conn, n)
		if err != nil {
			cancel()
		}
		return err
	})
	both.Go(func() error { return listen(conn, n, heard) })
	return both.Wait()
}

// send fails only where no probe could be sent at all.
func (p Prober) send(ctx context.Context, conn *net.UDPConn, n nic.NIC) error {
	if err := bindMulticast(conn, n); err != nil {
		return err
	}
	to := &net.UDPAddr{IP: group, Port: p.port()}
	begin, sent := time.Now(), false
	var fault error
	for i, part := range rounds {
		for j, types := range probeTypes {
			if pause.For(ctx, time.Until(begin.Add(p.moment(part, i*len(probeTypes)+j)))) != nil {
				break
			}
			if _, err := conn.WriteToUDP(probe(newID(), types), to); err != nil {
				fault = err
			} else {
				sent = true
			}
		}
	}
	if sent {
		return nil
	}
	return fault
}

// moment is when probe number i of a round is sent: jitter keeps the probers
// of a network apart, a step the probes of one (the first goes out at once).
func (p Prober) moment(part float64, i int) time.Duration {
	step := p.Window / 100
	if i == 0 || step <= 0 {
		return 0
	}
	return time.Duration(part*float64(p.Window)) + time.Duration(i%len(probeTypes))*step + rand.N(step)
}

func (p Prober) port() int {
	if p.Port != 0 {
		return p.Port
	}
	return Port
}

// bindMulticast sends what goes to the group out of n, whatever the routes
// say, and no farther than the link. Where that option is not known (emulators
// of other processors), Linux takes the NIC that has the socket's address.
func bindMulticast(conn *net.UDPConn, n nic.NIC) error {
	c := ipv4.NewPacketConn(conn)
	if err := c.SetMulticastInterface(n.Interface()); err != nil && !errors.Is(err, syscall.ENOPROTOOPT) {
		return fmt.Errorf("choosing the interface: %w", err)
	}
	if err := c.SetMulticastTTL(1); err != nil {
		return fmt.Errorf("limiting the reach: %w", err)
	}
	return nil
}

// listen hears until the deadline.
func listen(conn *net.UDPConn, n nic.NIC, heard func(Heard)) error {
	r := newReceiver(heard)
	var reading sync.WaitGroup
	reading.Go(r.run)
	defer reading.Wait()
	defer r.close()
	buffer := make([]byte, maxDatagram)
	for {
		size, source, err := conn.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		r.take(buffer[:size], source, n)
	}
}
