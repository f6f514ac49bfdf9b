package rtsp

import (
	"errors"
	"testing"

	"github.com/donhk/istream/pkg/setting"
)

// TestPorts: where a stream is looked for, while nothing answers there as RTSP.
func TestPorts(t *testing.T) {
	for _, c := range []struct {
		url       string
		transport setting.Transport
		want      []string
	}{
		{"rtsp://camera/ch0", "", []string{"camera"}},
		{"rtsp://camera:8554/ch0", "", []string{"camera:8554"}},
		{"rtsp://camera:80/ch0", "", []string{"camera:80", "camera:554"}},
		{"rtsp://[2001:db8::7]:80/", setting.TransportUDP, []string{"[2001:db8::7]:80", "[2001:db8::7]:554"}},
		{"rtsp://[fe80::7%25eth0]/", "", []string{"[fe80::7%eth0]"}},
		{"rtsp://camera/ch0", setting.TransportHTTP, []string{"camera:80", "camera:554"}},
		{"rtsp://camera:554/ch0", setting.TransportHTTP, []string{"camera:554", "camera:80"}},
		{"rtsp://camera:8080/ch0", setting.TransportHTTP, []string{"camera:8080"}},
		{"rtsps://camera:80/ch0", "", []string{"camera:80"}},
	} {
		r, err := newRoute(c.url, c.transport, &Habits{})
		if err != nil {
			t.Fatal(err)
		}
		first := fault(KindRefused, nil, "refused at first")
		var went []string
		for err := error(first); ; err = fault(KindNoRTSP, nil, "no better") {
			went = append(went, r.url.Host)
			if !r.next(err) {
				break
			}
		}
		for i := range max(len(went), len(c.want)) {
			if len(went) != len(c.want) || went[i] != c.want[i] {
				t.Errorf("%s, %q: went to %q, want %q", c.url, c.transport, went, c.want)
				break
			}
		}
		if len(went) > 1 && !errors.Is(r.worded(fault(KindNoRTSP, nil, "no better")), first) {
			t.Errorf("%s: the fault of the port that was asked for is not told", c.url)
		}
		known := &Habits{port: "7070"}
		if r, err := newRoute(c.url, c.transport, known); err != nil || r.url.Port() != "7070" {
			t.Errorf("%s: the port that answered is not asked again: %v, %v", c.url, r.url, err)
		}
	}
	// A fault that is not the port's.
	r, err := newRoute("rtsp://camera:80/", "", &Habits{})
	if err != nil || r.next(fault(KindAuth, nil, "refused")) || r.next(fault(KindHost, nil, "away")) {
		t.Error("went on though the camera was found")
	}
}

func TestHabitsAreOfOneURL(t *testing.T) {
	h := &Habits{}
	h = h.of("rtsp://a/")
	h.port, h.udp, h.way, h.certificate = "1", true, "OPTIONS", "ab"
	if h.of("rtsp://a/").port != "1" {
		t.Error("forgotten")
	}
	if h = h.of("rtsp://b/"); h.port != "" || h.udp || h.way != "" || h.certificate != "ab" {
		t.Errorf("%+v", h)
	}
	var none *Habits
	if none.of("rtsp://a/") == nil {
		t.Error("nil")
	}
}
