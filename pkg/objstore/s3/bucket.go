package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/donhk/istream/pkg/objstore"
)

// Bucket is one bucket of a store. Its methods may be called from several
// goroutines.
type Bucket struct {
	client    *minio.Client
	transport *http.Transport
	name      string
	region    string
}

var _ objstore.Bucket = (*Bucket)(nil)

// tries bounds the calls of one small request. A Put has one: whoever puts
// tries again, for as long as it takes.
const tries = 3

// Open makes ready to use the bucket; it asks the network for nothing. Close
// it when done.
func Open(cfg Config) (*Bucket, error) { return open(cfg, usualLimits) }

func open(cfg Config, l limits) (*Bucket, error) {
	endpoint, err := url.Parse(withScheme(cfg.Endpoint))
	if err != nil {
		return nil, fmt.Errorf("opening the bucket: %w", err)
	}
	transport, err := newTransport(cfg.CAFile, l)
	if err != nil {
		return nil, fmt.Errorf("opening the bucket: %w", err)
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds:           credentials.NewStaticV4(cfg.AccessKey.Reveal(), cfg.SecretKey.Reveal(), ""),
		Secure:          endpoint.Scheme == "https",
		Region:          cfg.Region, // given, so that it need not be asked for: a key may be refused that
		Transport:       continuing{transport},
		TrailingHeaders: true,
		MaxRetries:      tries,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the bucket: %w", err)
	}
	return &Bucket{client: client, transport: transport, name: cfg.Bucket, region: cfg.Region}, nil
}

// Close ends the idle connections.
func (b *Bucket) Close() { b.transport.CloseIdleConnections() }

// EnsureBucket creates the bucket if it is not there. A key that may not look
// for it or create it gets an error that wraps objstore.ErrDenied.
func (b *Bucket) EnsureBucket(ctx context.Context) error {
	there, err := b.client.BucketExists(ctx, b.name)
	if err != nil {
		return fmt.Errorf("looking for the bucket %s: %w", b.name, classify(ctx, err))
	}
	if there {
		return nil
	}
	err = b.client.MakeBucket(ctx, b.name, minio.MakeBucketOptions{Region: b.region})
	if err == nil || isOurs(err) {
		return nil
	}
	return fmt.Errorf("creating the bucket %s: %w", b.name, classify(ctx, err))
}

// isOurs: somebody with the same key was faster.
func isOurs(err error) bool {
	var reply minio.ErrorResponse
	return errors.As(err, &reply) && reply.Code == minio.BucketAlreadyOwnedByYou
}
