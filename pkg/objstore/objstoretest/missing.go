package objstoretest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/donhk/istream/pkg/objstore"
)

func missing(t *testing.T, b objstore.Bucket) {
	put(t, b, "some/key", []byte("x"))
	for _, key := range []string{"none", "some", "some/", "some/key/none"} {
		if info, err := b.Stat(t.Context(), key); !errors.Is(err, objstore.ErrNotFound) {
			t.Errorf("Stat(%q) = %+v, %v", key, info, err)
		}
		content, err := b.Get(t.Context(), key)
		if !errors.Is(err, objstore.ErrNotFound) {
			t.Errorf("Get(%q) = %v", key, err)
		}
		if err == nil {
			_ = content.Close()
		}
	}
}

func deleteMissing(t *testing.T, b objstore.Bucket) {
	put(t, b, "stays", []byte("x"))
	remove(t, b, "none")
	put(t, b, "goes", []byte("x"))
	remove(t, b, "none/a", "goes", "none/b")
	expectKeys(t, b, "", "stays")
}

func deleteEarlyEnd(t *testing.T, b objstore.Bucket) {
	keys := []string{"1", "2", "3"}
	for _, key := range keys {
		put(t, b, key, []byte("x"))
	}
	for d := range b.Delete(t.Context(), keys) {
		if d.Key != "1" || d.Err != nil {
			t.Errorf("deleted %+v", d)
		}
		break
	}
	if left := list(t, b, ""); len(left) == len(keys) {
		t.Error("a key that was told to be gone is there")
	}
}

func deleteNothing(t *testing.T, b objstore.Bucket) {
	for d := range b.Delete(t.Context(), nil) {
		t.Errorf("deleted %+v", d)
	}
}

func endedContext(t *testing.T, b objstore.Bucket) {
	put(t, b, "key", []byte("x"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ended := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s gave %v", what, err)
		}
	}
	ended("Put", b.Put(ctx, "other", bytes.NewReader([]byte("x")), 1, objstore.PutOptions{}))
	_, err := b.Stat(ctx, "key")
	ended("Stat", err)
	content, err := b.Get(ctx, "key")
	if err == nil {
		_, err = io.Copy(io.Discard, content)
		_ = content.Close()
	}
	ended("Get", err)
	last := error(nil)
	for _, err := range b.List(ctx, "") {
		last = err
	}
	ended("List", last)
	outcomes := 0
	for d := range b.Delete(ctx, []string{"key", "none"}) {
		ended("Delete", d.Err)
		outcomes++
	}
	if outcomes != 2 {
		t.Errorf("Delete told of %d keys out of 2", outcomes)
	}
	expectKeys(t, b, "", "key")
}
