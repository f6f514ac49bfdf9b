package s3

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/donhk/istream/pkg/objstore"
)

// List implements objstore.Bucket; it asks for a thousand objects at a time.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[objstore.Object, error] {
	return func(yield func(objstore.Object, error) bool) {
		owner := false
		options := minio.ListObjectsOptions{Prefix: prefix, Recursive: true, FetchOwner: &owner}
		for o := range b.client.ListObjectsIter(ctx, b.name, options) {
			if o.Err != nil {
				yield(objstore.Object{}, fmt.Errorf("listing %s: %w", prefix, classify(ctx, o.Err)))
				return
			}
			if !yield(objstore.Object{Key: o.Key, Size: o.Size, Modified: o.LastModified}, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil { // an ended context looks like the end of the list
			yield(objstore.Object{}, fmt.Errorf("listing %s: %w", prefix, err))
		}
	}
}

// Stat implements objstore.Bucket.
func (b *Bucket) Stat(ctx context.Context, key string) (objstore.Info, error) {
	info, err := b.stat(ctx, key)
	if err != nil {
		return objstore.Info{}, fmt.Errorf("asking for %s: %w", key, err)
	}
	return info, nil
}

func (b *Bucket) stat(ctx context.Context, key string) (objstore.Info, error) {
	o, err := b.client.StatObject(ctx, b.name, key, minio.StatObjectOptions{Checksum: true})
	if err != nil {
		return objstore.Info{}, classify(ctx, err)
	}
	info := objstore.Info{
		Object:   objstore.Object{Key: key, Size: o.Size, Modified: o.LastModified},
		CRC32C:   o.ChecksumCRC32C,
		Metadata: map[string]string{},
	}
	for name, value := range o.UserMetadata {
		info.Metadata[strings.ToLower(name)] = value
	}
	return info, nil
}

// Get implements objstore.Bucket.
func (b *Bucket) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	body, _, _, err := minio.Core{Client: b.client}.GetObject(ctx, b.name, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("getting %s: %w", key, classify(ctx, err))
	}
	return body, nil
}
