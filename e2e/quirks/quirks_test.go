package quirks_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder"
)

// TestNothingIsLost: what is wrong with the camera's words, or with how it packs
// its frames, costs neither a frame nor a connection, nor the sound.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{
		"broken-s-line", "broken-c-line", "broken-m-line", "broken-s-line,broken-c-line,broken-m-line",
		"incomplete-sprops", "wrong-profile-level-id", "no-sdp-parameters", "sdp-parameters-only",
		"content-base-twice", "content-base-bare", "content-base-mapped",
		"other-channels", "junk-between-frames", "one-nal", "one-nal,no-sdp-parameters",
	} {
		for _, name := range []string{clip.Main, clip.MainH265} {
			t.Run(fault+"/"+name, func(t *testing.T) {
				t.Parallel()
				played := open(t, name)
				s := newScene(t, fault, camera.Config{Main: played})
				s.record(recorder.RecordOptions{SegmentDuration: time.Second})
				s.until(75)
				all := s.unbroken()
				if len(all) < 3 {
					t.Errorf("%d segments of 5 s", len(all))
				}
				sps := played.Video.Parameters[len(played.Video.Parameters)-2]
				for i, one := range all {
					mute := one.sounds == 0 && i < len(all)-1 // the last may be cut short
					if one.tracks != 2 || mute || !bytes.Equal(one.sps, sps) {
						t.Errorf("%s: %d tracks, %d frames of sound, SPS % x", one.path, one.tracks, one.sounds, one.sps)
					}
				}
			})
		}
	}
}

// TestParametersThatChangeBeginASegment, whose header tells the new ones.
func TestParametersThatChangeBeginASegment(t *testing.T) {
	t.Parallel()
	for _, name := range []string{clip.Main, clip.MainH265} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			played := open(t, name)
			s := newScene(t, "parameters-change=30", camera.Config{Main: played})
			s.record(recorder.RecordOptions{SegmentDuration: time.Minute})
			s.until(110)
			all := s.unbroken()
			if len(all) < 3 {
				t.Fatalf("%d segments", len(all))
			}
			own, other := played.Video.Parameters, played.Video.OtherParameters()
			for i, one := range all {
				want := own[len(own)-2]
				if one.frames[0]/30%2 == 1 {
					want = other[len(other)-2]
				}
				if !bytes.Equal(one.sps, want) {
					t.Errorf("segment %d begins with frame %d and tells the SPS % x", i, one.frames[0], one.sps)
				}
				if i > 0 && one.frames[0]%30 != 0 {
					t.Errorf("segment %d begins with frame %d", i, one.frames[0])
				}
			}
		})
	}
}

// TestRareKeyframes: a camera that is met in the midst of a long GOP is waited
// for, longer than one is waited for that sends no picture.
func TestRareKeyframes(t *testing.T) {
	t.Parallel()
	const gop = 180
	rare := *open(t, clip.Rare)
	rare.Video.Units, rare.Ticks = rare.Video.Units[:gop], gop/15*clip.VideoRate
	s := newScene(t, "", camera.Config{Main: &rare})
	meet(t, s.cam) // so that the first keyframe is over
	s.before, _ = s.cam.Connections()
	s.record(recorder.RecordOptions{SegmentDuration: time.Second, Patience: 5 * time.Second})
	s.until(30)
	all := s.unbroken()
	if first := all[0].frames[0]; first == 0 || first%gop != 0 {
		t.Errorf("the footage begins with frame %d", first)
	}
}

// meet waits until a camera has sent its first frames to somebody else.
func meet(t *testing.T, cam *camera.Camera) {
	t.Helper()
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- recorder.Record(ctx, recorder.RecordOptions{URL: cam.SubRTSPURL(), Dir: dir, Log: slog.New(slog.DiscardHandler)})
	}()
	other := &scene{t: t, dir: dir}
	other.until(15)
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// busy is how late frames may come on a machine that has more to do, by which
// their times are judged.
const busy = 15 * time.Second

// TestTimesThatLie: no frame is lost, no segment grows to hours, and what the
// segments last together is what passed.
func TestTimesThatLie(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"time-jumps=40", "time-stands-still=40"} {
		for _, name := range []string{clip.Main, clip.BFrames, clip.MainH265} {
			t.Run(fault+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, fault, camera.Config{Main: open(t, name)})
				s.serve("1")
				s.until(170)
				frames, total := 0, time.Duration(0)
				for i, one := range s.unbroken() {
					if one.duration > busy {
						t.Errorf("segment %d lasts %v", i, one.duration)
					}
					frames, total = frames+len(one.frames), total+one.duration
				}
				if want := time.Duration(frames) * time.Second / 15; (total - want).Abs() > busy {
					t.Errorf("%d frames last %v, not about %v", frames, total, want)
				}
				if !s.noted("time stamps") {
					t.Error("the ledger holds no note of it")
				}
			})
		}
	}
}

