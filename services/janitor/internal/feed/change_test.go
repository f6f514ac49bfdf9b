package feed_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/janitor/internal/feed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// minioPut is as a real MinIO sends it.
const minioPut = `{"EventName":"s3:ObjectCreated:Put","Key":"footage/attic/door/x.mp4","Records":[{
	"eventVersion":"2.0","eventSource":"minio:s3","awsRegion":"","eventTime":"2026-11-23T23:02:05.554Z",
	"eventName":"s3:ObjectCreated:Put","userIdentity":{"principalId":"istream"},
	"requestParameters":{"principalId":"istream","region":"","sourceIPAddress":"127.0.0.1"},"responseElements":{},
	"s3":{"s3SchemaVersion":"1.0","configurationId":"Config",
		"bucket":{"name":"footage","ownerIdentity":{"principalId":"istream"},"arn":"arn:aws:s3:::footage"},
		"object":{"key":"attic%2Fdoor%2Fx.mp4","size":1048576,"eTag":"6c1ad1e2dc5c8734020cebe88dc82a7f","contentType":"video/mp4",
			"userMetadata":{"X-Amz-Meta-Sha256":"` + sum + `","content-type":"video/mp4"},"sequencer":"18EACEEE94B59E7A"}},
	"source":{"host":"127.0.0.1","port":"","userAgent":"MinIO (linux; amd64) minio-go/v7.4.1"}}]}`

func record(name, bucket, object string) string {
	return `{"Records":[{"eventName":"` + name + `","s3":{"bucket":{"name":"` + bucket + `"},"object":` + object + `}}]}`
}

var payloads = []struct {
	name, payload string
	want          []feed.Change
	fails         bool
}{
	{"a put as MinIO words it", minioPut, []feed.Change{{
		Bucket: "footage", Key: "attic/door/x.mp4", Created: true, Size: 1 << 20, SHA256: sum, Origin: "18EACEEE94B59E7A",
		At: time.Date(2026, 11, 23, 23, 2, 5, 554e6, time.UTC),
	}}, false},
	{"a put as AWS words it", record("ObjectCreated:CompleteMultipartUpload", "b", `{"key":"a/b+c%2Bd","size":7}`),
		[]feed.Change{{Bucket: "b", Key: "a/b c+d", Created: true, Size: 7}}, false},
	{"a delete has no size", record("s3:ObjectRemoved:Delete", "b", `{"key":"k","sequencer":"1A"}`), []feed.Change{{Bucket: "b", Key: "k", Origin: "1A"}}, false},
	{"a delete of nothing", record("s3:ObjectRemoved:NoOP", "b", `{"key":"k"}`), []feed.Change{{Bucket: "b", Key: "k"}}, false},
	{"expired", record("s3:LifecycleExpiration:Delete", "b", `{"key":"k"}`), []feed.Change{{Bucket: "b", Key: "k"}}, false},
	{"read by somebody", record("s3:ObjectAccessed:Get", "b", `{"key":"k"}`), nil, false},
	{"no such escape", record("s3:ObjectCreated:Put", "b", `{"key":"a%2","size":1}`), nil, false},
	{"less than nothing", record("s3:ObjectCreated:Put", "b", `{"key":"k","size":-1}`), nil, false},
	{"a sequencer that is none", record("s3:ObjectCreated:Put", "b", `{"key":"k","sequencer":"a\r\nb"}`), []feed.Change{{Bucket: "b", Key: "k", Created: true}}, false},
	{"a checksum that is none", record("s3:ObjectCreated:Put", "b", `{"key":"k","userMetadata":{"X-Amz-Meta-Sha256":"9f"}}`), []feed.Change{{Bucket: "b", Key: "k", Created: true}}, false},
	{"no records", `{}`, nil, false},
	{"several", `{"Records":[{"eventName":"s3:ObjectRemoved:Delete","s3":{"object":{"key":"1"}}},{"eventName":"?"},{"eventName":"s3:ObjectRemoved:Delete","s3":{"object":{"key":"2"}}}]}`,
		[]feed.Change{{Key: "1"}, {Key: "2"}}, false},
	{"a size beyond all numbers", record("s3:ObjectCreated:Put", "b", `{"key":"k","size":99999999999999999999}`), nil, true},
	{"no JSON", "\x00\xff", nil, true},
	{"empty", "", nil, true},
	{"cut short", minioPut[:200], nil, true},
	{"of the wrong kind", `[]`, nil, true},
	{"too many records", `{"Records":[` + strings.Repeat(`{},`, 1000) + `{}]}`, nil, true},
	{"too long", `{"Records":[]` + strings.Repeat(" ", 1<<20) + `}`, nil, true},
}

func TestBucketEventsAreRead(t *testing.T) {
	for _, p := range payloads {
		t.Run(p.name, func(t *testing.T) {
			got, err := feed.Parse([]byte(p.payload))
			if (err != nil) != p.fails {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, p := range payloads {
		if len(p.payload) < 10_000 {
			f.Add([]byte(p.payload))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		changes, err := feed.Parse(payload)
		if err != nil && changes != nil || len(changes) > 1000 {
			t.Fatalf("%d changes, %v", len(changes), err)
		}
		for _, c := range changes {
			if c.Size < 0 || !utf8.ValidString(c.Origin+c.SHA256) || len(c.Origin) > events.MaxToken || len(c.SHA256) > 64 {
				t.Errorf("%+v", c)
			}
		}
	})
}

func TestThePulse(t *testing.T) {
	p := feed.Pulse{Patience: time.Minute}
	now := time.Unix(0, 0)
	expect := func(step string, changed, want bool, mode string) {
		t.Helper()
		if changed != want || p.Mode() != mode {
			t.Errorf("%s: changed %v to %s", step, changed, p.Mode())
		}
	}
	expect("polling, a listing finds something", p.Missed(now), false, feed.ModePoll)
	expect("and later", p.Missed(now.Add(time.Hour)), false, feed.ModePoll)
	expect("the first event", p.Heard(), true, feed.ModeNATS)
	expect("the second", p.Heard(), false, feed.ModeNATS)
	expect("untold", p.Missed(now), false, feed.ModeNATS)
	expect("still untold", p.Missed(now.Add(time.Minute)), false, feed.ModeNATS)
	expect("told late", p.Heard(), false, feed.ModeNATS)
	expect("untold again", p.Missed(now.Add(2*time.Minute)), false, feed.ModeNATS)
	expect("for too long", p.Missed(now.Add(3*time.Minute+1)), true, feed.ModePoll)
	expect("back", p.Heard(), true, feed.ModeNATS)
}
