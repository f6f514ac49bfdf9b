//go:build e2e

package e2e_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/ffmpeg"
	"github.com/donhk/istream/pkg/events"
)

// TestQuotaHoldsWhileRecording records four times what the bucket may hold.
// Simulated cameras end their segments in the same instant: each adds an object
// before anything can go.
func TestQuotaHoldsWhileRecording(t *testing.T) {
	t.Parallel()
	noisy := noisyClip(t)
	for name, cameras := range map[string][]string{"one camera": {"door"}, "two cameras in step": {"door", "yard"}} {
		t.Run(name, func(t *testing.T) { t.Parallel(); holdQuota(t, cameras, noisy) })
	}
}

func holdQuota(t *testing.T, names []string, noisy *clip.Clip) {
	const quota, recorded = 3_000_000, 12_000_000
	s := newSite(t, map[string]string{"SEGMENT_DURATION": "2", "MAX_USED_SPACE": "3"})
	var cameras []string
	for _, name := range names {
		cameras = append(cameras, name+"="+simulated(t, camera.Config{Name: name, Main: noisy}).RTSPURL())
	}
	s.settings["CAMERAS"] = strings.Join(cameras, ",")
	foreign := []string{"attic/notes.txt", "holiday.mp4", siteName + "/door/2020-01-01/door_2020-01-01T00-00-00Z.mp4"}
	w := watch(t, s.nats)
	ignite := s.start(t, "ignite")
	s.store.Start(t)
	for _, key := range foreign {
		body := bytes.NewReader(make([]byte, 100_000))
		if _, err := s.store.Client.PutObject(t.Context(), s.store.Bucket, key, body, body.Size(), minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}

	put := map[string]int64{} // every segment ever seen in the bucket
	most := int64(0)
	await.Until(t, 2*time.Minute, "12 MB of footage", func() error {
		used, largest := int64(0), int64(0)
		objects, err := s.store.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			if _, ours := events.ParseKey(o.Key); ours {
				put[o.Key] = o.Size
				used, largest = used+o.Size, max(largest, o.Size)
			}
		}
		most = max(most, used)
		if used > quota+largest*int64(len(names)) {
			t.Errorf("the bucket holds %d bytes of footage, its largest object has %d", used, largest)
		}
		if total := sum(put); total < recorded {
			return fmt.Errorf("%d bytes so far", total)
		}
		return nil
	})
	if status := ignite.Stop(t, drain); status != 0 {
		t.Errorf("ignite ended with %d", status)
	}
	t.Logf("%d bytes recorded in %d segments; at most %d at once", sum(put), len(put), most)
	// What was closed last is shipped at the next start, or was put after the
	// janitor's end.
	s.shipTheRest(t)
	if said, status := s.run(t, "clean"); status != 0 {
		t.Errorf("istream clean ended with %d: %s", status, said)
	}
	s.checkNewestRemain(t, w, quota)
	keys := s.store.Keys(t)
	for _, key := range foreign {
		if !slices.Contains(keys, key) {
			t.Errorf("%s, which is not iStream's, is gone", key)
		}
	}
}

// checkNewestRemain wants the bucket to hold the newest segments over all
// cameras, and as many of them as fit.
func (s *site) checkNewestRemain(t *testing.T, w *witness, quota int64) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	keys := s.store.Keys(t)
	var newestGone, oldestKept events.Segment
	used := int64(0)
	for key, segment := range w.closed {
		switch {
		case slices.Contains(keys, key):
			used += segment.Bytes
			if oldestKept.Start.IsZero() || segment.Start.Before(oldestKept.Start) {
				oldestKept = segment
			}
		case newestGone.Start.Before(segment.Start):
			newestGone = segment
		}
	}
	if oldestKept.Start.Before(newestGone.Start) {
		t.Errorf("%s is gone, though the older %s is there", newestGone.Key, oldestKept.Key)
	}
	if used > quota || used+newestGone.Bytes <= quota {
		t.Errorf("the bucket holds %d bytes; %s, which is gone, had %d", used, newestGone.Key, newestGone.Bytes)
	}
}

func sum(sizes map[string]int64) (total int64) {
	for _, size := range sizes {
		total += size
	}
	return total
}

// noisyClip is 10 s at about 3.2 Mb/s, a keyframe each second.
func noisyClip(t *testing.T) *clip.Clip {
	t.Helper()
	path := filepath.Join(t.TempDir(), "noisy.mp4")
	if err := ffmpeg.Noise(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	noisy, err := clip.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return noisy
}
