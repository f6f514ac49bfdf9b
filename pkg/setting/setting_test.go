package setting_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/setting"
)

type config struct {
	Length  setting.Duration `env:"SEGMENT_DURATION, default=60"`
	Quota   setting.Size     `env:"MAX_USED_SPACE, default=15"`
	Count   int              `env:"COUNT, default=2"`
	Cameras setting.Cameras  `env:"CAMERAS"`
	Login   setting.Credentials
}

func (c config) Validate() error {
	var faults []error
	if c.Length < setting.Duration(time.Second) {
		faults = append(faults, setting.Fault("SEGMENT_DURATION", "is less than 1 s", c.Length))
	}
	if c.Quota == 0 {
		faults = append(faults, setting.Fault("MAX_USED_SPACE", "is 0", c.Quota))
	}
	return errors.Join(faults...)
}

func load(t *testing.T, env setting.Map) (config, error) {
	t.Helper()
	var c config
	err := setting.Load(t.Context(), &c, env)
	return c, err
}

func TestDefaultsHold(t *testing.T) {
	c, err := load(t, setting.Map{"COUNT": "", "SEGMENT_DURATION": " "})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config{Length: setting.Duration(time.Minute), Quota: 15e6, Count: 2}, c); diff != "" {
		t.Error(diff)
	}
}

func TestUnits(t *testing.T) {
	for text, want := range map[string]time.Duration{"60": time.Minute, "0.5": time.Second / 2, "1m30s": 90 * time.Second} {
		var d setting.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.Duration() != want {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
	for text, want := range map[string]int64{
		"15": 15e6, "0.5": 5e5, "15MB": 15e6, "15 mb": 15e6, "1k": 1000, "512MiB": 512 << 20, "3b": 3, "2GB": 2e9, "3T": 3e12,
	} {
		var s setting.Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s.Bytes() != want {
			t.Errorf("%q: %d, %v", text, s.Bytes(), err)
		}
		var again setting.Size
		if b, err := s.MarshalText(); err != nil || again.UnmarshalText(b) != nil || again != s {
			t.Errorf("%q is written as %q", text, b)
		}
	}
	for _, text := range []string{"", "x", "1h", "-1", "NaN", "1e300"} {
		var s setting.Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q passed as the size %v", text, s)
		}
	}
	for _, text := range []string{"", "x", "1 minute", "NaN", "1e300"} {
		var d setting.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q passed as the duration %v", text, d)
		}
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	_, err := load(t, setting.Map{"SEGMENT_DURATION": "soon", "MAX_USED_SPACE": "0", "COUNT": "two", "CAMERAS": "ftp://u:hunter2@h/"})
	if err == nil {
		t.Fatal("no fault found")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines:\n%v", len(lines), err)
	}
	for _, want := range []string{
		`SEGMENT_DURATION: is no duration: give seconds (60) or units (1m30s) (got "soon")`,
		`COUNT: `, `(got "two")`, `CAMERAS: entry 1 has the scheme "ftp"`, `MAX_USED_SPACE: is 0 (got "0 MB")`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("a password is shown")
	}
}

func TestSecretsComeFromFilesAndStayHidden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(path, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(t, setting.Map{"CAM_PASS_FILE": path})
	if err != nil || c.Login.Pass.Reveal() != "hunter2" {
		t.Fatalf("%q, %v", c.Login.Pass.Reveal(), err)
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c.Login.Pass), string(b)} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("shown: %s", shown)
		}
	}
	if _, err := load(t, setting.Map{"CAM_PASS_FILE": path + "x"}); err == nil || !strings.HasPrefix(err.Error(), "CAM_PASS_FILE: can't be read") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestCamerasByHand(t *testing.T) {
	c, err := load(t, setting.Map{"CAMERAS": "door=192.0.2.7:8899/onvif/x, rtsp://me:p%40s@192.0.2.8/a/b\n yard=rtsps://192.0.2.9:322/"})
	if err != nil {
		t.Fatal(err)
	}
	own := &setting.Credentials{User: "me", Pass: "p@s"}
	want := setting.Cameras{
		{Name: "door", Address: "192.0.2.7:8899", Path: "/onvif/x"},
		{Address: "192.0.2.8", URI: "rtsp://192.0.2.8/a/b", Credentials: own},
		{Name: "yard", Address: "192.0.2.9:322", URI: "rtsps://192.0.2.9:322/"},
	}
	if diff := cmp.Diff(want, c.Cameras); diff != "" {
		t.Error(diff)
	}
	if id := c.Cameras[1].ID(); id != "192-0-2-8-a-b" {
		t.Error(id)
	}
	common := setting.Credentials{User: "all"}
	if got := c.Cameras.For("192-0-2-8-a-b", "", common); got != *own {
		t.Error(got)
	}
	if got := c.Cameras.For("door", "192.0.2.7:8899", common); got != common {
		t.Error(got)
	}
	for _, bad := range []string{"Door=h", "http://h", "rtsp://", "h:x", "a=h,a=g", "rtsp://u:p/w@h/", "u:secret@h"} {
		if _, err := load(t, setting.Map{"CAMERAS": bad}); err == nil {
			t.Errorf("%q passed", bad)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("a password is shown: %v", err)
		}
	}
}

