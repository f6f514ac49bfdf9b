package janitor_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
)

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
