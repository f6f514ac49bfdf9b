package interleaved_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/services/recorder/internal/interleaved"
)

// pkt is a packet of a stream that has its channel's number as its source.
func pkt(channel byte, sequence uint16, payload string) []byte {
	b := []byte{0x80, 96}
	b = binary.BigEndian.AppendUint16(b, sequence)
	b = binary.BigEndian.AppendUint32(b, 3600*uint32(sequence))
	b = binary.BigEndian.AppendUint32(b, uint32(channel)+1)
	return frame(channel, append(b, payload...))
}

func rtcp(channel byte) []byte {
	return frame(channel, []byte{0x80, 200, 0, 6, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24})
}

func frame(channel byte, content []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{'$', channel}, uint16(len(content)))
	return append(b, content...)
}

const (
	reply   = "RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 1\r\n\r\n"
	body    = "RTSP/1.0 200 OK\r\nCSeq: 5\r\ncontent-length: 4\r\n\r\n$\x00\x00\x01"
	request = "OPTIONS rtsp://192.0.2.1/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"
)

// streams are what cameras send on the channels 0 and 2, and what is meant.
var streams = map[string]struct {
	parts [][]byte
	want  []string
	junk  int64
}{
	"packets of two tracks": {
		parts: [][]byte{pkt(0, 1, "a"), pkt(2, 1, "b"), pkt(0, 2, "c")},
		want:  []string{"0: a", "2: b", "0: c"},
	},
	"messages and RTCP between": {
		parts: [][]byte{[]byte(reply), pkt(0, 1, "a"), rtcp(1), []byte(body), pkt(0, 2, "b"), []byte(request), rtcp(3)},
		want:  []string{"message " + reply, "0: a", "control 1", "message " + body, "0: b", "message " + request, "control 3"},
	},
	"empty lines after a message": {
		parts: [][]byte{[]byte(reply), []byte("\r\n\r\n"), pkt(0, 1, "a")},
		want:  []string{"message " + reply, "0: a"},
	},
	"an empty packet": {
		parts: [][]byte{frame(0, nil), pkt(0, 1, "a")},
		want:  []string{"0: a"},
	},
	"a channel nobody asked for": {
		parts: [][]byte{pkt(0, 1, "a"), pkt(8, 1, "$\x00\x00\x01"), rtcp(9), pkt(0, 2, "b")},
		want:  []string{"0: a", "0: b"},
	},
	"junk without a meaning": {
		parts: [][]byte{pkt(0, 1, "a"), {0, 1, 2, 3}, pkt(0, 2, "b")},
		want:  []string{"0: a", "0: b"}, junk: 4,
	},
	"junk with what looks like a head": {
		parts: [][]byte{pkt(0, 1, "a"), {0, '$', 0, 0xff, 0xff, 0x80, 96, 1, 1, 1, 1, 1, 1, 9, 9, 9, 9}, pkt(0, 2, "b")},
		want:  []string{"0: a", "0: b"}, junk: 17,
	},
	"a dollar too many": {
		parts: [][]byte{pkt(0, 1, "a"), {'$'}, pkt(2, 1, strings.Repeat("b", 0x90-12)), pkt(0, 2, "c"), {'$'}, pkt(0, 3, strings.Repeat("d", 0x0690-12)), pkt(2, 2, "e")},
		want:  []string{"0: a", "2: " + strings.Repeat("b", 0x90-12), "0: c", "0: " + strings.Repeat("d", 0x0690-12), "2: e"}, junk: 2,
	},
	"a dollar too many before a short packet": {
		parts: [][]byte{pkt(0, 1, "a"), {'$'}, pkt(0, 2, "b"), {'$'}, pkt(2, 1, "c"), pkt(0, 3, "d")},
		want:  []string{"0: a", "0: b", "2: c", "0: d"}, junk: 2,
	},
	"heads of no packet": {
		parts: [][]byte{pkt(0, 1, "a"), []byte("$\xff\xff\xff"), pkt(0, 2, "b"), []byte("RT"), pkt(0, 3, "c"), []byte("$\x00\x00"), pkt(0, 4, "d")},
		want:  []string{"0: a", "0: b", "0: c", "0: d"}, junk: 9,
	},
	"a packet cut short": {
		parts: [][]byte{pkt(0, 1, "a"), pkt(0, 2, strings.Repeat("x", 40))[:30], pkt(0, 3, strings.Repeat("y", 40)), pkt(0, 4, "c"), pkt(2, 1, "d")},
		want:  []string{"0: a", "0: " + strings.Repeat("x", 14) + string(pkt(0, 3, strings.Repeat("y", 40))[:26]), "0: c", "2: d"}, junk: 30,
	},
	"the rest of a packet": {
		parts: [][]byte{pkt(0, 1, "a"), pkt(0, 2, strings.Repeat("$x", 40))[50:], pkt(0, 3, "b"), pkt(2, 1, "c")},
		want:  []string{"0: a", "0: b", "2: c"}, junk: 46,
	},
	"lines of a log": {
		parts: [][]byte{pkt(0, 1, "a"), []byte("[RTSP] client is slow\nReset encoder\n"), []byte(reply), pkt(0, 2, "b")},
		want:  []string{"0: a", "message " + reply, "0: b"}, junk: 36,
	},
	"a stream that begins anew": {
		parts: [][]byte{pkt(0, 1, "a"), frame(0, append([]byte{0x80, 97, 0, 1, 0, 0, 0, 0, 9, 9, 9, 9}, "b"...))},
		want:  []string{"0: a", "0: b"},
	},
	"a packet of the longest kind": {
		parts: [][]byte{pkt(0, 1, strings.Repeat("l", 65523)), pkt(0, 2, "b")},
		want:  []string{"0: " + strings.Repeat("l", 65523), "0: b"},
	},
}

