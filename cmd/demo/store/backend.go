package store

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3response"
)

// telling is the POSIX backend that tells what it has done. A change that
// fails is not told.
type telling struct {
	*posix.Posix
	root string // absolute
	tell func(Event)
}

const (
	copyLimit = 5 << 30   // bytes, S3's own bound
	ioBuffer  = 256 << 10 // bytes a transfer
)

func newBackend(root string, attributes meta.MetadataStorer, tell func(Event)) (*telling, error) {
	p, err := posix.New(root, attributes, posix.PosixOpts{
		CopyObjectThreshold: copyLimit,
		IOBufferSize:        ioBuffer,
		ForceNoObjLockFile:  true, // no second process shares the files
	})
	if err != nil {
		return nil, err
	}
	return &telling{Posix: p, root: root, tell: tell}, nil
}

func (t *telling) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	out, err := t.Posix.PutObject(ctx, in)
	if err == nil {
		t.tell(newEvent(CreatedPut, value(in.Bucket), value(in.Key), time.Now(), Object{
			Size:         value(out.Size),
			ETag:         out.ETag,
			ContentType:  value(in.ContentType),
			UserMetadata: userMetadata(in),
		}))
	}
	return out, err
}

func (t *telling) CompleteMultipartUpload(ctx context.Context, in *s3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	out, version, err := t.Posix.CompleteMultipartUpload(ctx, in)
	if err == nil {
		t.tellStored(CreatedMultipart, value(in.Bucket), value(in.Key), value(out.ETag))
	}
	return out, version, err
}

func (t *telling) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	out, err := t.Posix.CopyObject(ctx, in)
	if err == nil && out.CopyObjectResult != nil {
		t.tellStored(CreatedCopy, value(in.Bucket), value(in.Key), value(out.CopyObjectResult.ETag))
	}
	return out, err
}

func (t *telling) DeleteObject(ctx context.Context, in *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	name := RemovedNoOP
	if _, err := os.Lstat(t.path(value(in.Bucket), value(in.Key))); err == nil {
		name = RemovedDelete
	}
	out, err := t.Posix.DeleteObject(ctx, in)
	if err == nil {
		t.tell(newEvent(name, value(in.Bucket), value(in.Key), time.Now(), Object{}))
	}
	return out, err
}

// DeleteObjects tells a removal for keys that were not there as well, as
// MinIO does.
func (t *telling) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	out, err := t.Posix.DeleteObjects(ctx, in)
	for _, gone := range out.Deleted {
		t.tell(newEvent(RemovedDelete, value(in.Bucket), value(gone.Key), time.Now(), Object{}))
	}
	return out, err
}

// tellStored tells of an object whose size the gateway does not return.
func (t *telling) tellStored(name, bucket, key, etag string) {
	object := Object{ETag: etag}
	at := time.Now()
	if file, err := os.Stat(t.path(bucket, key)); err == nil {
		object.Size, at = file.Size(), file.ModTime()
	}
	t.tell(newEvent(name, bucket, key, at, object))
}

func (t *telling) path(bucket, key string) string {
	return filepath.Join(t.root, bucket, filepath.FromSlash(key))
}

// userMetadata gives names back the prefix that the gateway took.
func userMetadata(in s3response.PutObjectInput) map[string]string {
	named := map[string]string{"content-type": value(in.ContentType)}
	for name, v := range in.Metadata {
		named[http.CanonicalHeaderKey("X-Amz-Meta-"+name)] = v
	}
	return named
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
