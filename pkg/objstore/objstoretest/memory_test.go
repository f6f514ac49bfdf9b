package objstoretest_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
)

func TestMemoryIsABucket(t *testing.T) {
	objstoretest.Run(t, func(*testing.T) objstore.Bucket { return new(objstoretest.Memory) })
}

func TestMemoryFailsOnDemand(t *testing.T) {
	fault := errors.New("on demand")
	fail := func(context.Context, string) error { return fault }
	m := &objstoretest.Memory{PutFault: fail, ListFault: fail, StatFault: fail, GetFault: fail, DeleteFault: fail}
	expect := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, fault) {
			t.Errorf("%s gave %v", what, err)
		}
	}
	expect("Put", m.Put(t.Context(), "key", bytes.NewReader(nil), 0, objstore.PutOptions{}))
	_, err := m.Stat(t.Context(), "key")
	expect("Stat", err)
	_, err = m.Get(t.Context(), "key")
	expect("Get", err)
	for _, err := range m.List(t.Context(), "") {
		expect("List", err)
	}
	for d := range m.Delete(t.Context(), []string{"key"}) {
		expect("Delete", d.Err)
	}
	if keys := m.Keys(); len(keys) != 0 {
		t.Errorf("holds %q", keys)
	}
}

func TestMemoryLosesRepliesOnDemand(t *testing.T) {
	lost := errors.New("lost")
	m := &objstoretest.Memory{ReplyFault: func(context.Context, string) error { return lost }}
	if err := m.Put(t.Context(), "key", bytes.NewReader([]byte("x")), 1, objstore.PutOptions{}); !errors.Is(err, lost) {
		t.Errorf("Put gave %v", err)
	}
	if content, ok := m.Content("key"); !ok || string(content) != "x" {
		t.Errorf("holds %q, %v", content, ok)
	}
}

func TestMemoryTellsOfChanges(t *testing.T) {
	type change struct {
		what events.BucketChange
		key  string
		size int64
	}
	var told []change
	m := &objstoretest.Memory{Changed: func(what events.BucketChange, key string, size int64) {
		told = append(told, change{what, key, size})
	}}
	if err := m.Put(t.Context(), "key", bytes.NewReader([]byte("xyz")), 3, objstore.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	for d := range m.Delete(t.Context(), []string{"none", "key"}) {
		if d.Err != nil {
			t.Error(d.Err)
		}
	}
	if want := []change{{events.BucketCreated, "key", 3}, {events.BucketRemoved, "key", 0}}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
