package objstoretest

import (
	"testing"

	"github.com/donhk/istream/pkg/objstore"
)

// Run is the suite that every objstore.Bucket passes. open returns an empty
// bucket for the test that it is given; it may be called often.
func Run(t *testing.T, open func(t *testing.T) objstore.Bucket) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, b objstore.Bucket)
	}{
		{"what is put can be read", putAndRead},
		{"an object may be empty", emptyObject},
		{"a put replaces the object", replace},
		{"a put starts at the body's start", offsetBody},
		{"a put takes as many bytes as it was told", longBody},
		{"a body that is too short is no object", shortBody},
		{"an object is one put's, whole", racingPuts},
		{"metadata come back in lower case", metadata},
		{"keys may hold any text", anyKey},
		{"a listing is in order of the keys", listOrder},
		{"a listing has one prefix", listPrefix},
		{"a listing can be left early", listEarlyEnd},
		{"more than a thousand objects", thousands},
		{"a missing object is told as such", missing},
		{"deleting a missing object succeeds", deleteMissing},
		{"deleting can be left early", deleteEarlyEnd},
		{"deleting nothing", deleteNothing},
		{"an ended context ends every call", endedContext},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}
