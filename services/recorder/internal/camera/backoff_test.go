package camera_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/services/recorder/internal/camera"
)

func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Duration(rapid.Int64Range(int64(100*time.Millisecond), int64(time.Minute)).Draw(t, "first"))
		b := camera.Backoff{First: first}
		for want, n := first, 0; n < 12; n++ {
			got := b.Wait()
			if got < want*3/4 || got > min(want*5/4+1, time.Minute) {
				t.Fatalf("wait %d is %v where about %v is meant", n, got, want)
			}
			want = min(2*want, time.Minute)
		}
		b.Reset()
		if got := b.Wait(); got > first*5/4+1 {
			t.Fatalf("after a reset: %v", got)
		}
	})
}
