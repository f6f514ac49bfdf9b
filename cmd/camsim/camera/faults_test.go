package camera_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/cmd/camsim/internal/viewer"
)

func faulty(t *testing.T, text string, config camera.Config) *camera.Camera {
	t.Helper()
	if err := config.Faults.Set(text); err != nil {
		t.Fatal(err)
	}
	return start(t, config)
}

func TestONVIFFaults(t *testing.T) {
	t.Parallel()
	type reply struct {
		status int
		body   string
		err    error
	}
	contains := func(text string) func(reply) bool {
		return func(r reply) bool { return r.err == nil && r.status == 200 && strings.Contains(r.body, text) }
	}
	for _, test := range []struct {
		faults    string
		space     string
		operation string
		want      func(reply) bool
	}{
		{"no-clock", deviceSpace, "GetSystemDateAndTime", func(r reply) bool {
			return r.status == 500 && strings.Contains(r.body, "ActionNotSupported")
		}},
		{"month-zero", deviceSpace, "GetSystemDateAndTime", contains("<tt:Month>0<")},
		{"http-fails", deviceSpace, "GetServices", func(r reply) bool { return r.status == 500 && r.body == "" }},
		{"html-reply", mediaSpace, "GetProfiles", contains("<html>")},
		{"fault-with-200", mediaSpace, "Reboot", contains("SOAP-ENV:Fault")},
		{"gb2312-prolog", deviceSpace, "GetServices", contains(`<?xml version="1.0" encoding="GB2312"?>`)},
		{"gb2312-text", deviceSpace, "GetDeviceInformation", contains("<tds:Manufacturer>\xba\xa3")},
		{"bare-ampersand", mediaSpace, "GetStreamUri", contains("/stream1?channel=1&subtype=0</tt:Uri>")},
		{"crlf-in-uri", mediaSpace, "GetStreamUri", contains("<tt:Uri>\r\nrtsp://")},
		{"unroutable-uri", mediaSpace, "GetStreamUri", contains("<tt:Uri>rtsp://0.0.0.0:")},
		{"web-port-in-uri", mediaSpace, "GetStreamUri", contains("<tt:Uri>rtsp://127.0.0.1:80/stream1")},
		{"no-profiles", mediaSpace, "GetProfiles", contains("<trt:GetProfilesResponse></trt:GetProfilesResponse>")},
		{"http-slow=50ms", mediaSpace, "GetProfiles", contains("Profile_1")},
		{"huge-reply", deviceSpace, "GetServices", func(r reply) bool { return r.err == nil && len(r.body) > 64<<20 }},
		{"wrong-password", mediaSpace, "GetProfiles", func(r reply) bool {
			return r.status == 400 && strings.Contains(r.body, "ter:NotAuthorized")
		}},
	} {
		t.Run(test.faults, func(t *testing.T) {
			cam := faulty(t, test.faults, camera.Config{})
			var got reply
			got.status, got.body, got.err = ask(t, cam.XAddr()).plain(test.space, test.operation)
			if !test.want(got) {
				t.Errorf("got %d %.2000s %v", got.status, got.body, got.err)
			}
		})
	}
}

func TestWrongPasswordRefusesTheRightOne(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "wrong-password", camera.Config{User: "admin", Password: "secret"})
	status, _, err := ask(t, cam.XAddr()).as("admin", "secret").token(mediaSpace, "GetProfiles")
	if status != http.StatusBadRequest || err != nil {
		t.Errorf("ONVIF: got %d, %v", status, err)
	}
	refused(t, strings.Replace(cam.RTSPURL(), "//", "//admin:secret@", 1))
}

// A camera that never finishes an answer still stops at once.
func TestHangsAndDrips(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"http-hangs", "http-drips"} {
		cam := faulty(t, text, camera.Config{})
		a := ask(t, cam.XAddr())
		a.http.Timeout = 300 * time.Millisecond
		if _, body, err := a.plain(deviceSpace, "GetServices"); err == nil {
			t.Errorf("%s: got %s", text, body)
		}
		a.http.Timeout = patience
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			_, _, _ = a.plain(deviceSpace, "GetServices")
		}()
		if err := cam.Close(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		<-asked
	}
}

func TestRTSPCredentials(t *testing.T) {
	t.Parallel()
	cam := start(t, camera.Config{User: "admin", Password: "secret", Speed: 10})
	for _, userinfo := range []string{"", "admin:guess@", "root:secret@"} {
		refused(t, strings.Replace(cam.RTSPURL(), "//", "//"+userinfo, 1))
	}
	v := watch(t, strings.Replace(cam.RTSPURL(), "//", "//admin:secret@", 1), gortsplib.ProtocolTCP)
	videoFrame(t, v)
}

