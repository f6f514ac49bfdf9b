package rtsp_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"

	"github.com/donhk/istream/services/recorder/internal/rtsp"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

// TestKeepAlive: the session is kept alive in a way that the camera takes, before
// its time-out, and a refusal does not end it.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	const get, set = base.GetParameter, base.SetParameter
	for name, c := range map[string]struct {
		public string // what the camera says it knows
		refuse map[base.Method]base.StatusCode
		want   base.Method // that it is asked in the end
	}{
		"GET_PARAMETER":                {"DESCRIBE, SETUP, PLAY, GET_PARAMETER", nil, get},
		"OPTIONS":                      {"DESCRIBE, SETUP, PLAY", nil, base.Options},
		"nothing said":                 {"", nil, base.Options},
		"400":                          {"GET_PARAMETER", map[base.Method]base.StatusCode{get: 400}, base.Options},
		"405":                          {"GET_PARAMETER", map[base.Method]base.StatusCode{get: 405}, base.Options},
		"451":                          {"GET_PARAMETER", map[base.Method]base.StatusCode{get: 451}, base.Options},
		"501":                          {"GET_PARAMETER", map[base.Method]base.StatusCode{get: 501}, base.Options},
		"only SET_PARAMETER":           {"", map[base.Method]base.StatusCode{get: 501, base.Options: 501}, set},
		"nothing, but a sign will do":  {"", map[base.Method]base.StatusCode{get: 501, base.Options: 501, set: 501}, set},
		"OPTIONS not known from begin": {"", map[base.Method]base.StatusCode{base.Options: 405}, get},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := func(r *base.Request) *base.Response {
				if status := c.refuse[r.Method]; status != 0 {
					return &base.Response{StatusCode: status, StatusMessage: "no"}
				}
				return nil
			}
			wire := &rtsptest.Wire{Ask: ask, Reply: func(r *base.Request, reply *base.Response) {
				timeout("1")(r, reply)
				switch {
				case r.Method == base.Options && c.public == "":
					delete(reply.Header, "Public")
				case r.Method == base.Options:
					reply.Header["Public"] = base.HeaderValue{c.public}
				case r.Method == set:
					reply.StatusCode = base.StatusOK // the test's server does not know it
				}
			}}
			camera := rtsptest.Start(t, scene)
			rtsptest.StartWire(t, camera, wire)
			inSession := func(method base.Method) (n int) {
				for _, r := range wire.Seen(method) {
					if len(r.Header["Session"]) > 0 {
						n++
					}
				}
				return n
			}
			// What is refused is not asked for ever.
			settled := func(int, int) bool {
				most := 0
				for method := range c.refuse {
					if method != c.want {
						most = max(most, inSession(method))
					}
				}
				return inSession(c.want) >= most+3
			}
			if _, err := play(t, options(t, wire.URL()), settled); err != nil {
				t.Fatal(err)
			}
			until(t, "the session is torn down", func() bool { return camera.TornDown() == 1 })
		})
	}
}

// TestCameraDemands: a request of the camera's own is answered and ends nothing.
func TestCameraDemands(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, scene)
	wire := rtsptest.StartWire(t, camera, &rtsptest.Wire{})
	asked := false
	_, err := play(t, options(t, wire.URL()), func(pictures, _ int) bool {
		if !asked && pictures >= 3 {
			asked = true
			for _, method := range []base.Method{base.GetParameter, base.SetParameter, base.Options, base.Announce} {
				wire.Demand(&base.Request{Method: method, URL: &base.URL{Scheme: "rtsp", Host: "camera", Path: "/stream"}, Header: base.Header{"CSeq": base.HeaderValue{"1"}}})
			}
		}
		return pictures >= 20 && wire.Answers() >= 4
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSessionForgotten: a camera that does not know the session any more is left.
func TestSessionForgotten(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, scene)
	wire := rtsptest.StartWire(t, camera, &rtsptest.Wire{Reply: timeout("1"), Ask: func(r *base.Request) *base.Response {
		if r.Method == base.GetParameter {
			return &base.Response{StatusCode: base.StatusSessionNotFound}
		}
		return nil
	}})
	_, err := play(t, options(t, wire.URL()), func(int, int) bool { return false })
	if f, ok := errors.AsType[*rtsp.Fault](err); !ok || f.Kind != rtsp.KindClosed || !strings.Contains(f.Error(), "does not know the session any more") {
		t.Errorf("%v", err)
	}
}

// TestLeaveIsBounded: a camera that does not confirm the end is not waited for,
// and one that confirms it is.
func TestLeaveIsBounded(t *testing.T) {
	t.Parallel()
	var asked atomic.Bool
	camera := rtsptest.Start(t, scene)
	wire := rtsptest.StartWire(t, camera, &rtsptest.Wire{Reply: func(r *base.Request, reply *base.Response) {
		if r.Method == base.Teardown {
			asked.Store(true)
			reply.Header["CSeq"] = base.HeaderValue{"no number"} // then it is to the latest request
			<-time.After(300 * time.Millisecond)
		}
	}})
	s, err := play(t, options(t, wire.URL()), both)
	if err != nil || !asked.Load() {
		t.Fatalf("%v, asked: %v", err, asked.Load())
	}
	s.Close() // again does nothing
	if n := len(wire.Seen(base.Teardown)); n != 1 {
		t.Errorf("%d TEARDOWNs", n)
	}

	var left atomic.Bool
	deaf := rtsptest.StartWire(t, camera, &rtsptest.Wire{Ask: func(r *base.Request) *base.Response {
		if r.Method == base.Teardown {
			left.Store(true)
			<-t.Context().Done()
		}
		return nil
	}})
	o := options(t, deaf.URL())
	if _, err := play(t, o, both); err != nil || !left.Load() {
		t.Fatalf("%v, left: %v", err, left.Load())
	}
}
