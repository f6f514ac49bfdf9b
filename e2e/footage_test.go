//go:build e2e

package e2e_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/ffmpeg"
	"github.com/donhk/istream/e2e/internal/footage"
	"github.com/donhk/istream/e2e/internal/gstrtsp"
	"github.com/donhk/istream/pkg/events"
)

const (
	recorded = 90 * time.Second
	segment  = 10 * time.Second
	maxGOP   = 5 * time.Second // of the clips: a segment ends at a keyframe
)

// TestFootageReachesTheBucketUntouched records real footage, and an ONVIF
// camera with a password beside it, through the whole pipeline in one process.
func TestFootageReachesTheBucketUntouched(t *testing.T) {
	t.Parallel()
	clips := longClips(t)
	played := gstrtsp.Start(t, clips)
	s := newSite(t, map[string]string{"SEGMENT_DURATION": "10"})
	guarded := guardedCamera(t, s, "door")
	cameras := []string{"door=" + strings.TrimPrefix(strings.TrimSuffix(guarded.XAddr(), "/onvif/device_service"), "http://")}
	for name := range clips {
		cameras = append(cameras, name+"="+played.URL(name))
	}
	s.settings["CAMERAS"] = strings.Join(cameras, ",")

	w := watch(t, s.nats)
	ignite := s.start(t, "ignite")
	s.store.Start(t) // later than iStream: it records all the same
	await.Until(t, recorded+time.Minute, "90 s of each camera", func() error { return w.recorded(len(cameras), recorded) })
	s.checkStatus(t, cameras)
	if status := ignite.Stop(t, drain); status != 0 {
		t.Errorf("ignite ended with %d", status)
	}
	s.shipTheRest(t)

	segments := map[string][]string{} // of each camera, in the order of time
	for _, path := range s.store.Download(t, t.TempDir()) {
		segments[cameraOf(t, path)] = append(segments[cameraOf(t, path)], path)
	}
	if len(segments) != len(cameras) {
		t.Fatalf("footage of %d cameras, want %d", len(segments), len(cameras))
	}
	kept := map[string][]events.SegmentState{}
	for _, told := range s.keptSegments(t) {
		kept[told.Key] = append(kept[told.Key], told.State)
	}
	for name, paths := range segments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judgeSegments(t, paths)
			if clip, ok := clips[name]; ok {
				judgeJoints(t, paths, clip)
			} else {
				judgeStamps(t, paths)
			}
		})
		t.Run(name+"/told", func(t *testing.T) { s.checkTold(t, w, kept, paths) })
	}
}

// longClips makes each clip last longer than the recording.
func longClips(t *testing.T) map[string]string {
	t.Helper()
	long, dir := map[string]string{}, t.TempDir()
	for name, clip := range footage.Clips(t) {
		media, err := ffmpeg.Probe(t.Context(), clip)
		if err != nil {
			t.Fatal(err)
		}
		long[name] = filepath.Join(dir, name+".mp4")
		times := int((recorded+time.Minute)/media.Duration) + 1
		if err := ffmpeg.Repeat(t.Context(), clip, long[name], times); err != nil {
			t.Fatal(err)
		}
	}
	return long
}

// guardedCamera simulates a camera that asks for the site's password.
func guardedCamera(t *testing.T, s *site, name string) *camera.Camera {
	t.Helper()
	return simulated(t, camera.Config{Name: name, User: s.settings["CAM_USER"], Password: s.pass, Auth: camera.AuthBoth})
}

func cameraOf(t *testing.T, path string) string { return nameOf(t, path).Camera }

// nameOf reads a downloaded object's name from its path.
func nameOf(t *testing.T, path string) events.Name {
	t.Helper()
	parts := strings.Split(filepath.ToSlash(path), "/")
	key := strings.Join(parts[max(0, len(parts)-4):], "/")
	name, ok := events.ParseKey(key)
	if !ok {
		t.Fatalf("%s is no segment's key", key)
	}
	return name
}

