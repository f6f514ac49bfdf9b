package wsd

import (
	"errors"
	"hash/maphash"
	"net/netip"
	"sync/atomic"

	"github.com/donhk/istream/services/discoverer/internal/nic"
	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// The bounds of what a socket takes in: a flood from one source is cut there,
// and so leaves room for the others.
const (
	maxDatagram  = 64 << 10
	maxSources   = 1024
	maxPerSource = 1024 // datagrams a scan; 64 devices behind one address need 576
	maxKnown     = 8192 // datagrams that are told from their repetitions
	maxPending   = 16   // unfinished messages
	maxQueue     = 4096 // datagrams not yet read
	maxQueued    = 2 << 20
)

// receiver turns the datagrams of a socket into what was heard. It takes them
// in at once, since the system keeps but a hundred, and reads them when it can.
type receiver struct {
	heard func(Heard)
	queue chan datagram
	bytes atomic.Int64 // in queue

	// Of whoever calls take.
	seed   maphash.Seed
	known  map[uint64]struct{}
	counts map[netip.Addr]int

	// Of run.
	pending map[netip.AddrPort][]byte
}

type datagram struct {
	text   []byte
	source netip.AddrPort
	on     nic.NIC
}

func newReceiver(heard func(Heard)) *receiver {
	return &receiver{
		heard: heard, queue: make(chan datagram, maxQueue),
		seed: maphash.MakeSeed(), known: map[uint64]struct{}{}, counts: map[netip.Addr]int{},
		pending: map[netip.AddrPort][]byte{},
	}
}

// reset forgets the counts, when a new scan begins.
func (r *receiver) reset() { clear(r.counts); clear(r.known) }

// take queues a datagram, unless it is one too many. b is the caller's.
func (r *receiver) take(b []byte, source netip.AddrPort, on nic.NIC) {
	source = netip.AddrPortFrom(source.Addr().Unmap(), source.Port())
	if !r.admit(source.Addr()) || r.repeated(b, source) || r.bytes.Load()+int64(len(b)) > maxQueued {
		return
	}
	select {
	case r.queue <- datagram{append([]byte(nil), b...), source, on}:
		r.bytes.Add(int64(len(b)))
	default:
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

// repeated reports whether the same was said by the same before.
func (r *receiver) repeated(b []byte, source netip.AddrPort) bool {
	var h maphash.Hash
	h.SetSeed(r.seed)
	maphash.WriteComparable(&h, source)
	_, _ = h.Write(b) // a hash takes everything
	sum := h.Sum64()
	if _, known := r.known[sum]; known {
		return true
	}
	if len(r.known) < maxKnown {
		r.known[sum] = struct{}{}
	}
	return false
}

// close has run end once the queue is empty.
func (r *receiver) close() { close(r.queue) }

// run reads what is queued until close.
func (r *receiver) run() {
	for d := range r.queue {
		r.bytes.Add(-int64(len(d.text)))
		matches, err := r.parse(d.text, d.source)
		if err != nil {
			continue // junk on the network is no news
		}
		for _, m := range matches {
			r.heard(Heard{Match: m, NIC: d.on, Source: d.source.Addr()})
		}
	}
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
	if errors.Is(err, xmltree.ErrTruncated) {
		if len(r.pending) >= maxPending {
			clear(r.pending) // their second halves are not coming
		}
		r.pending[source] = b
	}
	return matches, err
}
