package objstoretest

import (
	"bytes"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/donhk/istream/pkg/objstore"
)

func putAndRead(t *testing.T, b objstore.Bucket) {
	content := bytes.Repeat([]byte("frame "), 300_000) // more than any buffer
	put(t, b, "attic/door/1.mp4", content)
	expect(t, b, "attic/door/1.mp4", content)
}

func emptyObject(t *testing.T, b objstore.Bucket) {
	put(t, b, "empty", nil)
	expect(t, b, "empty", nil)
}

func replace(t *testing.T, b objstore.Bucket) {
	put(t, b, "key", []byte("the first, which is longer"))
	put(t, b, "key", []byte("the second"))
	expect(t, b, "key", []byte("the second"))
	put(t, b, "key", []byte("the second")) // as after a lost reply
	expect(t, b, "key", []byte("the second"))
	if keys := list(t, b, ""); len(keys) != 1 {
		t.Errorf("the bucket holds %q", keys)
	}
}

func offsetBody(t *testing.T, b objstore.Bucket) {
	body := bytes.NewReader([]byte("from the start"))
	if _, err := body.Seek(5, 0); err != nil {
		t.Fatal(err)
	}
	if err := b.Put(t.Context(), "key", body, body.Size(), objstore.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	expect(t, b, "key", []byte("from the start"))
}

func longBody(t *testing.T, b objstore.Bucket) {
	body := bytes.NewReader([]byte("these bytes and others"))
	if err := b.Put(t.Context(), "key", body, 11, objstore.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	expect(t, b, "key", []byte("these bytes"))
}

func shortBody(t *testing.T, b objstore.Bucket) {
	body := bytes.NewReader([]byte("short"))
	if err := b.Put(t.Context(), "key", body, 1<<16, objstore.PutOptions{}); err == nil {
		t.Error("five bytes were taken for 65,536")
	}
	if keys := list(t, b, ""); len(keys) != 0 {
		t.Errorf("the bucket holds %q", keys)
	}
}

func racingPuts(t *testing.T, b objstore.Bucket) {
	contents := [][]byte{bytes.Repeat([]byte("a"), 400_000), bytes.Repeat([]byte("b"), 300_000), bytes.Repeat([]byte("c"), 500_000)}
	var all sync.WaitGroup
	for _, content := range contents {
		all.Go(func() {
			if err := b.Put(t.Context(), "key", bytes.NewReader(content), int64(len(content)), objstore.PutOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got := get(t, b, "key")
	for _, content := range contents {
		if bytes.Equal(got, content) {
			expect(t, b, "key", content)
			return
		}
	}
	t.Errorf("the object of %d bytes is none of those that were put", len(got))
}

func metadata(t *testing.T, b objstore.Bucket) {
	given := map[string]string{"start": "2026-11-22T16:03:01.25Z", "Codec": "avc1.4d401f,mp4a.40.2", "SHA256": strings.Repeat("9f", 32), "istream-version": "v1.0.0"}
	want := map[string]string{}
	for name, value := range given {
		want[strings.ToLower(name)] = value
	}
	body := bytes.NewReader([]byte("content"))
	if err := b.Put(t.Context(), "key", body, body.Size(), objstore.PutOptions{ContentType: "video/mp4", Metadata: given}); err != nil {
		t.Fatal(err)
	}
	info, err := b.Stat(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(info.Metadata, want) {
		t.Errorf("metadata are %q, want %q", info.Metadata, want)
	}
	put(t, b, "key", []byte("content"))
	if info, err = b.Stat(t.Context(), "key"); err != nil || len(info.Metadata) != 0 {
		t.Errorf("metadata of the object before stayed: %q, %v", info.Metadata, err)
	}
}

func anyKey(t *testing.T, b objstore.Bucket) {
	keys := []string{
		"a space", "plus+and&=?#%25", "tilde~'()*!;:@,$[]", "Straße/Küche", "玄関/一.mp4", "emoji/🎥", "e\u0301 is not \u00e9",
		"deep/er/and/deep/er", "<tag>\"quoted\"", "x.y..z", "back\\slash",
	}
	for i, key := range keys {
		put(t, b, key, []byte{byte(i)})
	}
	for i, key := range keys {
		expect(t, b, key, []byte{byte(i)})
	}
	expectKeys(t, b, "", keys...)
	remove(t, b, keys...)
	expectKeys(t, b, "")
}