// heard is a sink that tells what it got.
type heard struct{ all []string }

func (h *heard) Packet(channel uint8, b []byte) {
	p, ok := interleaved.ReadRTP(b)
	if !ok {
		h.all = append(h.all, fmt.Sprintf("%d: unreadable", channel))
		return
	}
	h.all = append(h.all, fmt.Sprintf("%d: %s", channel, p.Payload))
}

func (h *heard) Pass(b []byte) {
	if b[0] == '$' {
		h.all = append(h.all, fmt.Sprintf("control %d", b[1]))
		return
	}
	h.all = append(h.all, "message "+string(b))
}

// feed presents the stream in reads of up to step bytes, as a connection would.
func feed(t testing.TB, stream []byte, step int) (h *heard, p *interleaved.Parser) {
	t.Helper()
	h, p = &heard{}, interleaved.New(0, 2)
	var rest []byte
	for read := range slices.Chunk(stream, step) {
		rest = append(rest, read...)
		used := p.Parse(rest, h)
		if used < 0 || used > len(rest) {
			t.Fatalf("%d bytes of %d are done with", used, len(rest))
		}
		if rest = rest[used:]; len(rest) >= interleaved.Largest {
			t.Fatalf("%d bytes are not enough to go on", len(rest))
		}
	}
	return h, p
}

func TestParser(t *testing.T) {
	for name, c := range streams {
		t.Run(name, func(t *testing.T) {
			stream := bytes.Join(c.parts, nil)
			for _, step := range []int{len(stream), 1, 2, 3, 7, 1460} {
				h, p := feed(t, stream, step)
				if diff := cmp.Diff(c.want, h.all); diff != "" {
					t.Fatalf("in reads of %d: %s", step, diff)
				}
				if p.Junk() != c.junk {
					t.Errorf("in reads of %d: %d bytes of junk, not %d", step, p.Junk(), c.junk)
				}
			}
		})
	}
}

// TestParserAtEveryByte: wherever a read ends, the same comes out.
func TestParserAtEveryByte(t *testing.T) {
	for name, c := range streams {
		stream := bytes.Join(c.parts, nil)
		if len(stream) > 1000 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for at := range stream {
				h, p := &heard{}, interleaved.New(0, 2)
				used := p.Parse(stream[:at], h)
				p.Parse(stream[used:], h)
				if diff := cmp.Diff(c.want, h.all); diff != "" {
					t.Fatalf("split at %d: %s", at, diff)
				}
			}
		})
	}
}

func FuzzInterleaved(f *testing.F) {
	for _, c := range streams {
		if stream := bytes.Join(c.parts, nil); len(stream) < 1000 {
			f.Add(stream, 5)
		}
	}
	good := slices.Concat(pkt(0, 7, "kept"), pkt(0, 8, "kept too"))
	f.Fuzz(func(t *testing.T, stream []byte, step int) {
		step = max(step, 1)
		whole, _ := feed(t, stream, max(len(stream), 1))
		pieces, _ := feed(t, stream, step)
		if diff := cmp.Diff(whole.all, pieces.all); diff != "" {
			t.Fatalf("in reads of %d it is something else: %s", step, diff)
		}
		// Whatever came, the stream is found again.
		known := slices.Concat(pkt(0, 6, "known"), stream, make([]byte, 3*interleaved.Largest), good)
		after, _ := feed(t, known, 4096)
		if n := len(after.all); n < 2 || after.all[n-2] != "0: kept" || after.all[n-1] != "0: kept too" {
			t.Fatalf("what followed was lost: %q", after.all)
		}
	})
}
