package gather

import (
	"runtime"

	"github.com/donhk/istream/services/recorder/internal/interleaved"
)

// bufferSize takes the longest packet twice, and stays within the second-level
// cache of a small processor.
const bufferSize = 2 * interleaved.Largest

// buffers are what connections read into, one after the other: as many wait as
// can be at work. Where a disk holds a camera up, others make their own.
var buffers = pool{make(chan []byte, runtime.NumCPU())}

type pool struct{ free chan []byte }

func (p pool) take() []byte {
	select {
	case b := <-p.free:
		return b
	default:
		return make([]byte, bufferSize)
	}
}

func (p pool) put(b []byte) {
	select {
	case p.free <- b:
	default:
	}
}
