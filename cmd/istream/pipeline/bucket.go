package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/s3"
	"github.com/donhk/istream/pkg/pause"
)

const bucketRetry = 10 * time.Second

// makeBucket creates the bucket where it is missing, as soon as the store
// answers. A key that may not do so is no fault: then somebody else has to, and
// shipper and janitor tell that the bucket is missing.
func makeBucket(ctx context.Context, store *s3.Bucket, log *slog.Logger) error {
	for {
		err := store.EnsureBucket(ctx)
		if err == nil || errors.Is(err, objstore.ErrDenied) {
			return nil
		}
		log.Debug("the bucket is not there yet", "error", err)
		if pause.For(ctx, bucketRetry) != nil {
			return nil
		}
	}
}
