package janitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
	"github.com/donhk/istream/services/janitor"
)

func clean(t *testing.T, quota int64, store objstore.Bucket, dryRun bool) (janitor.Report, error) {
	t.Helper()
	return janitor.Clean(t.Context(), config(quota, time.Hour), store, dryRun, slog.New(slog.DiscardHandler))
}

func gone(r janitor.Report) (keys []string) {
	for _, g := range r.Gone {
		keys = append(keys, g.Key)
	}
	return keys
}

func TestCleanOnce(t *testing.T) {
	store := &objstoretest.Memory{}
	fill(store, 10, doors(0, 5)...)
	fill(store, 1000, "notes.txt")
	all := store.Keys()
	for _, dryRun := range []bool{true, false} {
		r, err := clean(t, 35, store, dryRun)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(gone(r), doors(0, 2)) {
			t.Errorf("dry run %v: %q went", dryRun, gone(r))
		}
		if r.DryRun != dryRun || r.Site != "attic" || r.Quota != 35 || r.Before != 50 || r.After != 30 || r.Objects != 3 || r.Over != 0 {
			t.Errorf("reported %+v", r)
		}
		if g := r.Gone[0]; g.Camera != "door" || !g.Start.Equal(epoch) || g.Bytes != 10 || g.Cause != "quota" {
			t.Errorf("reported %+v", g)
		}
		if dryRun && !slices.Equal(store.Keys(), all) {
			t.Error("the dry run deleted")
		}
	}
	if want := append(doors(2, 5), "notes.txt"); !slices.Equal(store.Keys(), want) {
		t.Errorf("the bucket holds %q", store.Keys())
	}
}

func TestCleanWhatIsClean(t *testing.T) {
	r, err := clean(t, 35, &objstoretest.Memory{}, false)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	want := `{"site":"attic","dry_run":false,"quota":35,"before":0,"after":0,"objects":0,"over":0,"gone":[]}`
	if err != nil || string(text) != want {
		t.Errorf("%v: %s", err, text)
	}
}

func TestCleanTellsWhatStays(t *testing.T) {
	locked := errors.New("object lock")
	store := &objstoretest.Memory{DeleteFault: func(_ context.Context, key string) error {
		if key == door(0) {
			return locked
		}
		return nil
	}}
	fill(store, 10, doors(0, 4)...)
	r, err := clean(t, 20, store, false)
	if !errors.Is(err, locked) || !slices.Equal(gone(r), doors(1, 3)) || r.After != 20 {
		t.Errorf("%v: %+v", err, r)
	}
	if len(r.Refused) != 1 || r.Refused[0].Key != door(0) || !strings.Contains(r.Refused[0].Error, "object lock") {
		t.Errorf("refused: %+v", r.Refused)
	}
	for _, dryRun := range []bool{true, false} {
		r, err = clean(t, 5, store, dryRun)
		if r.Over == 0 || dryRun != (err == nil) {
			t.Errorf("dry run %v of too little: %v, %+v", dryRun, err, r)
		}
	}
}

func TestCleanWithoutAStore(t *testing.T) {
	store := &objstoretest.Memory{ListFault: func(context.Context, string) error { return objstore.ErrDenied }}
	if _, err := clean(t, 20, store, false); !errors.Is(err, objstore.ErrDenied) {
		t.Error(err)
	}
}
