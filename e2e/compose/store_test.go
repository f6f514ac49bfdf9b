//go:build compose

package compose

import (
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/donhk/istream/pkg/events"
)

// What deploy/compose/all-in-one.env says.
const (
	site   = "staging"
	bucket = "istream"
	store  = "127.0.0.1:9000"
	bus    = "nats://127.0.0.1:4222"

	accessKey  = "staging"
	secretKey  = "staging-secret"
	cameraPass = "staging-camera"
)

func client(t *testing.T) *minio.Client {
	t.Helper()
	c, err := minio.New(store, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, ""), MaxRetries: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// listed gives the names of the site's segments in the bucket, in the order of
// their keys, which is that of time.
func listed(t *testing.T) ([]events.Name, error) {
	t.Helper()
	var names []events.Name
	for object := range client(t).ListObjectsIter(t.Context(), bucket, minio.ListObjectsOptions{Prefix: site + "/", Recursive: true}) {
		if object.Err != nil {
			return nil, object.Err
		}
		name, ok := events.ParseKey(object.Key)
		if !ok {
			return nil, fmt.Errorf("%s is no segment's key", object.Key)
		}
		names = append(names, name)
	}
	return names, nil
}

// stored fails unless the bucket has a segment that began after that time.
func stored(t *testing.T, begin time.Time) error {
	t.Helper()
	names, err := listed(t)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name.Start.After(begin) {
			return nil
		}
	}
	return fmt.Errorf("%d segments in the bucket, none of them later than %v", len(names), begin)
}

// segment is what the bucket holds under a name.
type segment struct {
	bytes  int64
	sha256 string
	frames []uint64 // numbers that the simulated camera stamped, in the order of decoding
}

// stamp is what the simulated camera puts into each frame: its number.
var stamp = regexp.MustCompile(`iStream-camsim-1([0-9a-f]{16}) `)

func download(t *testing.T, name events.Name) segment {
	t.Helper()
	object, err := client(t).GetObject(t.Context(), bucket, name.Key(), minio.GetObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(object)
	if err != nil {
		t.Fatalf("downloading %s: %v", name.Key(), err)
	}
	s := segment{bytes: int64(len(content)), sha256: fmt.Sprintf("%x", sha256.Sum256(content))}
	for _, found := range stamp.FindAllSubmatch(content, -1) {
		number, err := strconv.ParseUint(string(found[1]), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		s.frames = append(s.frames, number)
	}
	return s
}
