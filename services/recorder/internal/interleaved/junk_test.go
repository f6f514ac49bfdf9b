package interleaved_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/donhk/istream/services/recorder/internal/interleaved"
)

// TestJunkCostsNoPacket: whatever junk stands before packets of any size and
// content, and wherever a read ends, each packet comes out.
func TestJunkCostsNoPacket(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, junk := range []string{"\r\n\r\n", "\x00\x00\x00\x00", "$", "$$", "\xff\xff\xff", "RT", "$\xff\xff\xff", "$\x00\x00", "a line\r\n"} {
		var stream []byte
		var want []string
		for sequence := range uint16(5000) {
			if sequence%3 == 0 {
				stream = append(stream, junk...)
			}
			if sequence%50 == 0 {
				stream = append(stream, rtcp(1)...)
				want = append(want, "control 1")
			}
			channel, content := byte(2*random.IntN(2)), make([]byte, 1+random.IntN(1448))
			for i := range content {
				content[i] = byte(random.Uint32())
			}
			stream = append(stream, pkt(channel, sequence, string(content))...)
			want = append(want, fmt.Sprintf("%d: %s", channel, content))
		}
		h, p := &heard{}, interleaved.New(0, 2)
		for rest := []byte(nil); len(stream) > 0; {
			n := min(1+random.IntN(4000), len(stream))
			rest, stream = append(rest, stream[:n]...), stream[n:]
			rest = rest[p.Parse(rest, h):]
		}
		if len(h.all) != len(want) {
			t.Errorf("%q: %d packets, not %d", junk, len(h.all), len(want))
		}
		for i := range min(len(want), len(h.all)) {
			if h.all[i] != want[i] {
				t.Fatalf("%q: packet %d is another", junk, i)
			}
		}
	}
}
