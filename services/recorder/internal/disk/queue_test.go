package disk_test

import (
	"log/slog"
	"testing"

	"pgregory.net/rapid"

	"github.com/donhk/istream/services/recorder/internal/disk"
	"github.com/donhk/istream/services/recorder/internal/segment"
)

func queue(backlog *disk.Backlog, cut func()) (q *disk.Queue, run func()) {
	q = disk.NewQueue(backlog, cut, slog.New(slog.DiscardHandler))
	return q, func() { q.Close(); q.Run() }
}

// TestQueueGivesUpWhatDoesNotFit: for any stream of chunks, what comes out of
// two queues with a disk that takes nothing meanwhile is bounded, in order, and
// after whatever is missing a segment begins and says so.
func TestQueueGivesUpWhatDoesNotFit(t *testing.T) {
	const most = 16 << 20
	rapid.Check(t, func(t *rapid.T) {
		gaveUp := 0
		q, run := queue(&disk.Backlog{}, func() { gaveUp++ })
		buffer := make([]byte, 8<<20)
		pushed := rapid.IntRange(1, 40).Draw(t, "chunks")
		for n := range pushed {
			size := rapid.IntRange(1, len(buffer)).Draw(t, "size")
			q.Push(segment.Chunk{Sequence: n, Opens: n == 0 || rapid.Bool().Draw(t, "opens"), Data: [][]byte{buffer[:size]}})
		}
		go run()
		bytes, last, got := int64(0), -1, 0
		for c := range q.Out() {
			if missed := c.Sequence != last+1; missed != c.Missed || missed && !c.Opens {
				t.Fatalf("chunk %d follows %d, opens %v, missed %v", c.Sequence, last, c.Opens, c.Missed)
			}
			bytes, last, got = bytes+c.Size(), c.Sequence, got+1
		}
		if got+gaveUp != pushed || bytes > most {
			t.Fatalf("%d came out and %d were given up of %d; %d bytes", got, gaveUp, pushed, bytes)
		}
	})
}

// TestQueuesTogetherAreBounded: many cameras on one slow disk; each has room
// again once the disk has taken what there was.
func TestQueuesTogetherAreBounded(t *testing.T) {
	var backlog disk.Backlog
	buffer := make([]byte, 4<<20)
	gaveUp, took := 0, int64(0)
	var runs []func()
	var queues []*disk.Queue
	for range 32 {
		q, run := queue(&backlog, func() { gaveUp++ })
		for n := range 4 {
			q.Push(segment.Chunk{Sequence: n, Opens: true, Data: [][]byte{buffer}})
		}
		queues, runs = append(queues, q), append(runs, run)
	}
	for i, q := range queues {
		go runs[i]()
		for c := range q.Out() {
			took += c.Size()
		}
	}
	// A queue that is empty takes a chunk whatever the others have.
	if most := int64(64<<20 + 32*len(buffer)); took > most || gaveUp == 0 {
		t.Errorf("%d bytes waited where %d are allowed, %d chunks given up", took, most, gaveUp)
	}
	q, run := queue(&backlog, func() { t.Error("no room though all is written") })
	for n := range 4 {
		q.Push(segment.Chunk{Sequence: n, Data: [][]byte{buffer}})
	}
	go run()
	for range q.Out() {
	}
}
