package objstore

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// The classes of faults. Errors of a Bucket wrap one of them where the class
// is known; anything else is worth a retry.
var (
	ErrUnavailable = errors.New("the store can't be reached")          // connection, time-out, 5xx, SlowDown: retry
	ErrDenied      = errors.New("the store refuses the credentials")   // 401, 403: wait and tell
	ErrNoBucket    = errors.New("the bucket does not exist")           // wait and tell
	ErrClockSkew   = errors.New("the clock here is wrong")             // RequestTimeTooSkewed: wait and tell
	ErrNotFound    = errors.New("the object does not exist")           // of Stat and Get
	ErrCorrupt     = errors.New("the store has other bytes than sent") // size or checksum differ: send again
)

// Object is an entry of a listing.
type Object struct {
	Key      string
	Size     int64
	Modified time.Time
}

// Info is what a store tells of one object.
type Info struct {
	Object
	CRC32C   string            // base64, empty where the store has none
	Metadata map[string]string // lower-case names without the x-amz-meta- prefix
}

// Source is the content of a Put: a file, or a bytes.Reader. It is read from
// the start, more than once where a try fails.
type Source interface {
	io.Reader
	io.ReaderAt
	io.Seeker
}

// PutOptions go with an object.
type PutOptions struct {
	ContentType string
	Metadata    map[string]string // ASCII; names are folded to lower case
}

// Deleted is the outcome of one key of a Delete.
type Deleted struct {
	Key string
	Err error // nil: the key is not there any more
}

// Writer is all that the shipper's key may do.
type Writer interface {
	// Put stores size bytes under key and returns when the store has confirmed
	// them by size and checksum. Its errors do not name the key, so that the
	// same fault reads the same for each object.
	Put(ctx context.Context, key string, body Source, size int64, opts PutOptions) error
}

// Bucket is all that iStream does with a bucket.
type Bucket interface {
	Writer
	// List yields every object whose key begins with prefix, in the order of
	// their keys; it ends at the first error.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	Stat(ctx context.Context, key string) (Info, error)
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	// Delete removes keys in batches and yields an outcome for each of them.
	Delete(ctx context.Context, keys []string) iter.Seq[Deleted]
}
