package disk

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/services/recorder/internal/segment"
)

// Bounds of what waits for a disk that is slow. An SD card may stop for many
// seconds to tidy up; meanwhile cameras go on sending, and one that is kept
// waiting ends its session.
const (
	maxWaiting   = 16 << 20 // of a camera: half a minute at 4 Mb/s
	maxWaitingIn = 64 << 20 // of all cameras together
)

// Backlog counts what waits in the queues of all cameras.
type Backlog struct{ bytes atomic.Int64 }

// Queue lies between a camera and its Writer, and never makes the camera wait.
// Once it is full, what comes is given up until there is room again and a
// segment begins; what lies in it stays in one piece.
type Queue struct {
	cut     func()
	backlog *Backlog
	fault   *fault.Repeat
	out     chan segment.Chunk

	mu      sync.Mutex
	waiting []segment.Chunk
	bytes   int64
	missed  bool // something was given up since the last that was taken
	ended   bool
	wake    chan struct{}
}

// NewQueue is empty. cut is called for each chunk that is given up: a segment
// should begin at the next keyframe.
func NewQueue(backlog *Backlog, cut func(), log *slog.Logger) *Queue {
	return &Queue{cut: cut, backlog: backlog, fault: fault.New(log, "writing in time"), out: make(chan segment.Chunk), wake: make(chan struct{}, 1)}
}

var errSlow = errors.New("the disk takes less than the camera sends, footage is given up until it has caught up")

// Push takes a chunk, or gives it up. It does not wait.
func (q *Queue) Push(c segment.Chunk) {
	if !q.take(c) {
		c.Release()
		q.fault.Failed(errSlow)
		q.cut()
		return
	}
	q.fault.Recovered()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *Queue) take(c segment.Chunk) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := c.Size()
	if q.missed && !c.Opens || !q.room(size) {
		q.missed = true
		return false
	}
	c.Missed, q.missed = q.missed, false
	q.waiting = append(q.waiting, c)
	q.bytes += size
	q.backlog.bytes.Add(size)
	return true
}

// room: a queue that is empty takes anything.
func (q *Queue) room(size int64) bool {
	return len(q.waiting) == 0 || q.bytes+size <= maxWaiting && q.backlog.bytes.Load()+size <= maxWaitingIn
}

// Close tells that nothing more will come.
func (q *Queue) Close() {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Out is where the Writer takes chunks from; it is closed once the queue is
// closed and empty. Run feeds it.
func (q *Queue) Out() <-chan segment.Chunk { return q.out }

// Run hands over what was pushed, until the queue is closed and empty.
func (q *Queue) Run() {
	defer close(q.out)
	for {
		c, some, ended := q.first()
		switch {
		case some:
			q.out <- c
			q.drop()
		case ended:
			return
		default:
			<-q.wake
		}
	}
}

func (q *Queue) first() (c segment.Chunk, some, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return c, false, q.ended
	}
	return q.waiting[0], true, false
}

func (q *Queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := q.waiting[0].Size()
	q.bytes -= size
	q.backlog.bytes.Add(-size)
	q.waiting[0] = segment.Chunk{} // free what it holds
	if q.waiting = q.waiting[1:]; len(q.waiting) == 0 {
		q.waiting = nil
	}
}
