package events

import "strings"

// The streams and buckets that iStream keeps on JetStream.
const (
	StreamSegments  = "SEGMENTS"   // a segment's life, without its fragments
	StreamGaps      = "GAPS"       // the ledger of what was not recorded, and why
	StreamBucket    = "BUCKET"     // normalised bucket events
	StreamBucketRaw = "BUCKET_RAW" // bucket events as the store words them

	KVCameras = "CAMERAS" // latest Camera a key, key CameraKey
	KVLeases  = "LEASES"  // in memory: which recorder has which camera
	KVMeta    = "META"    // small facts that must survive a restart of the bus
)

// SubjectBucketRaw is the one fixed subject that MinIO's notify_nats target
// publishes to (MINIO_NOTIFY_NATS_SUBJECT_ISTREAM).
const SubjectBucketRaw = "bucketraw.events"

// SubjectsSegments lists what StreamSegments stores: every state by name, as
// a wildcard would also catch the fragments.
func SubjectsSegments() []string {
	states := []SegmentState{Opened, Closed, Recovered, Uploaded, Dropped, Deleted}
	subjects := make([]string, len(states))
	for i, s := range states {
		subjects[i] = SegmentSubject("*", "*", s)
	}
	return subjects
}

// SegmentSubject is segments.<site>.<camera>.<state>. "*" stands for any.
func SegmentSubject(site, camera string, state SegmentState) string {
	return join("segments", site, camera, string(state))
}

// FragmentSubject is segments.<site>.<camera>.fragment; it is never persisted.
func FragmentSubject(site, camera string) string {
	return join("segments", site, camera, "fragment")
}

// CameraSubject is cameras.<site>.<camera>.<change>.
func CameraSubject(site, camera string, change CameraChange) string {
	return join("cameras", site, camera, string(change))
}

// CameraKey is a camera's key in KVCameras: <site>.<camera>.
func CameraKey(site, camera string) string { return join(site, camera) }

// GapSubject is gaps.<site>.<camera>.<state>.
func GapSubject(site, camera string, state GapState) string {
	return join("gaps", site, camera, string(state))
}

// BucketSubject is bucket.<site>.<change>.
func BucketSubject(site string, change BucketChange) string {
	return join("bucket", site, string(change))
}

// StatusSubject is istream.<site>.<service>.status: a request to it is
// answered with the service's status as JSON.
func StatusSubject(site, service string) string {
	return join("istream", site, service, "status")
}

// ServiceName is a service's name in the NATS micro protocol.
func ServiceName(service string) string { return "istream-" + service }

func join(tokens ...string) string { return strings.Join(tokens, ".") }
