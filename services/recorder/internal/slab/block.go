package slab

import (
	"sync"
	"sync/atomic"
)

const (
	// size of a block: some pictures of a usual camera, so that little is left
	// over at its end.
	size = 256 << 10
	// kept is how many free blocks wait for their next use: what the fragments
	// that several cameras write at one time are made of.
	kept = 64
)

// Block is memory that units share.
type Block struct {
	bytes   []byte
	holders atomic.Int32
}

// Release tells that one unit of the block is needed no more. A nil Block is
// ordinary memory.
func (b *Block) Release() {
	if b != nil && b.holders.Add(-1) == 0 && len(b.bytes) == size {
		free.put(b)
	}
}

// free is used from its end: that block is still in the processor's cache.
var free stack

type stack struct {
	mu     sync.Mutex
	blocks []*Block
}

func (s *stack) put(b *Block) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.blocks) < kept {
		s.blocks = append(s.blocks, b)
	}
}

func (s *stack) take() *Block {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.blocks) - 1
	if last < 0 {
		return nil
	}
	b := s.blocks[last]
	s.blocks[last], s.blocks = nil, s.blocks[:last]
	return b
}

// get gives a block of at least n bytes, held once.
func get(n int) *Block {
	var b *Block
	if n <= size {
		b = free.take()
	}
	if b == nil {
		b = &Block{bytes: make([]byte, max(n, size))}
	}
	b.holders.Store(1)
	return b
}
