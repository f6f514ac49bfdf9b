package store

import (
	"context"
	"fmt"
	"net/http"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// makeBucket goes through the front door, which proves that the store
// answers and takes the credentials.
func (s *Store) makeBucket(ctx context.Context) error {
	transport := &http.Transport{DisableKeepAlives: true}
	client, err := minio.New(s.Endpoint(), &minio.Options{
		Creds:     credentials.NewStaticV4(s.config.AccessKey, s.config.SecretKey, ""),
		Transport: transport,
	})
	if err != nil {
		return fmt.Errorf("make a client for %s: %w", s.Endpoint(), err)
	}
	there, err := client.BucketExists(ctx, s.config.Bucket)
	if err != nil {
		return fmt.Errorf("look for the bucket %q: %w", s.config.Bucket, err)
	}
	if there {
		return nil
	}
	if err := client.MakeBucket(ctx, s.config.Bucket, minio.MakeBucketOptions{}); err != nil {
		return fmt.Errorf("create the bucket %q: %w", s.config.Bucket, err)
	}
	return nil
}
