package janitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/janitor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const bucket = "footage"

var epoch = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

func name(site, camera string, minute int) events.Name {
	return events.Name{Site: site, Camera: camera, Start: epoch.Add(time.Duration(minute) * time.Minute)}
}

func door(minute int) string { return name("attic", "door", minute).Key() }

func doors(from, to int) (keys []string) {
	for i := from; i < to; i++ {
		keys = append(keys, door(i))
	}
	return keys
}

func config(quota int64, interval time.Duration) janitor.Config {
	return janitor.Config{
		SiteConfig:   service.SiteConfig{Name: "attic"},
		MaxUsedSpace: setting.Size(quota), CleanDirInterval: setting.Duration(interval),
	}
}

// start runs a janitor until the test ends, or stop is called.
func start(t *testing.T, cfg janitor.Config, b *bus.Bus, store objstore.Bucket) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	deps := janitor.Deps{Bus: b, Store: store, BucketName: bucket, Log: slog.New(slog.DiscardHandler), Health: service.NewHealth()}
	go func() { ended <- janitor.Run(ctx, cfg, deps) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// notice is an event as MinIO's notify_nats words it.
func notice(what, key string, size int64, sequencer int) []byte {
	object := map[string]any{"key": url.QueryEscape(key), "sequencer": fmt.Sprintf("%016X", sequencer)}
	if size > 0 {
		object["size"] = size
	}
	payload, err := json.Marshal(map[string]any{
		"EventName": what, "Key": bucket + "/" + key,
		"Records": []any{map[string]any{
			"eventVersion": "2.0", "eventSource": "minio:s3", "eventTime": "2026-11-23T23:02:05.554Z", "eventName": what,
			"s3": map[string]any{"bucket": map[string]any{"name": bucket}, "object": object},
		}},
	})
	if err != nil {
		panic(err)
	}
	return payload
}

const (
	put     = "s3:ObjectCreated:Put"
	deleted = "s3:ObjectRemoved:Delete"
)

func publish(t *testing.T, b *bus.Bus, payload []byte) {
	t.Helper()
	if _, err := b.JS.Publish(t.Context(), events.SubjectBucketRaw, payload); err != nil {
		t.Error(err)
	}
}

// telling is a store that sends its events to b.
func telling(t *testing.T, b *bus.Bus) *objstoretest.Memory {
	sequencer := make(chan int, 1)
	sequencer <- 0
	return &objstoretest.Memory{Changed: func(change events.BucketChange, key string, size int64) {
		n := <-sequencer + 1
		sequencer <- n
		what := put
		if change == events.BucketRemoved {
			what = deleted
		}
		if err := b.NC.Publish(events.SubjectBucketRaw, notice(what, key, size, n)); err != nil {
			t.Error(err)
		}
	}}
}

func write(t *testing.T, store objstore.Bucket, key string, size int) {
	t.Helper()
	if err := store.Put(t.Context(), key, strings.NewReader(strings.Repeat("x", size)), int64(size), objstore.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func fill(store *objstoretest.Memory, size int, keys ...string) {
	for _, key := range keys {
		store.Fill(key, make([]byte, size), epoch)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func eventuallyHolds(t *testing.T, store *objstoretest.Memory, want ...string) {
	t.Helper()
	slices.Sort(want)
	eventually(t, fmt.Sprintf("the bucket holds %q", want), func() bool { return slices.Equal(store.Keys(), want) })
}

func status(b *bus.Bus, site string) (s events.JanitorStatus, err error) {
	reply, err := b.NC.Request(events.StatusSubject(site, events.ServiceJanitor), nil, time.Second)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(reply.Data, &s)
}

func eventuallySays(t *testing.T, b *bus.Bus, what string, holds func(events.JanitorStatus) bool) {
	t.Helper()
	var s events.JanitorStatus
	defer func() {
		if t.Failed() {
			t.Logf("last status: %+v", s)
		}
	}()
	eventually(t, "the status has "+what, func() bool {
		var err error
		s, err = status(b, "attic")
		return err == nil && holds(s)
	})
}

func TestTheOldestGoAtTheStart(t *testing.T) {
	_, b := bustest.Start(t)
	store := &objstoretest.Memory{}
	fill(store, 10, doors(0, 9)...)
	fill(store, 10, name("attic", "yard", 3).Key())
	start(t, config(55, time.Hour), b, store)
	eventuallyHolds(t, store, append(doors(5, 9), name("attic", "yard", 3).Key())...)
	eventuallySays(t, b, "the sum", func(s events.JanitorStatus) bool {
		return s.Site == "attic" && s.Quota == 55 && s.Used == 50 && s.Objects == 5 && s.Deleted == 5 && s.Events == "poll" &&
			s.Oldest.Equal(epoch.Add(3*time.Minute)) && s.Newest.Equal(epoch.Add(8*time.Minute)) && !s.Reconciled.IsZero() && s.Error == ""
	})
}

func TestEachEventBringsTheFootageUnderTheQuota(t *testing.T) {
	_, b := bustest.Start(t)
	store := telling(t, b)
	fill(store, 10, doors(0, 5)...)
	news := listen(t, b, "bucket.attic.>", "segments.attic.*.deleted")
	start(t, config(50, time.Hour), b, store)
	eventuallySays(t, b, "a first listing", func(s events.JanitorStatus) bool { return s.Used == 50 })
	for i := 5; i < 25; i++ {
		write(t, store, door(i), 10)
		eventuallyHolds(t, store, doors(i-4, i+1)...)
	}
	eventuallySays(t, b, "events", func(s events.JanitorStatus) bool {
		return s.Events == "nats" && s.Used == 50 && s.Deleted == 20
	})
	news.expect(t, func(i int) []string {
		gone := events.Bucket{Change: events.BucketRemoved, Key: door(i)}
		written := events.Bucket{Change: events.BucketCreated, Key: door(i + 5), Origin: ""}
		return []string{gone.MsgID(), written.MsgID(), "deleted:" + door(i)}
	}, 20)
}

// news are the messages of some subjects.
type news struct{ messages chan *nats.Msg }

func listen(t *testing.T, b *bus.Bus, subjects ...string) news {
	t.Helper()
	n := news{make(chan *nats.Msg, 1000)}
	for _, subject := range subjects {
		if _, err := b.NC.ChanSubscribe(subject, n.messages); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// expect reads what of(0) to of(count-1) list, in any order, and nothing else.
// A created event's origin is the store's own.
func (n news) expect(t *testing.T, of func(int) []string, count int) {
	t.Helper()
	missing := map[string]bool{}
	for i := range count {
		for _, id := range of(i) {
			missing[id] = true
		}
	}
	for len(missing) > 0 {
		select {
		case m := <-n.messages:
			id := m.Header.Get(nats.MsgIdHdr)
			if strings.HasPrefix(id, "bucket:created:") {
				id = id[:strings.LastIndex(id, ":")+1]
			}
			if !missing[id] {
				t.Errorf("told of %s: %s", id, m.Data)
			}
			var told struct {
				Bytes int64  `json:"bytes"`
				Cause string `json:"cause"`
			}
			if err := json.Unmarshal(m.Data, &told); err != nil || told.Bytes != 10 || strings.HasPrefix(id, "deleted:") && told.Cause != "quota" {
				t.Errorf("%v: %s", err, m.Data)
			}
			delete(missing, id)
		case <-time.After(10 * time.Second):
			t.Fatalf("not told of %v", missing)
		}
	}
	if len(n.messages) > 0 {
		t.Errorf("told of more: %s", (<-n.messages).Data)
	}
}

// What the bucket's owner keeps there is never counted nor touched, however
// much it looks like footage.
func TestForeignObjectsStay(t *testing.T) {
	key := door(0)
	foreign := []string{
		key + "x", key[:len(key)-1], strings.ToUpper(key), strings.Replace(key, "door_", "doer_", 1),
		strings.Replace(key, "/2026-11-22/", "/2026-11-23/", 1), strings.Replace(key, "T16-00-00.000Z", "T16-00-00.00Z", 1),
		strings.Replace(key, "T16-00-00", "T16:00:00", 1), strings.Replace(key, "attic", "attic2", 1), strings.Replace(key, "attic/", "attic//", 1),
		"attic/../" + key, "attic/door/../door/2026-11-22/x.mp4", "attic/", "attic/notes.txt", "/" + key,
		"attic/dör/2026-11-22/dör_2026-11-22T16-00-00.000Z.mp4", "attic/玄関.mp4", "attic/door/2026-11-22/door_2026-11-22T16-00-00.000Z.mp4\u200b",
		"attic/" + strings.Repeat("k", 1024-len("attic/")), "live/attic/door/2026-11-22T16-00-00.000Z/7", "live/attic/door/x/000001", "live/attic",
		name("cellar", "door", 0).Key(), name("cellar", "door", 0).TailKey(1),
	}
	_, b := bustest.Start(t)
	store := telling(t, b)
	fill(store, 1000, foreign...)
	fill(store, 10, doors(0, 4)...)
	start(t, config(20, time.Hour), b, store)
	eventuallyHolds(t, store, append(doors(2, 4), foreign...)...)
	for i, f := range foreign {
		publish(t, b, notice(put, f, 1<<40, i))
		publish(t, b, notice(deleted, f, 0, i))
	}
	write(t, store, door(4), 10)
	eventuallyHolds(t, store, append(doors(3, 5), foreign...)...)
	eventuallySays(t, b, "footage alone", func(s events.JanitorStatus) bool { return s.Used == 20 && s.Objects == 2 && s.Error == "" })
}

func TestLostEventsAreMadeUpForByListing(t *testing.T) {
	_, b := bustest.Start(t)
	store := telling(t, b)
	fill(store, 10, doors(0, 3)...)
	start(t, config(30, time.Second), b, store)
	write(t, store, door(3), 10)
	eventuallySays(t, b, "events", func(s events.JanitorStatus) bool { return s.Events == "nats" && s.Used == 30 })
	fill(store, 10, doors(4, 9)...) // past the events
	eventuallyHolds(t, store, doors(6, 9)...)
}

func TestHowEventsFareDoesNotMatter(t *testing.T) {
	_, b := bustest.Start(t)
	store := &objstoretest.Memory{}
	fill(store, 10, doors(0, 5)...)
	start(t, config(50, time.Hour), b, store)
	eventuallySays(t, b, "a first listing", func(s events.JanitorStatus) bool { return s.Used == 50 })

	publish(t, b, []byte("no JSON"))
	publish(t, b, notice(put, door(90), 1<<40, 1)) // never was
	publish(t, b, notice(deleted, door(1), 0, 2))  // still is
	publish(t, b, notice(put, door(2), 1<<40, 3))  // has 10 bytes
	publish(t, b, notice("s3:ObjectTagging", "", 0, 4))
	for range 3 {
		publish(t, b, notice(put, door(5), 10, 5)) // before it is there, and twice after
		fill(store, 10, door(5))
	}
	eventuallyHolds(t, store, doors(1, 6)...)
	fill(store, 10, door(6))
	publish(t, b, notice(deleted, door(6), 0, 7))
	publish(t, b, notice(put, door(6), 10, 6))
	eventuallyHolds(t, store, doors(2, 7)...)
	eventuallySays(t, b, "what there is", func(s events.JanitorStatus) bool { return s.Used == 50 && s.Objects == 5 && s.Deleted == 2 })
}

func TestTheShippersWordHastensToo(t *testing.T) {
	_, b := bustest.Start(t)
	store := &objstoretest.Memory{}
	fill(store, 10, doors(0, 5)...)
	start(t, config(50, time.Hour), b, store)
	eventuallySays(t, b, "a first listing", func(s events.JanitorStatus) bool { return s.Used == 50 })
	news := listen(t, b, events.BucketSubject("attic", events.BucketCreated))
	write(t, store, door(5), 10)
	s := events.NewSegment(events.Uploaded, name("attic", "door", 5), time.Now())
	s.Bytes = 10
	if err := b.Publish(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	eventuallyHolds(t, store, doors(1, 6)...)
	news.expect(t, func(int) []string { return []string{events.Bucket{Change: events.BucketCreated, Key: door(5)}.MsgID()} }, 1)
	eventuallySays(t, b, "no events", func(s events.JanitorStatus) bool { return s.Events == "poll" && s.Deleted == 1 })
}

func TestTwoSitesShareABucket(t *testing.T) {
	_, b := bustest.Start(t)
	store := telling(t, b)
	var cellar []string
	for i := range 9 {
		cellar = append(cellar, name("cellar", "door", i).Key())
	}
	fill(store, 10, doors(3, 9)...)
	fill(store, 10, cellar...)
	start(t, config(30, time.Hour), b, store)
	eventuallyHolds(t, store, append(doors(6, 9), cellar...)...)
	other := config(50, time.Hour)
	other.Name = "cellar"
	start(t, other, b, store)
	eventuallyHolds(t, store, append(doors(6, 9), cellar[4:]...)...)
	write(t, store, door(9), 10)
	eventuallyHolds(t, store, append(doors(7, 10), cellar[4:]...)...)
	s, err := status(b, "cellar")
	if err != nil || s.Deleted != 4 || s.Used != 50 {
		t.Errorf("%v: %+v", err, s)
	}
}

func TestTailsCount(t *testing.T) {
	_, b := bustest.Start(t)
	store := &objstoretest.Memory{}
	fill(store, 10, doors(0, 3)...)
	open := name("attic", "door", 3)
	fill(store, 5, open.TailKey(0), open.TailKey(1), name("attic", "door", 0).TailKey(0))
	start(t, config(30, time.Hour), b, store)
	eventuallyHolds(t, store, door(1), door(2), open.TailKey(0), open.TailKey(1))
}

func TestWithoutABus(t *testing.T) {
	server, b := bustest.Start(t)
	server.Close()
	store := &objstoretest.Memory{}
	fill(store, 10, doors(0, 5)...)
	start(t, config(30, time.Second), b, store)
	eventuallyHolds(t, store, doors(2, 5)...)
	write(t, store, door(5), 10)
	eventuallyHolds(t, store, doors(3, 6)...)
}

func TestWithoutAStore(t *testing.T) {
	_, b := bustest.Start(t)
	away := make(chan struct{})
	store := &objstoretest.Memory{ListFault: func(context.Context, string) error {
		select {
		case <-away:
			return nil
		default:
			return objstore.ErrUnavailable
		}
	}}
	fill(store, 10, doors(0, 5)...)
	start(t, config(30, time.Hour), b, store)
	eventuallySays(t, b, "the fault", func(s events.JanitorStatus) bool {
		return strings.Contains(s.Error, objstore.ErrUnavailable.Error()) && s.Reconciled.IsZero()
	})
	publish(t, b, notice(put, door(4), 10, 1))
	close(away)
	eventuallyHolds(t, store, doors(2, 5)...)
	eventuallySays(t, b, "no fault", func(s events.JanitorStatus) bool { return s.Error == "" })
}

func TestAQuotaThatCannotBeKept(t *testing.T) {
	_, b := bustest.Start(t)
	store := &objstoretest.Memory{}
	fill(store, 10, doors(0, 2)...)
	start(t, config(5, time.Hour), b, store)
	eventuallyHolds(t, store, door(1))
	eventuallySays(t, b, "what to do", func(s events.JanitorStatus) bool { return strings.Contains(s.Error, "raise MAX_USED_SPACE") })
}

func TestARestartGoesOn(t *testing.T) {
	_, b := bustest.Start(t)
	store := telling(t, b)
	fill(store, 10, doors(0, 5)...)
	stop := start(t, config(50, time.Hour), b, store)
	write(t, store, door(5), 10)
	eventuallyHolds(t, store, doors(1, 6)...)
	stop()
	write(t, store, door(6), 10)
	start(t, config(50, time.Hour), b, store)
	eventuallyHolds(t, store, doors(2, 7)...)
}

func TestFaultyConfigurations(t *testing.T) {
	var cfg janitor.Config
	if err := setting.Load(t.Context(), &cfg, setting.Map{}); err != nil || cfg.MaxUsedSpace != 15*setting.MB || cfg.CleanDirInterval.Duration() != 10*time.Second {
		t.Errorf("%v: %+v", err, cfg)
	}
	if err := setting.Load(t.Context(), &cfg, setting.Map{"MAX_USED_SPACE": "1.5", "CLEAN_DIR_INTERVAL": "1m"}); err != nil || cfg.MaxUsedSpace.Bytes() != 1_500_000 || cfg.CleanDirInterval.Duration() != time.Minute {
		t.Errorf("%v: %+v", err, cfg)
	}
	err := setting.Load(t.Context(), &cfg, setting.Map{"MAX_USED_SPACE": "0.5", "CLEAN_DIR_INTERVAL": "10ms", "SITE": "At Tic"})
	for _, variable := range []string{"MAX_USED_SPACE", "CLEAN_DIR_INTERVAL", "SITE"} {
		if err == nil || !strings.Contains(err.Error(), variable+": ") {
			t.Errorf("%s is not in %v", variable, err)
		}
	}
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); !ok || len(joined.Unwrap()) != 3 {
		t.Errorf("not three faults: %v", err)
	}
}
