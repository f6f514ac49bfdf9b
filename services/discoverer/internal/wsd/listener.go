package wsd

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/net/ipv4"

	"github.com/donhk/istream/services/discoverer/internal/nic"
)

// Listener hears what devices send to the group.
type Listener struct {
	conn   *net.UDPConn
	packet *ipv4.PacketConn

	mu     sync.Mutex
	joined map[int]nic.NIC // by index
	fresh  bool            // a scan began: the counts start anew
}

// Listen takes a share of the group's port (0 means Port). It fails where
// somebody else has the port alone.
func Listen(port int) (*Listener, error) {
	conn, err := listenGroup(Prober{Port: port}.port())
	if err != nil {
		return nil, fmt.Errorf("listening for cameras that announce themselves: %w", err)
	}
	packet := ipv4.NewPacketConn(conn)
	if err := packet.SetControlMessage(ipv4.FlagInterface, true); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("listening for cameras that announce themselves: %w", err)
	}
	return &Listener{conn: conn, packet: packet, joined: map[int]nic.NIC{}}, nil
}

// Join listens on exactly these NICs from now on; the faults are by name.
func (l *Listener) Join(nics []nic.NIC) map[string]error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh = true
	faults, wanted := map[string]error{}, map[int]nic.NIC{}
	for _, n := range nics {
		wanted[n.Index] = n
		if was, ok := l.joined[n.Index]; ok && was.Name == n.Name {
			l.joined[n.Index] = n // its addresses may have changed
			continue
		}
		if err := JoinGroup(l.conn, n.Index); err != nil {
			faults[n.Name] = fmt.Errorf("listening on %s: %w", n.Name, err)
			continue
		}
		l.joined[n.Index] = n
	}
	for index, n := range l.joined {
		if _, ok := wanted[index]; !ok {
			delete(l.joined, index)
			_ = leaveGroup(l.conn, n.Index) // fails where the NIC is gone
		}
	}
	return faults
}

// Run hands on what is heard until ctx ends, and closes the socket.
func (l *Listener) Run(ctx context.Context, heard func(Heard)) error {
	defer l.Close()
	stop := context.AfterFunc(ctx, func() { _ = l.conn.SetReadDeadline(time.Now()) })
	defer stop()
	r := newReceiver(heard)
	var reading sync.WaitGroup
	reading.Go(r.run)
	defer reading.Wait()
	defer r.close()
	buffer := make([]byte, maxDatagram)
	for {
		size, control, source, err := l.packet.ReadFrom(buffer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("listening for cameras that announce themselves: %w", err)
		}
		if control == nil {
			continue
		}
		if n, ok := l.on(control.IfIndex, r); ok {
			r.take(buffer[:size], source.(*net.UDPAddr).AddrPort(), n)
		}
	}
}

// on is the NIC of an index; unknown are those that others have joined: Linux
// hands on what arrives there too.
func (l *Listener) on(index int, r *receiver) (nic.NIC, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fresh {
		l.fresh = false
		r.reset()
	}
	n, ok := l.joined[index]
	return n, ok
}

// Close ends a Listener that was not run.
func (l *Listener) Close() { _ = l.conn.Close() } // nothing is in flight that could fail
