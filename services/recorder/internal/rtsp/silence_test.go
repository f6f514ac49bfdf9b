package rtsp_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder/internal/rtsp"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

// TestNoPicture: a camera that is connected and sends no picture is left, from
// the begin or later, also where it still sends sound.
func TestNoPicture(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		silence   func(*rtsptest.Camera, bool)
		later     bool
		transport setting.Transport
		say       string
	}{
		"nothing from the begin":    {(*rtsptest.Camera).Silence, false, setting.TransportTCP, "is connected but has sent no picture for 2s"},
		"sound alone":               {(*rtsptest.Camera).Blind, false, setting.TransportTCP, "sends sound but has sent no picture for 2s"},
		"nothing in mid-session":    {(*rtsptest.Camera).Silence, true, setting.TransportTCP, "is connected but has sent no picture for 2s"},
		"sound alone later":         {(*rtsptest.Camera).Blind, true, setting.TransportTCP, "sends sound but has sent no picture for 2s"},
		"nothing over UDP":          {(*rtsptest.Camera).Silence, false, setting.TransportUDP, "no picture over UDP for 2s: check that no firewall"},
		"sound alone through HTTP":  {(*rtsptest.Camera).Blind, true, setting.TransportHTTP, "sends sound but has sent no picture for 2s"},
		"nothing later through UDP": {(*rtsptest.Camera).Silence, true, setting.TransportUDP, "no picture over UDP for 2s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			camera := rtsptest.Start(t, scene, func(c *rtsptest.Camera) { c.UDP = true })
			c.silence(camera, !c.later)
			o := options(t, camera.URL())
			o.Transport, o.Patience = c.transport, 2*time.Second
			play := play
			if c.transport == setting.TransportHTTP {
				play = tunnel
			}
			_, err := play(t, o, func(pictures, _ int) bool {
				if c.later && pictures >= 3 {
					c.silence(camera, true)
				}
				return false
			})
			f, ok := errors.AsType[*rtsp.Fault](err)
			if !ok || f.Kind != rtsp.KindSilent || f.Cause() != events.CauseCamera || !strings.Contains(f.Error(), c.say) {
				t.Errorf("%v, want %q", err, c.say)
			}
			until(t, "the session is torn down", func() bool { return camera.TornDown() == 1 })
		})
	}
}

// TestAutoLeavesUDPThatBringsNothing: a firewall may keep it back.
func TestAutoLeavesUDPThatBringsNothing(t *testing.T) {
	t.Parallel()
	camera := rtsptest.Start(t, scene, func(c *rtsptest.Camera) { c.UDP = true })
	camera.Silence(true)
	o := options(t, camera.URL())
	o.Transport, o.Patience, o.Habits = setting.TransportAuto, impatience, &rtsp.Habits{}
	for _, udp := range []int{0, 1, 1} {
		if _, err := play(t, o, both); err == nil {
			t.Fatal("a picture came")
		}
		if camera.PlayedUDP() != udp {
			t.Fatalf("%d sessions over UDP, want %d", camera.PlayedUDP(), udp)
		}
	}
}
