package interleaved

import (
	"bytes"
	"encoding/binary"
)

// Largest is the most that a Parser has to see at once: the longest packet with
// its head. It asks for no more before it goes on.
const Largest = head + 1<<16

const (
	magic = '$'
	head  = 4 // before a packet: '$', channel, length
	// leastRTP and leastRTCP are the headers without which there is no packet
	// (RFC 3550, 5.1 and 6.1).
	leastRTP  = 12
	leastRTCP = 4
)

// Sink takes what a Parser finds. The bytes are good until it returns.
type Sink interface {
	// Packet is RTP of a channel that was announced.
	Packet(channel uint8, packet []byte)
	// Pass is an RTSP message, or RTCP with its head: not for the recording.
	Pass(b []byte)
}

// Parser is of one connection.
type Parser struct {
	channels [256]channel
	lost     bool // within junk
	since    int  // bytes, without a break
	junk     int64
}

type channel struct {
	media    bool
	control  bool
	seen     bool
	source   uint32 // SSRC of the latest packet
	contents uint8  // its payload type
}

// New parses a stream with RTP on these channels, and RTCP on the ones after.
func New(channels ...uint8) *Parser {
	p := &Parser{}
	for _, c := range channels {
		p.channels[c].media = true
	}
	for _, c := range channels {
		if next := c + 1; !p.channels[next].media {
			p.channels[next].control = true
		}
	}
	return p
}

// Junk is how many bytes belonged to nothing.
func (p *Parser) Junk() int64 { return p.junk }

// Parse takes apart what came and returns how much of it is done with; the rest
// is to be presented again with more behind it. It is shorter than Largest.
func (p *Parser) Parse(b []byte, sink Sink) (used int) {
	for used < len(b) {
		n := p.next(b[used:], sink)
		if n == 0 {
			break
		}
		used += n
	}
	return used
}

// next handles what begins b and returns its length; 0 asks for more.
func (p *Parser) next(b []byte, sink Sink) int {
	if b[0] == magic {
		if n, ok := p.packet(b, sink); ok {
			return n
		}
	} else if n, ok := message(b, p.lost); ok {
		if n > 0 {
			p.found()
			sink.Pass(b[:n])
		}
		return n
	}
	// Cameras may end a message with an empty line too many.
	if p.lost = p.lost || b[0] != '\r' && b[0] != '\n'; !p.lost {
		return 1
	}
	n := 1 + candidate(b[1:])
	p.junk, p.since = p.junk+int64(n), p.since+n
	if p.since > Largest {
		p.forget()
	}
	return n
}

// found ends the junk.
func (p *Parser) found() { p.lost, p.since = false, 0 }

// forget gives up what is known of the streams: there should have been a packet
// of them by now.
func (p *Parser) forget() {
	for i := range p.channels {
		p.channels[i].seen = false
	}
	p.since = 0
}

// candidate is where something may begin.
func candidate(b []byte) int {
	for i, c := range b {
		if c == magic || c == reply[0] {
			return i
		}
	}
	return len(b)
}

// packet handles a packet at the start of b; false: there is none.
func (p *Parser) packet(b []byte, sink Sink) (n int, ok bool) {
	if len(b) < head {
		return 0, true
	}
	c := &p.channels[b[1]]
	n = head + int(binary.BigEndian.Uint16(b[2:]))
	if n == head {
		return p.follows(b, n, !p.lost)
	}
	if seen := b[head:min(n, len(b))]; !p.believes(c, seen, n-head, p.lost) {
		return 0, len(seen) < min(leastRTP, n-head) && p.may(c, seen)
	}
	if len(b) < n {
		return 0, true
	}
	if n, ok = p.follows(b, n, true); n == 0 {
		return 0, ok
	}
	p.found()
	content := b[head:n]
	switch {
	case c.media:
		c.seen, c.source, c.contents = true, binary.BigEndian.Uint32(content[8:]), content[1]&0x7f
		sink.Packet(b[1], content)
	case c.control:
		sink.Pass(b[:n])
	}
	return n, true
}

