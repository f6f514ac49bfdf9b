package gather_test

import (
	"testing"
	"time"
)

// TestReadsAreFew: packets that come one by one are read together.
func TestReadsAreFew(t *testing.T) {
	const interval, packets = 50 * time.Millisecond, 200
	l := connect(t, interval)
	begin, pace := time.Now(), time.NewTicker(2*time.Millisecond)
	defer pace.Stop()
	for n := range packets {
		<-pace.C
		l.send(t, packet(n, 100))
	}
	l.until(t, packets)
	if reads, most := l.sink.reads.Load(), int64(time.Since(begin)/interval)+1; reads > most {
		t.Errorf("%d reads where %d ticks were", reads, most)
	}
}
