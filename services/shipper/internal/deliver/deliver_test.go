package deliver_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/services/shipper/internal/deliver"
)

var name = events.Name{Site: "attic", Camera: "door", Start: time.Date(2026, 11, 22, 16, 3, 1, 250e6, time.UTC)}

func footage(t *testing.T) []byte {
	t.Helper()
	content, err := os.ReadFile("../../testdata/segment.mp4")
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "segment.mp4")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func sum(content []byte) string {
	h := sha256.Sum256(content)
	return hex.EncodeToString(h[:])
}

func TestAFileTellsOfItself(t *testing.T) {
	content := footage(t)
	about, err := deliver.Describe(write(t, content), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if about.State != events.Uploaded || about.Key != name.Key() || about.Bytes != int64(len(content)) || about.SHA256 != sum(content) ||
		about.Duration <= 0 || about.Codec == "" || about.Clock != events.ClockUnknown {
		t.Errorf("got %+v", about)
	}
}

func TestWhatTheRecorderToldIsTakenWhereItFits(t *testing.T) {
	content := footage(t)
	path := write(t, content)
	told := events.NewSegment(events.Closed, name, time.Now())
	told.Bytes, told.SHA256, told.Duration, told.Codec, told.Clock = int64(len(content)), sum(content), events.Seconds(time.Hour), "told", events.ClockSynced
	about, err := deliver.Describe(path, name, &told)
	if err != nil || about.Codec != "told" || about.Duration != events.Seconds(time.Hour) || about.Clock != events.ClockSynced || about.File != "" {
		t.Errorf("got %+v, %v", about, err)
	}
	for fault, spoil := range map[string]func(*events.Segment){
		"another size": func(s *events.Segment) { s.Bytes++ },
		"no checksum":  func(s *events.Segment) { s.SHA256 = "" },
		"no duration":  func(s *events.Segment) { s.Duration = 0 },
	} {
		other := told
		spoil(&other)
		about, err := deliver.Describe(path, name, &other)
		if err != nil || about.Codec == "told" || about.SHA256 != sum(content) || about.Clock != events.ClockSynced {
			t.Errorf("%s: got %+v, %v", fault, about, err)
		}
	}
}

func TestBytesAreBytes(t *testing.T) {
	for what, content := range map[string][]byte{"nothing": {}, "noise": []byte("no boxes at all"), "a cut header": footage(t)[:100]} {
		about, err := deliver.Describe(write(t, content), name, nil)
		if !errors.Is(err, deliver.ErrNoSegment) || about.Bytes != int64(len(content)) || about.SHA256 != sum(content) {
			t.Errorf("%s: got %+v, %v", what, about, err)
		}
		if metadata := deliver.Metadata(about); metadata["end"] != "" || metadata["sha256"] != sum(content) {
			t.Errorf("%s: metadata are %q", what, metadata)
		}
	}
}

func TestAFileThatIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.mp4")
	if _, err := deliver.Describe(path, name, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := deliver.Put(t.Context(), new(objstoretest.Memory), path, events.Segment{}); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, deliver.ErrStore) {
		t.Errorf("got %v", err)
	}
}

func TestAnObjectTellsOfItsSegment(t *testing.T) {
	content := footage(t)
	path := write(t, content)
	about := events.NewSegment(events.Uploaded, name, time.Now())
	about.Bytes, about.SHA256, about.Codec, about.Clock = int64(len(content)), sum(content), "avc1.4d401f,mp4a.40.2", events.ClockSynced
	about.Duration = events.Seconds(60040 * time.Millisecond)
	var store objstoretest.Memory
	if err := deliver.Put(t.Context(), &store, path, about); err != nil {
		t.Fatal(err)
	}
	if got, ok := store.Content("attic/door/2026-11-22/door_2026-11-22T16-03-01.250Z.mp4"); !ok || !bytes.Equal(got, content) {
		t.Errorf("the store has %q", store.Keys())
	}
	want := map[string]string{
		"start": "2026-11-22T16:03:01.250Z", "end": "2026-11-22T16:04:01.290Z", "duration": "60.04",
		"codec": "avc1.4d401f,mp4a.40.2", "sha256": sum(content), "clock": "synced", "istream-version": service.Version(),
	}
	if diff := cmp.Diff(want, store.Metadata(name.Key())); diff != "" {
		t.Error(diff)
	}
}

func TestAFileThatChangedIsNotSent(t *testing.T) {
	path := write(t, []byte("two bytes more"))
	var store objstoretest.Memory
	err := deliver.Put(t.Context(), &store, path, events.Segment{Key: "key", Bytes: 12})
	if !errors.Is(err, deliver.ErrChanged) || len(store.Keys()) > 0 {
		t.Errorf("got %v, the store has %q", err, store.Keys())
	}
}

func TestTheStoreIsToBlameForItsFaults(t *testing.T) {
	cause := errors.New("on demand")
	store := objstoretest.Memory{PutFault: func(context.Context, string) error { return cause }}
	err := deliver.Put(t.Context(), &store, write(t, nil), events.Segment{Key: "key"})
	if !errors.Is(err, deliver.ErrStore) || !errors.Is(err, cause) || err.Error() != "putting an object: on demand" {
		t.Errorf("got %v", err)
	}
}
