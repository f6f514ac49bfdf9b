package rtsp

import (
	"log/slog"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"github.com/donhk/istream/services/recorder/internal/depacket"
	"github.com/donhk/istream/services/recorder/internal/media"
)

// TestArrivals: packets that are read together came when their time stamps say,
// between the read before and this one.
func TestArrivals(t *testing.T) {
	type read struct {
		at     time.Duration
		stamps []int64         // in ms
		want   []time.Duration // since the session began
	}
	const ms = time.Millisecond
	for name, reads := range map[string][]read{
		"steady": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, []int64{1200, 1400, 1600, 1800}, []time.Duration{200 * ms, 400 * ms, 600 * ms, 800 * ms}},
			{1600 * ms, []int64{2000, 2200}, []time.Duration{1000 * ms, 1200 * ms}},
		},
		"late stays between the reads": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, []int64{900, 2500}, []time.Duration{0, 800 * ms}},
		},
		"pictures out of order": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, []int64{1400, 1200, 1800, 1600}, []time.Duration{400 * ms, 200 * ms, 800 * ms, 600 * ms}},
			{1600 * ms, []int64{2200, 2000}, []time.Duration{1200 * ms, 1000 * ms}},
		},
		"a pause": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, nil, nil},
			{1600 * ms, nil, nil},
			{2400 * ms, []int64{3000}, []time.Duration{2000 * ms}},
		},
		"time stamps that jump": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, []int64{1200, 900000, 900200}, []time.Duration{200 * ms, 200 * ms, 400 * ms}},
			{1600 * ms, []int64{900400, 100, 300}, []time.Duration{1000 * ms, 1000 * ms, 1200 * ms}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var a arrivals
			begin := time.Now()
			before, h264 := begin, media.Format{Codec: media.H264, Rate: 90000}
			for n, r := range reads {
				at := begin.Add(r.at)
				for i, stamp := range r.stamps {
					// The stamps wrap.
					if got := a.of(uint32(stamp*90-100*90000), h264, before, at).Sub(begin); got != r.want[i] {
						t.Errorf("read %d, packet %d came at %v, not %v", n, i, got, r.want[i])
					}
				}
				a.settle(at)
				before = at
			}
		})
	}
}

func TestSkipped(t *testing.T) {
	a := arrivals{}
	for i, c := range []struct{ sequence, want uint16 }{{65534, 0}, {65535, 0}, {0, 0}, {3, 2}, {2, 0}, {3, 0}, {40000, 0}, {40001, 0}} {
		if got := a.skipped(c.sequence); got != c.want {
			t.Errorf("packet %d, numbered %d: %d skipped, not %d", i, c.sequence, got, c.want)
		}
		a.known = true
	}
}

// TestTracksAreMet: until the first packet of each track has come, or was waited
// for, packets are read as they come.
func TestTracksAreMet(t *testing.T) {
	const picture, sound = 0, 2 // channels
	packet := func(kind uint8, payload ...byte) []byte {
		b, err := (&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: kind}, Payload: payload}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	type read struct {
		at      time.Duration
		channel uint8
		ticks   bool // from then on
	}
	for name, reads := range map[string][]read{
		"sound after the picture":  {{0, picture, false}, {300 * time.Millisecond, sound, true}},
		"sound before the picture": {{0, sound, false}, {300 * time.Millisecond, picture, true}},
		"sound that never comes":   {{0, picture, false}, {meeting - 1, picture, false}, {meeting, picture, true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Session{patience: Patience, log: slog.New(slog.DiscardHandler), tracks: []track{
				{rtp: &format.H264{PayloadTyp: 96}, format: media.Format{Codec: media.H264, Rate: 90000}, units: depacket.NewH264(0, nil)},
				{rtp: &format.G711{PayloadTyp: 8, SampleRate: 8000, ChannelCount: 1}, format: media.Format{Codec: media.PCMA, Rate: 8000, Channels: 1}, units: depacket.NewPCM(1, 1)},
			}}
			r := newReceiver(s, func(media.Unit) {}, func() {})
			r.channels = map[uint8]int{picture: 0, sound: 1}
			begin := time.Now()
			for n, c := range reads {
				r.Read(begin.Add(c.at), true)
				if c.channel == picture {
					r.Packet(c.channel, packet(96, 0x41, 0x9a))
				} else {
					r.Packet(c.channel, packet(8, 0xd5, 0xd5))
				}
				if interval := r.Gathered(); (interval > 0) != c.ticks {
					t.Errorf("after read %d the next is %v away", n, interval)
				}
			}
		})
	}
}
