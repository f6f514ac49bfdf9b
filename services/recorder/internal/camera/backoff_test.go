package camera_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/services/recorder/internal/camera"
)

// TestBackoff: each wait is about twice the one before, never less than the
// first nor more than a minute, and not the same for everybody.
func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Duration(rapid.Int64Range(int64(100*time.Millisecond), int64(time.Minute)).Draw(t, "first"))
		b := camera.Backoff{First: first}
		for round := range 2 {
			for want, n := first, 0; n < 12; n++ {
				least := max(min(want, 48*time.Second), first)
				if got := b.Wait(); got < least || got > min(want*5/4, time.Minute) {
					t.Fatalf("round %d: wait %d is %v where %v to %v is meant", round, n, got, least, min(want*5/4, time.Minute))
				}
				want = min(2*want, time.Minute)
			}
			b.Reset()
		}
	})
}

func TestBackoffDiffersFromCameraToCamera(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 50 {
		b := camera.Backoff{First: time.Second}
		for range 10 {
			b.Wait()
		}
		seen[b.Wait()] = true
	}
	if len(seen) < 10 {
		t.Errorf("%d different waits of 50", len(seen))
	}
}
