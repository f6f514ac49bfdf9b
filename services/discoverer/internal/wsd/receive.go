package wsd

import (
	"errors"
	"net/netip"

	"github.com/donhk/istream/services/discoverer/internal/nic"
	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// The bounds of what a socket takes in: a flood from one source is cut there,
// and so leaves room for the others.
const (
	maxDatagram  = 64 << 10
	maxSources   = 1024
	maxPerSource = 2048 // datagrams a scan; 64 devices behind one address need 576
	maxPending   = 16   // unfinished messages
)

// receiver turns the datagrams of a socket into what was heard. It is not for
// several goroutines.
type receiver struct {
	heard   func(Heard)
	counts  map[netip.Addr]int
	pending map[netip.AddrPort][]byte
}

func newReceiver(heard func(Heard)) *receiver {
	return &receiver{heard: heard, counts: map[netip.Addr]int{}, pending: map[netip.AddrPort][]byte{}}
}

// reset forgets the counts, when a new scan begins.
func (r *receiver) reset() { clear(r.counts); clear(r.pending) }

func (r *receiver) datagram(b []byte, source netip.AddrPort, on nic.NIC) {
	addr := source.Addr().Unmap()
	if !r.admit(addr) {
		return
	}
	matches, err := r.parse(b, source)
	if err != nil {
		return // junk on the network is no news
	}
	for _, m := range matches {
		r.heard(Heard{Match: m, NIC: on, Source: addr})
	}
}

func (r *receiver) admit(addr netip.Addr) bool {
	count, known := r.counts[addr]
	if !known && len(r.counts) >= maxSources || count >= maxPerSource {
		return false
	}
	r.counts[addr]++
	return true
}

// parse also joins a message that a device has split over two datagrams.
func (r *receiver) parse(b []byte, source netip.AddrPort) ([]Match, error) {
	if first, ok := r.pending[source]; ok {
		delete(r.pending, source)
		if len(first)+len(b) <= maxDatagram {
			if matches, err := Parse(append(first, b...)); err == nil && len(matches) > 0 {
				return matches, nil
			}
		}
	}
	matches, err := Parse(b)
	if errors.Is(err, xmltree.ErrTruncated) && len(r.pending) < maxPending {
		r.pending[source] = append([]byte(nil), b...)
	}
	return matches, err
}
