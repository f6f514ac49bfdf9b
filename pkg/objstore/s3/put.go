package s3

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/donhk/istream/pkg/objstore"
)

// A Put ends where the line is slower than this on average. Connections on
// which nothing moves end much earlier.
const (
	leastRate = 4 << 10 // bytes a second
	leastTime = time.Minute
)

// Put implements objstore.Writer.
func (b *Bucket) Put(ctx context.Context, key string, body objstore.Source, size int64, opts objstore.PutOptions) error {
	if err := b.put(ctx, key, newContent(body, size), size, opts); err != nil {
		return fmt.Errorf("putting an object: %w", err)
	}
	return nil
}

func (b *Bucket) put(ctx context.Context, key string, body *content, size int64, opts objstore.PutOptions) error {
	limited, cancel := context.WithTimeout(ctx, leastTime+time.Duration(size/leastRate)*time.Second)
	defer cancel()
	reply, err := b.client.PutObject(limited, b.name, key, body, size, putOptions(opts, size))
	if unread := body.fault(); unread != nil {
		return fmt.Errorf("reading what is to be put: %w", unread)
	}
	if err != nil {
		return classify(ctx, err)
	}
	return b.confirm(limited, key, size, body.checksum(), reply.ChecksumCRC32C)
}

func putOptions(opts objstore.PutOptions, size int64) minio.PutObjectOptions {
	put := minio.PutObjectOptions{
		ContentType:          opts.ContentType,
		UserMetadata:         map[string]string{},
		DisableMultipart:     true,
		DisableContentSha256: true,
	}
	for name, value := range opts.Metadata {
		put.UserMetadata[name] = value
	}
	if size > 0 {
		put.Checksum = minio.ChecksumCRC32C
	} else { // no body, no trailer
		put.UserMetadata[minio.ChecksumCRC32C.Key()] = objstore.FormatChecksum(objstore.NewChecksum())
	}
	return put
}

// confirm compares what the store says it has with what was read.
func (b *Bucket) confirm(ctx context.Context, key string, size int64, sent, stored string) error {
	if stored == "" {
		info, err := b.stat(ctx, key)
		if errors.Is(err, objstore.ErrDenied) {
			return fmt.Errorf("the store's reply has no checksum and the key may not ask for it: %w", err)
		}
		if err != nil {
			return fmt.Errorf("asking what was stored: %w", err)
		}
		if info.Size != size {
			return fmt.Errorf("%w: %d bytes instead of %d", objstore.ErrCorrupt, info.Size, size)
		}
		stored = info.CRC32C
	}
	if stored == "" {
		return errors.New("the store keeps no CRC32C, so that nothing can be confirmed")
	}
	if stored != sent {
		return fmt.Errorf("%w: CRC32C %s instead of %s", objstore.ErrCorrupt, stored, sent)
	}
	return nil
}
