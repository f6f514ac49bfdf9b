package objstoretest

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/pkg/objstore"
)

func listOrder(t *testing.T, b objstore.Bucket) {
	// By bytes: "-" and "." sort before "/", letters after it, "é" last.
	keys := []string{"a-b/1", "a.b", "a/1", "a/2", "a/b/3", "a0", "aé", "b", "B"}
	for _, key := range keys {
		put(t, b, key, []byte(key))
	}
	expectKeys(t, b, "", keys...)
	for o, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if o.Size != int64(len(o.Key)) || o.Modified.IsZero() {
			t.Errorf("listed with a wrong size or no time: %+v", o)
		}
	}
}

func listPrefix(t *testing.T, b objstore.Bucket) {
	for _, key := range []string{"attic/door/1", "attic/door/2", "attic/doorbell/1", "attic2/door/1", "live/attic/door/0"} {
		put(t, b, key, []byte("x"))
	}
	expectKeys(t, b, "attic/", "attic/door/1", "attic/door/2", "attic/doorbell/1")
	expectKeys(t, b, "attic/door", "attic/door/1", "attic/door/2", "attic/doorbell/1")
	expectKeys(t, b, "attic", "attic/door/1", "attic/door/2", "attic/doorbell/1", "attic2/door/1")
	expectKeys(t, b, "attic/door/2", "attic/door/2")
	expectKeys(t, b, "cellar/")
}

func listEarlyEnd(t *testing.T, b objstore.Bucket) {
	for i := range 5 {
		put(t, b, fmt.Sprint("key", i), []byte("x"))
	}
	for o, err := range b.List(t.Context(), "") {
		if err != nil || o.Key != "key0" {
			t.Fatal(o, err)
		}
		break
	}
}

// Stores list and delete at most a thousand at once.
func thousands(t *testing.T, b objstore.Bucket) {
	keys := make([]string, 1005)
	var puts errgroup.Group
	puts.SetLimit(8)
	for i := range keys {
		keys[i] = fmt.Sprintf("many/%04d", i)
		puts.Go(func() error {
			return b.Put(t.Context(), keys[i], bytes.NewReader([]byte("x")), 1, objstore.PutOptions{})
		})
	}
	if err := puts.Wait(); err != nil {
		t.Fatal(err)
	}
	put(t, b, "other", []byte("stays"))
	expectKeys(t, b, "many/", keys...)
	remove(t, b, append(keys, "many/none", "none")...)
	expectKeys(t, b, "", "other")
}
