package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// Change is one object written or removed, as the store tells it.
type Change struct {
	Bucket  string
	Key     string
	Created bool      // else removed
	Size    int64     // bytes, of what was written
	SHA256  string    // hex, where the writer gave it
	Origin  string    // the store's sequencer
	At      time.Time // zero where not told
}

// The bounds of what is read of a message.
const (
	maxPayload = 1 << 20
	maxRecords = 1000
)

// notice is the payload of notify_nats; its records are those of AWS.
type notice struct {
	Records []record `json:"Records"`
}

type record struct {
	EventName string `json:"eventName"`
	EventTime string `json:"eventTime"`
	S3        struct {
		Bucket struct {
			Name string `json:"name"`
		} `json:"bucket"`
		Object struct {
			Key       string            `json:"key"` // escaped as in a query
			Size      int64             `json:"size"`
			Sequencer string            `json:"sequencer"`
			Metadata  map[string]string `json:"userMetadata"`
		} `json:"object"`
	} `json:"s3"`
}

// Parse reads a message of MinIO's notify_nats. What tells of neither writing
// nor removing is left out.
func Parse(payload []byte) ([]Change, error) {
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("reading a bucket event: it has %d bytes, more than %d", len(payload), maxPayload)
	}
	var n notice
	if err := json.Unmarshal(payload, &n); err != nil {
		return nil, fmt.Errorf("reading a bucket event: %w", err)
	}
	if len(n.Records) > maxRecords {
		return nil, fmt.Errorf("reading a bucket event: it has %d records, more than %d", len(n.Records), maxRecords)
	}
	var changes []Change
	for _, r := range n.Records {
		if c, ok := r.change(); ok {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

func (r record) change() (Change, bool) {
	created, ok := kind(r.EventName)
	if !ok {
		return Change{}, false
	}
	key, err := url.QueryUnescape(r.S3.Object.Key)
	if err != nil || r.S3.Object.Size < 0 {
		return Change{}, false
	}
	c := Change{
		Bucket: r.S3.Bucket.Name, Key: key, Created: created, Size: r.S3.Object.Size,
		SHA256: checksum(r.S3.Object.Metadata),
	}
	if events.ValidToken(strings.ToLower(r.S3.Object.Sequencer)) {
		c.Origin = r.S3.Object.Sequencer
	}
	if at, err := time.Parse(time.RFC3339Nano, r.EventTime); err == nil {
		c.At = at.UTC()
	}
	return c, true
}

// kind reads an event's name; AWS leaves the "s3:" out.
func kind(name string) (created, ok bool) {
	what, _, _ := strings.Cut(strings.TrimPrefix(name, "s3:"), ":")
	switch what {
	case "ObjectCreated":
		return true, true
	case "ObjectRemoved", "LifecycleExpiration":
		return false, true
	default:
		return false, false
	}
}

// checksum is the sha256 that a segment's metadata hold.
func checksum(metadata map[string]string) string {
	for name, value := range metadata {
		if !strings.EqualFold(name, "X-Amz-Meta-Sha256") {
			continue
		}
		if sum, err := hex.DecodeString(value); err == nil && len(sum) == sha256.Size {
			return value
		}
	}
	return ""
}
