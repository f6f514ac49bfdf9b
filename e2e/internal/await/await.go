// Package await polls for an outcome, with a deadline.
package await

import (
	"testing"
	"time"
)

// every is short beside anything that an end-to-end test waits for.
const every = 50 * time.Millisecond

// Until calls done until it returns nil, and fails the test with its last error
// when that takes longer than limit.
func Until(t testing.TB, limit time.Duration, what string, done func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := done()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s: %v", limit, what, err)
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatalf("waiting for %s: %v", what, t.Context().Err())
		}
	}
}
