package objstoretest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
)

// Memory is a Bucket in memory; the zero value is empty and ready. Its fields
// are set before its first use. They are called without any lock held, by
// whoever calls the bucket.
type Memory struct {
	// The faults are asked before each operation: an error ends it. They may
	// block until ctx ends, as a line does that swallows everything.
	PutFault    func(ctx context.Context, key string) error
	ListFault   func(ctx context.Context, prefix string) error
	StatFault   func(ctx context.Context, key string) error
	GetFault    func(ctx context.Context, key string) error
	DeleteFault func(ctx context.Context, key string) error // once a key

	// ReplyFault is asked when an object has been stored: an error is a reply
	// that was lost, or that told of other bytes.
	ReplyFault func(ctx context.Context, key string) error

	// Changed hears of each object that was stored or removed, after the fact
	// and before the call returns; a removal's size is 0, as stores tell it.
	Changed func(change events.BucketChange, key string, size int64)

	mu      sync.Mutex
	objects map[string]object
}

type object struct {
	content  []byte
	modified time.Time
	metadata map[string]string
}

var _ objstore.Bucket = (*Memory)(nil)

// Put implements objstore.Writer.
func (m *Memory) Put(ctx context.Context, key string, body objstore.Source, size int64, opts objstore.PutOptions) error {
	if err := m.put(ctx, key, body, size, opts); err != nil {
		return fmt.Errorf("putting an object: %w", err)
	}
	return nil
}

func (m *Memory) put(ctx context.Context, key string, body objstore.Source, size int64, opts objstore.PutOptions) error {
	if err := ask(ctx, m.PutFault, key); err != nil {
		return err
	}
	if key == "" || size < 0 {
		return errors.New("an object needs a key and a size")
	}
	content := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(body, 0, size), content); err != nil {
		return fmt.Errorf("reading %d bytes: %w", size, err)
	}
	stored := object{content: content, modified: time.Now().UTC(), metadata: map[string]string{}}
	for name, value := range opts.Metadata {
		stored.metadata[strings.ToLower(name)] = value
	}
	m.mu.Lock()
	if m.objects == nil {
		m.objects = map[string]object{}
	}
	m.objects[key] = stored
	m.mu.Unlock()
	m.tell(events.BucketCreated, key, size)
	return ask(ctx, m.ReplyFault, key)
}

// List implements objstore.Bucket. It shows the objects of the moment when the
// iteration began.
func (m *Memory) List(ctx context.Context, prefix string) iter.Seq2[objstore.Object, error] {
	return func(yield func(objstore.Object, error) bool) {
		if err := ask(ctx, m.ListFault, prefix); err != nil {
			yield(objstore.Object{}, fmt.Errorf("listing %s: %w", prefix, err))
			return
		}
		for _, o := range m.listed(prefix) {
			if err := ctx.Err(); err != nil {
				yield(objstore.Object{}, fmt.Errorf("listing %s: %w", prefix, err))
				return
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}

func (m *Memory) listed(prefix string) []objstore.Object {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []objstore.Object
	for key, o := range m.objects {
		if strings.HasPrefix(key, prefix) {
			all = append(all, objstore.Object{Key: key, Size: int64(len(o.content)), Modified: o.modified})
		}
	}
	slices.SortFunc(all, func(a, b objstore.Object) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// Stat implements objstore.Bucket.
func (m *Memory) Stat(ctx context.Context, key string) (objstore.Info, error) {
	if err := ask(ctx, m.StatFault, key); err != nil {
		return objstore.Info{}, fmt.Errorf("asking for %s: %w", key, err)
	}
	o, ok := m.find(key)
	if !ok {
		return objstore.Info{}, fmt.Errorf("asking for %s: %w", key, objstore.ErrNotFound)
	}
	sum := objstore.NewChecksum()
	_, _ = sum.Write(o.content) // a hash never fails
	return objstore.Info{
		Object:   objstore.Object{Key: key, Size: int64(len(o.content)), Modified: o.modified},
		CRC32C:   objstore.FormatChecksum(sum),
		Metadata: maps.Clone(o.metadata),
	}, nil
}

// Get implements objstore.Bucket.
func (m *Memory) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := ask(ctx, m.GetFault, key); err != nil {
		return nil, fmt.Errorf("getting %s: %w", key, err)
	}
	o, ok := m.find(key)
	if !ok {
		return nil, fmt.Errorf("getting %s: %w", key, objstore.ErrNotFound)
	}
	return io.NopCloser(bytes.NewReader(o.content)), nil
}

// Delete implements objstore.Bucket.
func (m *Memory) Delete(ctx context.Context, keys []string) iter.Seq[objstore.Deleted] {
	return func(yield func(objstore.Deleted) bool) {
		for _, key := range keys {
			err := ask(ctx, m.DeleteFault, key)
			if err != nil {
				err = fmt.Errorf("deleting %s: %w", key, err)
			} else if m.remove(key) {
				m.tell(events.BucketRemoved, key, 0)
			}
			if !yield(objstore.Deleted{Key: key, Err: err}) {
				return
			}
		}
	}
}

func (m *Memory) remove(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.objects[key]
	delete(m.objects, key)
	return ok
}

func (m *Memory) find(key string) (object, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	return o, ok
}

func (m *Memory) tell(change events.BucketChange, key string, size int64) {
	if m.Changed != nil {
		m.Changed(change, key, size)
	}
}

func ask(ctx context.Context, fault func(context.Context, string) error, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if fault == nil {
		return nil
	}
	return fault(ctx, name)
}

// Keys lists what the bucket holds, in order, past all faults.
func (m *Memory) Keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.objects))
}

// Size is the sum of the objects under prefix in bytes, past all faults.
func (m *Memory) Size(prefix string) int64 {
	var sum int64
	for _, o := range m.listed(prefix) {
		sum += o.Size
	}
	return sum
}

// Content is an object's bytes, past all faults. They must not be changed.
func (m *Memory) Content(key string) (content []byte, ok bool) {
	o, ok := m.find(key)
	return o.content, ok
}

// Metadata is an object's metadata, past all faults; nil where there is no
// such object.
func (m *Memory) Metadata(key string) map[string]string {
	o, _ := m.find(key)
	return maps.Clone(o.metadata)
}

// Fill stores an object past all faults, modified at the time given; Changed
// does not hear of it.
func (m *Memory) Fill(key string, content []byte, modified time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.objects == nil {
		m.objects = map[string]object{}
	}
	m.objects[key] = object{content: bytes.Clone(content), modified: modified.UTC(), metadata: map[string]string{}}
}