// judgeSegments looks at each file by itself.
func judgeSegments(t *testing.T, paths []string) {
	t.Helper()
	if least := int(recorded / (segment + maxGOP)); len(paths) < least {
		t.Errorf("%d segments, want at least %d", len(paths), least)
	}
	for i, path := range paths {
		media := judge(t, path)
		if last := i == len(paths)-1; !last && media.Duration < segment || media.Duration > segment+maxGOP+time.Second {
			t.Errorf("%s lasts %v", filepath.Base(path), media.Duration)
		}
		if !slices.Contains(media.Codecs, "h264") {
			t.Errorf("%s holds %v", filepath.Base(path), media.Codecs)
		}
	}
}

// judgeJoints looks at the segments as one: every picture and every packet of
// sound is the clip's, none is missing and none is there twice.
func judgeJoints(t *testing.T, paths []string, clip string) {
	t.Helper()
	got, want := hashesOf(t, paths, ffmpeg.Frames), hashesOf(t, []string{clip}, ffmpeg.Frames)
	// The end is a cut in decoding order: the last pictures may lack those
	// that are shown before them.
	got = got[:max(0, len(got)-3)]
	if least := int(recorded.Seconds()) * 10; len(got) < least {
		t.Errorf("%d pictures, want at least %d", len(got), least)
	}
	if !contiguous(got, want) {
		t.Errorf("%d pictures are no contiguous part of the clip's %d", len(got), len(want))
	}
	media, err := ffmpeg.Probe(t.Context(), clip)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(media.Codecs, "aac") {
		return
	}
	got, want = hashesOf(t, paths, ffmpeg.AudioPackets), hashesOf(t, []string{clip}, ffmpeg.AudioPackets)
	if !contiguous(got, want) {
		t.Errorf("%d packets of sound are no contiguous part of the clip's %d", len(got), len(want))
	}
}

// judgeStamps does the same by the numbers in the simulated camera's frames.
func judgeStamps(t *testing.T, paths []string) {
	t.Helper()
	var all []uint64
	for _, path := range paths {
		all = append(all, stamps(t, path)...)
	}
	if least := int(recorded.Seconds()) * 14; len(all) < least {
		t.Errorf("%d frames, want at least %d", len(all), least)
	}
	for i := 1; i < len(all); i++ {
		if all[i] != all[i-1]+1 {
			t.Errorf("frame %d follows frame %d", all[i], all[i-1])
		}
	}
}

// checkTold compares each object with what the bus told of it: a subscriber
// while it ran, and whoever asks the stream later.
func (s *site) checkTold(t *testing.T, w *witness, kept map[string][]events.SegmentState, paths []string) {
	t.Helper()
	want := []events.SegmentState{events.Opened, events.Closed, events.Uploaded}
	for i, path := range paths {
		name := nameOf(t, path)
		states, fragments, closed := w.told(name)
		// The last segment ends with the process that hosts the bus.
		if last := i == len(paths)-1; !last && !slices.Equal(states, want) || fragments == 0 {
			t.Errorf("%s: told %v and %d fragments", name.Key(), states, fragments)
		}
		if states := kept[name.Key()]; !slices.Equal(states, want) {
			t.Errorf("%s: kept news of %v", name.Key(), states)
		}
		if size, sum := digest(t, path); closed.Bytes != size || closed.SHA256 != sum {
			t.Errorf("%s: told %d bytes, sha256 %s; the object has %d, %s", name.Key(), closed.Bytes, closed.SHA256, size, sum)
		}
		info, err := s.store.Client.StatObject(t.Context(), s.store.Bucket, name.Key(), minio.StatObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"Start", "End", "Codec", "Sha256", "Clock", "Istream-Version"} {
			if info.UserMetadata[field] == "" {
				t.Errorf("%s lacks %s in its metadata %v", name.Key(), field, info.UserMetadata)
			}
		}
	}
}

// checkStatus wants each camera in the operator's view.
func (s *site) checkStatus(t *testing.T, cameras []string) {
	t.Helper()
	for _, args := range [][]string{{"status"}, {"status", "--json"}} {
		said, status := s.run(t, args...)
		for _, entry := range cameras {
			if name, _, _ := strings.Cut(entry, "="); !strings.Contains(said, name) || status != 0 {
				t.Errorf("istream %s (exit status %d) does not tell of %s:\n%s", strings.Join(args, " "), status, name, said)
			}
		}
	}
}