// TestSessionsAreKeptAlive, in the way that the camera takes.
func TestSessionsAreKeptAlive(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"session-timeout=16s", "session-timeout=16s,no-get-parameter"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, fault, camera.Config{})
			s.record(recorder.RecordOptions{SegmentDuration: time.Second})
			s.until(270)
			s.unbroken()
		})
	}
}

// TestSessionsAreBegunAnew: each has its footage, without a hole in it. A busy
// machine may see one end before its first keyframe.
func TestSessionsAreBegunAnew(t *testing.T) {
	t.Parallel()
	for fault, times := range map[string]int{"session-ends=3s": 2, "dies-after=60": 2, "stalls-after=60": 1} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, fault, camera.Config{})
			s.serve("0.1")
			s.wait("footage of other sessions", func() error {
				if begun := strings.Count(s.log.String(), "recording recovered"); begun < times {
					return fmt.Errorf("%d times so far", begun)
				}
				return nil
			})
			parted := sessions(t, s.footage())
			if ever, _ := s.cam.Connections(); ever < len(parted) || ever > 2*len(parted)+1 {
				t.Errorf("%d connections, %d sessions with footage", ever, len(parted))
			}
		})
	}
}

// TestCamerasThatComeRound: what fails from the start is tried again, by the
// service, until it works.
func TestCamerasThatComeRound(t *testing.T) {
	t.Parallel()
	for fault, connections := range map[string]int{"hangs-up=2": 3, "silent-for=18s": 2} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, fault, camera.Config{})
			s.serve("0.5")
			s.until(30)
			if parted := sessions(t, s.footage()); len(parted) != 1 {
				t.Errorf("frames are missing: %v", parted)
			}
			if ever, _ := s.cam.Connections(); ever != connections {
				t.Errorf("%d connections, not %d", ever, connections)
			}
		})
	}
}

// TestNoCameraHasToBan: one that fails over and over is not hurried.
func TestNoCameraHasToBan(t *testing.T) {
	t.Parallel()
	s := newScene(t, "dies-after=20,bans-after=3", camera.Config{})
	s.serve("2")
	s.wait("the fourth connection", func() error {
		if ever, _ := s.cam.Connections(); ever < 4 {
			return fmt.Errorf("%d so far", ever)
		}
		return nil
	})
	if _, bans := s.cam.Connections(); bans > 0 {
		t.Errorf("it was banned %d times", bans)
	}
	sessions(t, s.footage())
}

// TestFaultsAreNamed: where there is nothing to record, the cause is told in one
// plain sentence.
func TestFaultsAreNamed(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		"no-frames":       "has sent no picture for 3s",
		"no-video-frames": "has sent no picture for 3s",
		"audio-only":      "offers no video, only sound",
		"rtsp-refuses":    "refuses the user name or the password",
		"rtsp-not-found":  `has no stream at the path "/stream1"`,
		"hangs-up=1":      "ended the connection",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, fault, camera.Config{})
			err := recorder.Record(t.Context(), recorder.RecordOptions{
				URL: s.cam.RTSPURL(), Dir: s.dir, Patience: 3 * time.Second, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
				Credentials: setting.Credentials{User: "admin", Pass: "secret"},
			})
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, not %q", err, want)
			}
			if ever, _ := s.cam.Connections(); ever != 1 {
				t.Errorf("%d connections", ever)
			}
			if left, err := os.ReadDir(s.dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v (%v)", left, err)
			}
		})
	}
}

// TestPasswordsOfAnyCharacters reach the camera as they are.
func TestPasswordsOfAnyCharacters(t *testing.T) {
	t.Parallel()
	const pass = `p@s:/?#%w &"é`
	s := newScene(t, "", camera.Config{User: "admin", Password: pass})
	s.record(recorder.RecordOptions{SegmentDuration: time.Second, Credentials: setting.Credentials{User: "admin", Pass: pass}})
	s.until(20)
	s.unbroken()
	if strings.Contains(s.log.String(), "p@s") {
		t.Error("the password is logged")
	}
}
