package store

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// The names of the events, MinIO's.
const (
	CreatedPut       = "s3:ObjectCreated:Put"
	CreatedCopy      = "s3:ObjectCreated:Copy"
	CreatedMultipart = "s3:ObjectCreated:CompleteMultipartUpload"
	RemovedDelete    = "s3:ObjectRemoved:Delete"
	RemovedNoOP      = "s3:ObjectRemoved:NoOP" // the object was not there
)

// Event is a bucket event as MinIO's notify_nats target words it.
type Event struct {
	EventName string
	Key       string // bucket/key, not escaped
	Records   []Record
}

// Record is one change: the fields of AWS's notification that iStream reads.
type Record struct {
	EventVersion string `json:"eventVersion"`
	EventSource  string `json:"eventSource"`
	AwsRegion    string `json:"awsRegion"`
	EventTime    string `json:"eventTime"` // UTC, milliseconds
	EventName    string `json:"eventName"`
	S3           S3     `json:"s3"`
}

// S3 names what was changed.
type S3 struct {
	SchemaVersion   string `json:"s3SchemaVersion"`
	ConfigurationID string `json:"configurationId"`
	Bucket          Bucket `json:"bucket"`
	Object          Object `json:"object"`
}

// Bucket is where the object is, or was.
type Bucket struct {
	Name string `json:"name"`
	ARN  string `json:"arn"`
}

// Object is what was changed. A removal has neither size nor ETag.
type Object struct {
	Key          string            `json:"key"` // escaped as in a query, so / is %2F
	Size         int64             `json:"size,omitempty"`
	ETag         string            `json:"eTag,omitempty"`
	ContentType  string            `json:"contentType,omitempty"`
	UserMetadata map[string]string `json:"userMetadata,omitempty"`
	Sequencer    string            `json:"sequencer"` // nanoseconds since 1970, hexadecimal
}

const eventTime = "2006-01-02T15:04:05.000Z"

func newEvent(name, bucket, key string, at time.Time, object Object) Event {
	object.Key = url.QueryEscape(key)
	object.ETag = strings.Trim(object.ETag, `"`)
	object.Sequencer = fmt.Sprintf("%X", at.UnixNano())
	return Event{
		EventName: name,
		Key:       bucket + "/" + key,
		Records: []Record{{
			EventVersion: "2.0",
			EventSource:  "minio:s3",
			EventTime:    at.UTC().Format(eventTime),
			EventName:    name,
			S3: S3{
				SchemaVersion:   "1.0",
				ConfigurationID: "Config",
				Bucket:          Bucket{Name: bucket, ARN: "arn:aws:s3:::" + bucket},
				Object:          object,
			},
		}},
	}
}
