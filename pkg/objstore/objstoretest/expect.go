package objstoretest

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/donhk/istream/pkg/objstore"
)

func put(t *testing.T, b objstore.Bucket, key string, content []byte) {
	t.Helper()
	if err := b.Put(t.Context(), key, bytes.NewReader(content), int64(len(content)), objstore.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, b objstore.Bucket, key string) []byte {
	t.Helper()
	body, err := b.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("reading %q: %v", key, err)
	}
	if err := body.Close(); err != nil {
		t.Fatalf("closing %q: %v", key, err)
	}
	return content
}

// expect checks an object's bytes and what the store tells of them.
func expect(t *testing.T, b objstore.Bucket, key string, want []byte) {
	t.Helper()
	if got := get(t, b, key); !bytes.Equal(got, want) {
		t.Errorf("%q holds %d bytes that differ from the %d put", key, len(got), len(want))
	}
	info, err := b.Stat(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	sum := objstore.NewChecksum()
	_, _ = sum.Write(want) // a hash never fails
	if info.Key != key || info.Size != int64(len(want)) || info.Modified.IsZero() {
		t.Errorf("the store tells of %q: %+v", key, info)
	}
	if info.CRC32C != objstore.FormatChecksum(sum) {
		t.Errorf("the CRC32C of %q is %q, want %q", key, info.CRC32C, objstore.FormatChecksum(sum))
	}
}

func list(t *testing.T, b objstore.Bucket, prefix string) []string {
	t.Helper()
	var keys []string
	for o, err := range b.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

func expectKeys(t *testing.T, b objstore.Bucket, prefix string, want ...string) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	if got := list(t, b, prefix); !slices.Equal(got, want) {
		t.Errorf("under %q are\n%q, want\n%q", prefix, got, want)
	}
}

// remove deletes keys and expects one good outcome for each.
func remove(t *testing.T, b objstore.Bucket, keys ...string) {
	t.Helper()
	var told []string
	for d := range b.Delete(t.Context(), keys) {
		if d.Err != nil {
			t.Errorf("deleting %q: %v", d.Key, d.Err)
		}
		told = append(told, d.Key)
	}
	if !slices.Equal(slices.Sorted(slices.Values(told)), slices.Sorted(slices.Values(keys))) {
		t.Errorf("deleting %d keys told of %d", len(keys), len(told))
	}
}