// follows believes in a packet of a channel nobody asked for only where another
// packet or a reply comes after it, and where it is not a '$' too many before a
// packet of a stream that is known.
func (p *Parser) follows(b []byte, size int, believed bool) (n int, ok bool) {
	c := &p.channels[b[1]]
	switch {
	case !believed:
		return 0, false
	case c.media || c.control:
		return size, true
	case len(b) <= max(size, 1+head+leastRTP):
		return 0, true
	case b[size] != magic && b[size] != reply[0]:
		return 0, false
	}
	if within := b[1:]; within[0] == magic {
		c := &p.channels[within[1]]
		length := int(binary.BigEndian.Uint16(within[2:]))
		if (c.media || c.control) && p.believes(c, within[head:], length, true) {
			return 0, false
		}
	}
	return size, true
}

// may tells whether what begins so can become a packet, as far as the first
// byte says: the version (RFC 3550, 5.1) is 2.
func (p *Parser) may(c *channel, seen []byte) bool {
	return (len(seen) == 0 || seen[0]>>6 == 2) && (!p.lost || c.media || c.control)
}

// believes tells whether content begins a packet of the channel that is size
// long. Within junk it has to continue what is known.
func (p *Parser) believes(c *channel, content []byte, size int, lost bool) bool {
	if size < leastRTCP || len(content) < min(leastRTP, size) || content[0]>>6 != 2 {
		return false
	}
	switch {
	case c.media:
		return size >= leastRTP && (!lost || !c.seen ||
			binary.BigEndian.Uint32(content[8:]) == c.source && content[1]&0x7f == c.contents)
	case c.control:
		return !lost || content[1] >= 200 && content[1] <= 207
	}
	return !lost // of a channel that nobody asked for
}

// Bounds on an RTSP message.
const (
	maxLine = 1 << 10
	maxHead = 1 << 14
	maxBody = 1 << 15
)

var (
	reply   = []byte("RTSP/")
	request = []byte("RTSP/1.0")
)

// message finds the length of the RTSP message that begins b: 0 where it is not
// whole yet, false where there is none. Within junk only a reply is one.
func message(b []byte, lost bool) (n int, ok bool) {
	if b[0] < 'A' || b[0] > 'Z' {
		return 0, false
	}
	if begun := min(len(b), len(reply)); lost && !bytes.Equal(b[:begun], reply[:begun]) {
		return 0, false
	}
	line, whole := firstLine(b)
	switch {
	case line == nil:
		return 0, false
	case !whole:
		return 0, true
	case !bytes.HasPrefix(line, reply) && !bytes.HasSuffix(line, request):
		return 0, false
	}
	begun := b[:min(len(b), maxHead)]
	end := bytes.Index(begun, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, len(begun) < maxHead
	}
	n = end + 4
	if n += length(begun[:end]); n > maxHead+maxBody {
		return 0, false
	}
	if n > len(b) {
		return 0, true
	}
	return n, true
}

// firstLine is nil where b begins with no text.
func firstLine(b []byte) (line []byte, whole bool) {
	for i, c := range b[:min(len(b), maxLine)] {
		switch {
		case c == '\n':
			return bytes.TrimSuffix(b[:i], []byte{'\r'}), true
		case c != '\r' && (c < ' ' || c > '~'):
			return nil, false
		}
	}
	if len(b) >= maxLine {
		return nil, false
	}
	return b, false
}

// length of a message's body.
func length(header []byte) int {
	const field = "content-length:"
	for line := range bytes.SplitSeq(header, []byte("\r\n")) {
		if len(line) < len(field) || !bytes.EqualFold(line[:len(field)], []byte(field)) {
			continue
		}
		n := 0
		for _, c := range bytes.TrimSpace(line[len(field):]) {
			if c < '0' || c > '9' || n > maxBody {
				break
			}
			n = 10*n + int(c-'0')
		}
		return n
	}
	return 0
}
