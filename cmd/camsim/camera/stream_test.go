package camera_test

import (
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"go.uber.org/goleak"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/cmd/camsim/internal/viewer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should come at once.
const patience = 10 * time.Second

func start(t *testing.T, config camera.Config) *camera.Camera {
	t.Helper()
	cam, err := camera.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cam.Close(); err != nil {
			t.Errorf("the camera failed: %v", err)
		}
	})
	return cam
}

func watch(t *testing.T, address string, protocol gortsplib.Protocol) *viewer.Viewer {
	t.Helper()
	v, err := viewer.Watch(t.Context(), address, protocol)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// videoFrame waits for the next access unit with a stamp.
func videoFrame(t *testing.T, v *viewer.Viewer) (viewer.Frame, clip.Stamp) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case frame := <-v.Frames:
			if stamp, ok := clip.ParseStamp(frame.AU); ok {
				return frame, stamp
			}
		case err := <-v.Gone:
			t.Fatalf("the session ended: %v", err)
		case <-deadline:
			t.Fatal("no frame came")
		}
	}
}

func open(t *testing.T, name string) *clip.Clip {
	t.Helper()
	c, err := clip.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Much faster than real time, so that the loop's end comes within the test.
func TestFramesAreConsecutiveOverTheLoop(t *testing.T) {
	t.Parallel()
	for _, name := range []string{clip.Main, clip.BFrames, clip.MainH265} {
		for _, protocol := range []gortsplib.Protocol{gortsplib.ProtocolTCP, gortsplib.ProtocolUDP} {
			t.Run(name+"/"+protocolName(protocol), func(t *testing.T) {
				t.Parallel()
				c := open(t, name)
				speed := 20.0
				if protocol == gortsplib.ProtocolUDP {
					speed = 10 // a busy machine loses datagrams
				}
				cam := start(t, camera.Config{Name: "front-door", Main: c, Speed: speed})
				v := watch(t, cam.RTSPURL(), protocol)
				_, first := videoFrame(t, v)
				for want := first.Number + 1; want < uint64(len(c.Video.Units))+60; want++ {
					_, got := videoFrame(t, v)
					if got.Number != want || got.Camera != "front-door" {
						t.Fatalf("got frame %d of %q, want %d", got.Number, got.Camera, want)
					}
				}
			})
		}
	}
}

func protocolName(p gortsplib.Protocol) string {
	if p == gortsplib.ProtocolUDP {
		return "udp"
	}
	return "tcp"
}

func TestTimesAreThoseOfTheClip(t *testing.T) {
	t.Parallel()
	cam := start(t, camera.Config{Speed: 20})
	v := watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP)
	frame, first := videoFrame(t, v)
	start := frame.PTS
	for range 100 {
		frame, stamp := videoFrame(t, v)
		if want := int64(stamp.Number-first.Number) * clip.VideoRate / 15; frame.PTS-start != want {
			t.Fatalf("frame %d is at %d ticks, want %d", stamp.Number, frame.PTS-start, want)
		}
	}
}

func TestSubStreamIsSmaller(t *testing.T) {
	t.Parallel()
	cam := start(t, camera.Config{Speed: 10})
	for address, width := range map[string]int{cam.RTSPURL(): 640, cam.SubRTSPURL(): 320} {
		v := watch(t, address, gortsplib.ProtocolTCP)
		if got := pictureWidth(t, v); got != width {
			t.Errorf("%s is %d wide, want %d", address, got, width)
		}
		videoFrame(t, v)
	}
}

// The small stream, which is in step, tells how the time passes meanwhile.
func TestNumbersGoOnWhileNobodyWatches(t *testing.T) {
	t.Parallel()
	cam := start(t, camera.Config{Speed: 20})
	clock := watch(t, cam.SubRTSPURL(), gortsplib.ProtocolTCP)
	v := watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP)
	_, before := videoFrame(t, v)
	v.Close()
	for {
		if _, now := videoFrame(t, clock); now.Number > before.Number+100 {
			break
		}
	}
	_, after := videoFrame(t, watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP))
	if after.Number < before.Number+50 {
		t.Errorf("frame %d came after frame %d: time stood still", after.Number, before.Number)
	}
}

func TestSound(t *testing.T) {
	t.Parallel()
	for _, codec := range []clip.Codec{clip.AAC, clip.PCMU, clip.PCMA, "none"} {
		t.Run(string(codec), func(t *testing.T) {
			t.Parallel()
			c, err := open(t, clip.Main).WithAudio(codec)
			if err != nil {
				t.Fatal(err)
			}
			cam := start(t, camera.Config{Main: c})
			v := watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP)
			if codec == "none" {
				if len(v.Desc.Medias) != 1 {
					t.Errorf("%d media are described, want the video alone", len(v.Desc.Medias))
				}
				return
			}
			waitForAudio(t, v)
		})
	}
}

func waitForAudio(t *testing.T, v *viewer.Viewer) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case frame := <-v.Frames:
			if frame.AU == nil {
				return
			}
		case <-deadline:
			t.Fatal("no sound came")
		}
	}
}
