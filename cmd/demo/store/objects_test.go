package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"
)

const segment = "pi/front_door/2026-11-22/front_door_2026-11-22T16-03-01.250Z.mp4"

// shipped are the options of a segment's upload.
func shipped() minio.PutObjectOptions {
	return minio.PutObjectOptions{
		ContentType:          "video/mp4",
		UserMetadata:         map[string]string{"start": "2026-11-22T16:03:01.250Z", "clock-state": "synced"},
		DisableMultipart:     true,
		DisableContentSha256: true,
		Checksum:             minio.ChecksumCRC32C,
	}
}

func footage(size int) []byte {
	return bytes.Repeat([]byte("istream "), size/8+1)[:size]
}

func crc32c(body []byte) string {
	sum := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

func put(t *testing.T, c *minio.Client, key string, body []byte, opts minio.PutObjectOptions) minio.UploadInfo {
	t.Helper()
	info, err := c.PutObject(t.Context(), bucket, key, bytes.NewReader(body), int64(len(body)), opts)
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	return info
}

// attributes runs a test on both ways to keep what S3 knows of an object.
func attributes(t *testing.T, test func(t *testing.T, dir string)) {
	t.Run("as the file system can", func(t *testing.T) { test(t, t.TempDir()) })
	t.Run("in files beside", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "metadata"), 0o755); err != nil {
			t.Fatal(err)
		}
		test(t, dir)
	})
}

func TestAnObjectIsStoredAsSent(t *testing.T) {
	attributes(t, func(t *testing.T, dir string) {
		s := start(t, config(dir))
		c := client(t, s)
		body := footage(3 << 20)

		info := put(t, c, segment, body, shipped())
		if info.ChecksumCRC32C != crc32c(body) {
			t.Errorf("the reply has CRC32C %q, want %q", info.ChecksumCRC32C, crc32c(body))
		}
		stat, err := c.StatObject(t.Context(), bucket, segment, minio.StatObjectOptions{Checksum: true})
		if err != nil {
			t.Fatal(err)
		}
		if stat.Size != int64(len(body)) || stat.ChecksumCRC32C != crc32c(body) || stat.ContentType != "video/mp4" {
			t.Errorf("stat: size %d, CRC32C %q, type %q", stat.Size, stat.ChecksumCRC32C, stat.ContentType)
		}
		want := minio.StringMap{"Start": "2026-11-22T16:03:01.250Z", "Clock-State": "synced"}
		if diff := cmp.Diff(want, stat.UserMetadata); diff != "" {
			t.Errorf("metadata (-want +got):\n%s", diff)
		}
		got, err := c.GetObject(t.Context(), bucket, segment, minio.GetObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		back, err := io.ReadAll(got)
		if err := errors.Join(err, got.Close()); err != nil || !bytes.Equal(back, body) {
			t.Errorf("get: %d bytes, %v", len(back), err)
		}
		if file, err := os.ReadFile(s.Path(segment)); err != nil || !bytes.Equal(file, body) {
			t.Errorf("the file %s: %d bytes, %v", s.Path(segment), len(file), err)
		}
	})
}

func TestBytesThatDifferFromTheirChecksumAreRefused(t *testing.T) {
	s := start(t, config(t.TempDir()))
	opts := shipped()
	opts.Checksum = minio.ChecksumNone
	opts.UserMetadata["x-amz-checksum-crc32c"] = crc32c([]byte("other bytes"))
	body := footage(1000)
	_, err := client(t, s).PutObject(t.Context(), bucket, segment, bytes.NewReader(body), int64(len(body)), opts)
	if got := minio.ToErrorResponse(err).StatusCode; got != http.StatusBadRequest {
		t.Errorf("status %d, want 400: %v", got, err)
	}
	if _, err := os.Stat(s.Path(segment)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the object is there: %v", err)
	}
}

func TestIfNoneMatchKeepsWhatIsThere(t *testing.T) {
	attributes(t, func(t *testing.T, dir string) {
		s := start(t, config(dir))
		c := client(t, s)
		opts := shipped()
		opts.SetMatchETagExcept("*")
		put(t, c, segment, []byte("first"), opts)
		_, err := c.PutObject(t.Context(), bucket, segment, bytes.NewReader([]byte("second")), 6, opts)
		if got := minio.ToErrorResponse(err).StatusCode; got != http.StatusPreconditionFailed {
			t.Errorf("status %d, want 412: %v", got, err)
		}
		if file, err := os.ReadFile(s.Path(segment)); err != nil || string(file) != "first" {
			t.Errorf("the file has %q, %v", file, err)
		}
	})
}

func TestRemovalLeavesNothingBehind(t *testing.T) {
	attributes(t, func(t *testing.T, dir string) {
		s := start(t, config(dir))
		c := client(t, s)
		put(t, c, "foreign.txt", []byte("not ours"), minio.PutObjectOptions{})
		put(t, c, segment, footage(5000), shipped())
		put(t, c, "live/pi/front_door/2026-11-22T16-04-01.250Z/0", footage(100), shipped())
		put(t, c, "live/pi/front_door/2026-11-22T16-04-01.250Z/1", footage(100), shipped())

		if err := c.RemoveObject(t.Context(), bucket, segment, minio.RemoveObjectOptions{}); err != nil {
			t.Fatal(err)
		}
		tail := make(chan minio.ObjectInfo, 2)
		for _, key := range keys(t.Context(), t, c, "live/") {
			tail <- minio.ObjectInfo{Key: key}
		}
		close(tail)
		for fault := range c.RemoveObjects(t.Context(), bucket, tail, minio.RemoveObjectsOptions{}) {
			t.Errorf("remove %s: %v", fault.ObjectName, fault.Err)
		}

		if diff := cmp.Diff([]string{"foreign.txt"}, keys(t.Context(), t, c, "")); diff != "" {
			t.Errorf("listing (-want +got):\n%s", diff)
		}
		for _, folder := range []string{"pi", "live"} {
			if _, err := os.Stat(s.Path(folder)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s is still there: %v", s.Path(folder), err)
			}
		}
	})
}

func TestAStoreStartedAgainHasItsObjects(t *testing.T) {
	attributes(t, func(t *testing.T, dir string) {
		first := start(t, config(dir))
		put(t, client(t, first), segment, footage(5000), shipped())
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}

		second := start(t, config(dir))
		c := client(t, second)
		if diff := cmp.Diff([]string{segment}, keys(t.Context(), t, c, "")); diff != "" {
			t.Errorf("listing (-want +got):\n%s", diff)
		}
		stat, err := c.StatObject(t.Context(), bucket, segment, minio.StatObjectOptions{Checksum: true})
		if err != nil || stat.ChecksumCRC32C != crc32c(footage(5000)) || stat.UserMetadata["Clock-State"] != "synced" {
			t.Errorf("stat: CRC32C %q, metadata %v, %v", stat.ChecksumCRC32C, stat.UserMetadata, err)
		}
	})
}

func TestAPlainGetIsRefused(t *testing.T) {
	s := start(t, config(t.TempDir()))
	put(t, client(t, s), segment, footage(100), shipped())
	transport := &http.Transport{DisableKeepAlives: true}
	reply, err := (&http.Client{Transport: transport}).Get("http://" + s.Endpoint() + "/" + bucket + "/" + segment)
	if err != nil {
		t.Fatal(err)
	}
	if err := reply.Body.Close(); err != nil {
		t.Error(err)
	}
	if reply.StatusCode != http.StatusForbidden {
		t.Errorf("status %d, want 403", reply.StatusCode)
	}
}
