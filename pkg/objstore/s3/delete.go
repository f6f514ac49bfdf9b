package s3

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/minio/minio-go/v7"

	"github.com/donhk/istream/pkg/objstore"
)

const batch = 1000 // keys that a store takes at once

var errUntold = errors.New("the store did not tell")

// Delete implements objstore.Bucket. A key that the store says nothing of
// counts as not deleted.
func (b *Bucket) Delete(ctx context.Context, keys []string) iter.Seq[objstore.Deleted] {
	return func(yield func(objstore.Deleted) bool) {
		for some := range slices.Chunk(keys, batch) {
			told, rest := b.deleteBatch(ctx, some)
			for _, key := range some {
				err, ok := told[key]
				if !ok {
					err = rest
				}
				if err != nil {
					err = fmt.Errorf("deleting %s: %w", key, err)
				}
				if !yield(objstore.Deleted{Key: key, Err: err}) {
					return
				}
			}
		}
	}
}

// deleteBatch tells the outcome of each key, and that of those it misses.
func (b *Bucket) deleteBatch(ctx context.Context, keys []string) (told map[string]error, rest error) {
	told, rest = make(map[string]error, len(keys)), errUntold
	objects := func(yield func(minio.ObjectInfo) bool) {
		for _, key := range keys {
			if !yield(minio.ObjectInfo{Key: key}) {
				return
			}
		}
	}
	results, err := b.client.RemoveObjectsWithIter(ctx, b.name, objects, minio.RemoveObjectsOptions{})
	if err != nil {
		return told, classify(ctx, err)
	}
	for result := range results {
		if result.ObjectName == "" && result.Err != nil { // of the whole reply
			rest = classify(ctx, result.Err)
			continue
		}
		told[result.ObjectName] = classify(ctx, result.Err)
	}
	if err := ctx.Err(); err != nil {
		rest = err
	}
	return told, rest
}
