package s3

import (
	"errors"
	"hash"
	"io"
	"sync"

	"github.com/donhk/istream/pkg/objstore"
)

// content reads the first size bytes of a source once and sums them up. It
// cannot seek: minio-go goes on with the checksum of a first try in the second,
// so that only what can't be tried again is summed right.
//
// The mutex is for the transport, which may still read when a Put has ended.
type content struct {
	mu     sync.Mutex
	source *io.SectionReader
	sum    hash.Hash32
	left   int64
	err    error
}

func newContent(source io.ReaderAt, size int64) *content {
	return &content{source: io.NewSectionReader(source, 0, size), sum: objstore.NewChecksum(), left: size}
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.source.Read(p)
	_, _ = c.sum.Write(p[:n]) // a hash never fails
	c.left -= int64(n)
	if errors.Is(err, io.EOF) && c.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// fault is why the source could not be read; nil if it could.
func (c *content) fault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *content) checksum() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return objstore.FormatChecksum(c.sum)
}