func TestOptionsOfACamera(t *testing.T) {
	const cameras = "door=rtsp://me:p;w@192.0.2.8/a;b=c;transport=UDP, 192.0.2.9:80/onvif;stream=sub;transport=auto rtsp://192.0.2.7/x;channel=1"
	c, err := load(t, setting.Map{"CAMERAS": cameras})
	if err != nil {
		t.Fatal(err)
	}
	want := setting.Cameras{
		{Name: "door", Address: "192.0.2.8", URI: "rtsp://192.0.2.8/a;b=c", Credentials: &setting.Credentials{User: "me", Pass: "p;w"}, Transport: setting.TransportUDP},
		{Address: "192.0.2.9:80", Path: "/onvif", Stream: setting.QualitySub, Transport: setting.TransportAuto},
		{Address: "192.0.2.7", URI: "rtsp://192.0.2.7/x;channel=1"},
	}
	if diff := cmp.Diff(want, c.Cameras); diff != "" {
		t.Error(diff)
	}
	for _, found := range []func() (setting.ManualCamera, bool){
		func() (setting.ManualCamera, bool) { return c.Cameras.Entry("192-0-2-9-80") },
		func() (setting.ManualCamera, bool) { return c.Cameras.Entry("acme-1", "192.0.2.9", "192.0.2.9:80") },
	} {
		if m, ok := found(); !ok || m.Stream != setting.QualitySub {
			t.Errorf("%+v, %v", m, ok)
		}
	}
	if _, ok := c.Cameras.Entry("yard", "192.0.2.9"); ok {
		t.Error("a camera was found that is not there")
	}
	for bad, say := range map[string]string{
		"door=rtsp://u:secret@h/;transport=tpc": "entry 1 has an option ;transport= that is none of tcp, udp, http, auto",
		"h,door=g;stream=best":                  "entry 2 has an option ;stream= that is none of main, sub",
		"rtsp://u:secret@h/a;stream=sub":        "its URL is that of one",
		"door=h;transprt=udp":                   "has no host",
	} {
		if _, err := load(t, setting.Map{"CAMERAS": bad}); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, want %q", bad, err, say)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("a password is shown: %v", err)
		}
	}
}

func FuzzCameras(f *testing.F) {
	f.Add("door=192.0.2.7/x;stream=sub;transport=http,rtsp://h/;a;transport=udp;;")
	f.Add("door=192.0.2.7:8899/onvif/x, rtsp://me:p%40s@192.0.2.8/a/b")
	f.Add("rtsp://[::1]:554/")
	f.Fuzz(func(t *testing.T, text string) {
		var c setting.Cameras
		if c.UnmarshalText([]byte(text)) != nil {
			return
		}
		for _, m := range c {
			if m.Address == "" || strings.Contains(m.URI, "@") && m.Credentials != nil && strings.Contains(m.URI, m.Credentials.Pass.Reveal()+"@") {
				t.Errorf("%q gave %+v", text, m)
			}
		}
	})
}