func refused(t *testing.T, address string) {
	t.Helper()
	_, err := viewer.Watch(t.Context(), address, gortsplib.ProtocolTCP)
	var status liberrors.ErrClientBadStatusCode
	if err == nil || errors.As(err, &status) && status.Code != 401 {
		t.Errorf("%s: got %v", address, err)
	}
}

func TestRTSPRefuses(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "rtsp-refuses", camera.Config{User: "admin", Password: "secret"})
	refused(t, strings.Replace(cam.RTSPURL(), "//", "//admin:secret@", 1))
	if status, _, err := ask(t, cam.XAddr()).as("admin", "secret").token(mediaSpace, "GetProfiles"); status != 200 || err != nil {
		t.Errorf("ONVIF refuses as well: %d, %v", status, err)
	}
}

func TestRTSPNotFound(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		faulty(t, "rtsp-not-found", camera.Config{}).RTSPURL(),
		start(t, camera.Config{}).RTSPURL() + "9",
	} {
		_, err := viewer.Watch(t.Context(), address, gortsplib.ProtocolTCP)
		var status liberrors.ErrClientBadStatusCode
		if !errors.As(err, &status) || status.Code != 404 {
			t.Errorf("got %v", err)
		}
	}
}

func TestNoUDP(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "no-udp", camera.Config{Speed: 10})
	if _, err := viewer.Watch(t.Context(), cam.RTSPURL(), gortsplib.ProtocolUDP); err == nil {
		t.Error("UDP was taken")
	}
	videoFrame(t, watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP))
}

// frames counts the video frames that come within a time.
func frames(v *viewer.Viewer, within time.Duration) (video, audio int, gone bool) {
	end := time.After(within)
	for {
		select {
		case frame := <-v.Frames:
			if _, ok := clip.ParseStamp(frame.AU); ok {
				video++
			} else if frame.AU == nil {
				audio++
			}
		case cause := <-v.Gone:
			return video, audio, cause != nil
		case <-end:
			return video, audio, false
		}
	}
}

func TestSilentStreams(t *testing.T) {
	t.Parallel()
	const short = 500 * time.Millisecond
	for _, test := range []struct {
		faults       string
		video, sound bool
	}{
		{"no-frames", false, false},
		{"no-video-frames", false, true},
	} {
		cam := faulty(t, test.faults, camera.Config{Speed: 8})
		v := watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP)
		video, audio, gone := frames(v, short)
		if video > 0 != test.video || audio > 0 != test.sound || gone {
			t.Errorf("%s: %d frames, %d of sound, gone %v", test.faults, video, audio, gone)
		}
	}
}

func TestDiesAfter(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "dies-after=40", camera.Config{Speed: 20})
	for range 2 {
		v := watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP)
		video, _, gone := frames(v, patience)
		if !gone || video == 0 || video > 40 {
			t.Errorf("%d frames, gone %v", video, gone)
		}
	}
}

func TestStallsAfter(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "stalls-after=20", camera.Config{Speed: 16})
	v := watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP)
	videoFrame(t, v)
	video, _, gone := frames(v, time.Second)
	if gone || video > 19 {
		t.Errorf("%d more frames, gone %v", video, gone)
	}
}

func TestAudioOnly(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "audio-only", camera.Config{})
	v := watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP)
	if len(v.Desc.Medias) != 1 || v.Desc.Medias[0].Type != "audio" {
		t.Errorf("described as %+v", v.Desc.Medias)
	}
	waitForAudio(t, v)
}

func TestParameterSets(t *testing.T) {
	t.Parallel()
	for _, name := range []string{clip.Main, clip.MainH265} {
		for _, test := range []struct {
			faults      string
			sdp, inBand bool
		}{
			{"late-reply=1s", true, true}, // none that matters here
			{"no-sdp-parameters", false, true},
			{"sdp-parameters-only", true, false},
		} {
			cam := faulty(t, test.faults, camera.Config{Main: open(t, name), Speed: 20})
			v := watch(t, cam.RTSPURL(), gortsplib.ProtocolTCP)
			if got := sdpHasParameters(v); got != test.sdp {
				t.Errorf("%s, %s: in the SDP %v", name, test.faults, got)
			}
			if got := inBandParameters(t, v); got != test.inBand {
				t.Errorf("%s, %s: in-band %v", name, test.faults, got)
			}
		}
	}
}

func sdpHasParameters(v *viewer.Viewer) bool {
	switch form := v.Desc.Medias[0].Formats[0].(type) {
	case *format.H264:
		return form.SPS != nil
	case *format.H265:
		return form.SPS != nil
	}
	return false
}

// inBandParameters looks through more than a GOP.
func inBandParameters(t *testing.T, v *viewer.Viewer) bool {
	t.Helper()
	for range 20 {
		frame, _ := videoFrame(t, v)
		if len(frame.AU) > 2 {
			return true
		}
	}
	return false
}
