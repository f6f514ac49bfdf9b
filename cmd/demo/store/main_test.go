package store_test

import (
	"context"
	"sync"
	"testing"

	"github.com/donhk/istream/cmd/demo/store"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp writes the Date header from one goroutine a process, for ever.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		// fasthttp's pool of workers ends with its server, but sleeps for up to
		// 10 s before it looks.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

const (
	accessKey = "istream"
	secretKey = "istream-secret"
	bucket    = "footage"
)

// told collects events.
type told struct {
	mu     sync.Mutex
	events []store.Event
}

func (t *told) add(e store.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, e)
}

// take returns what was told since the last take.
func (t *told) take() []store.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	events := t.events
	t.events = nil
	return events
}

func config(dir string) store.Config {
	return store.Config{Dir: dir, AccessKey: accessKey, SecretKey: secretKey, Bucket: bucket}
}

func start(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// client is made with the options of iStream's own.
func client(t *testing.T, s *store.Store) *minio.Client {
	t.Helper()
	transport, err := minio.DefaultTransport(false)
	if err != nil {
		t.Fatal(err)
	}
	c, err := minio.New(s.Endpoint(), &minio.Options{
		Creds:           credentials.NewStaticV4(accessKey, secretKey, ""),
		TrailingHeaders: true,
		Transport:       transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return c
}

func keys(ctx context.Context, t *testing.T, c *minio.Client, prefix string) []string {
	t.Helper()
	var all []string
	for object := range c.ListObjects(ctx, bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if object.Err != nil {
			t.Fatal(object.Err)
		}
		all = append(all, object.Key)
	}
	return all
}
