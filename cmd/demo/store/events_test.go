package store_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/demo/store"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/minio/minio-go/v7"
)

// untimed leaves out what differs from run to run.
var untimed = cmp.Options{
	cmpopts.IgnoreFields(store.Record{}, "EventTime"),
	cmpopts.IgnoreFields(store.Object{}, "Sequencer"),
}

// recorded reads an event that a MinIO sent.
func recorded(t *testing.T, file string) store.Event {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var e store.Event
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEventsAreWordedAsMinIOs(t *testing.T) {
	// Before the store changes the working directory.
	wantPut, wantRemove := recorded(t, "testdata/minio-put.json"), recorded(t, "testdata/minio-remove.json")
	var events told
	c := config(t.TempDir())
	c.Events = events.add
	s3 := client(t, start(t, c))

	opts := shipped()
	opts.UserMetadata["clock-state"] = "ok"
	body := bytes.Repeat([]byte("istream!"), 1<<17)
	put(t, s3, "site/cam/unsigned+Checksum_CRC32Ctrue", body, opts)
	if diff := cmp.Diff([]store.Event{wantPut}, events.take(), untimed); diff != "" {
		t.Errorf("put (-MinIO +this store):\n%s", diff)
	}

	const key = "live/s/c/x y/0"
	put(t, s3, key, body[:100], opts)
	events.take()
	if err := s3.RemoveObject(t.Context(), bucket, key, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]store.Event{wantRemove}, events.take(), untimed); diff != "" {
		t.Errorf("remove (-MinIO +this store):\n%s", diff)
	}
}

// TestEventsHaveMinIOsFields compares the JSON, where MinIO's may have more.
func TestEventsHaveMinIOsFields(t *testing.T) {
	for _, file := range []string{"testdata/minio-put.json", "testdata/minio-remove.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := json.Marshal(recorded(t, file))
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(ours, &got); err != nil {
			t.Fatal(err)
		}
		within(t, file, want, got)
	}
}

// within checks that every value of got is at the same place in want.
func within(t *testing.T, at string, want, got any) {
	switch got := got.(type) {
	case map[string]any:
		of, _ := want.(map[string]any)
		for name, v := range got {
			within(t, at+"."+name, of[name], v)
		}
	case []any:
		of, _ := want.([]any)
		for i, v := range got {
			if i < len(of) {
				within(t, at+"["+strconv.Itoa(i)+"]", of[i], v)
			}
		}
	default:
		if want != got {
			t.Errorf("%s is %v, MinIO has %v", at, got, want)
		}
	}
}

func TestEachChangeIsTold(t *testing.T) {
	var events told
	c := config(t.TempDir())
	c.Events = events.add
	s3 := client(t, start(t, c))
	before := time.Now().Add(-time.Second)

	put(t, s3, "a/1.mp4", footage(10), shipped())
	put(t, s3, "a/1.mp4", footage(20), shipped())
	put(t, s3, "a/2.mp4", nil, shipped())
	big := minio.PutObjectOptions{PartSize: 5 << 20, DisableContentSha256: true}
	put(t, s3, "a/big.mp4", footage(6<<20), big)
	if _, err := s3.CopyObject(t.Context(), minio.CopyDestOptions{Bucket: bucket, Object: "a/copy.mp4"},
		minio.CopySrcOptions{Bucket: bucket, Object: "a/1.mp4"}); err != nil {
		t.Fatal(err)
	}
	if err := s3.RemoveObject(t.Context(), bucket, "a/1.mp4", minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s3.RemoveObject(t.Context(), bucket, "a/missing.mp4", minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	batch := make(chan minio.ObjectInfo, 2)
	batch <- minio.ObjectInfo{Key: "a/2.mp4"}
	batch <- minio.ObjectInfo{Key: "a/missing.mp4"}
	close(batch)
	for fault := range s3.RemoveObjects(t.Context(), bucket, batch, minio.RemoveObjectsOptions{}) {
		t.Errorf("remove %s: %v", fault.ObjectName, fault.Err)
	}

	type change struct {
		Name, Key string
		Size      int64
	}
	var got []change
	for _, e := range events.take() {
		r := e.Records[0]
		key, err := url.QueryUnescape(r.S3.Object.Key)
		if err != nil || e.Key != bucket+"/"+key || e.EventName != r.EventName {
			t.Errorf("the event and its record differ: %+v, %v", e, err)
		}
		if at, err := time.Parse(time.RFC3339, r.EventTime); err != nil || at.Before(before) {
			t.Errorf("event time %q: %v", r.EventTime, err)
		}
		if n, err := strconv.ParseInt(r.S3.Object.Sequencer, 16, 64); err != nil || n < before.UnixNano() {
			t.Errorf("sequencer %q: %v", r.S3.Object.Sequencer, err)
		}
		got = append(got, change{e.EventName, key, r.S3.Object.Size})
	}
	want := []change{
		{store.CreatedPut, "a/1.mp4", 10},
		{store.CreatedPut, "a/1.mp4", 20},
		{store.CreatedPut, "a/2.mp4", 0},
		{store.CreatedMultipart, "a/big.mp4", 6 << 20},
		{store.CreatedCopy, "a/copy.mp4", 20},
		{store.RemovedDelete, "a/1.mp4", 0},
		{store.RemovedNoOP, "a/missing.mp4", 0},
		{store.RemovedDelete, "a/2.mp4", 0},
		{store.RemovedDelete, "a/missing.mp4", 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestARefusedPutIsNotTold(t *testing.T) {
	var events told
	c := config(t.TempDir())
	c.Events = events.add
	s3 := client(t, start(t, c))
	opts := shipped()
	opts.SetMatchETagExcept("*")
	put(t, s3, segment, footage(10), opts)
	events.take()
	if _, err := s3.PutObject(t.Context(), bucket, segment, bytes.NewReader(footage(10)), 10, opts); err == nil {
		t.Fatal("the second put was taken")
	}
	if got := events.take(); len(got) != 0 {
		t.Errorf("told %+v", got)
	}
}
