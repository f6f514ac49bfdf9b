package camera_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
)

// wire speaks RTSP by hand, so that nothing stands between a test and the bytes
// that the camera sends.
type wire struct {
	t       *testing.T
	address string
	conn    net.Conn
	in      *bufio.Reader
	cseq    int
	session string
}

type reply struct {
	status string // of three digits
	header textproto.MIMEHeader
	body   string
}

func dial(t *testing.T, cam *camera.Camera) *wire {
	t.Helper()
	at, err := url.Parse(cam.RTSPURL())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &wire{t: t, address: cam.RTSPURL(), conn: conn, in: bufio.NewReader(conn)}
}

// ask sends a request to the stream, or below it, and reads the reply to it;
// what is sent in between is passed over.
func (w *wire) ask(method, below string, header ...string) reply {
	w.t.Helper()
	got, err := w.try(method, below, header...)
	if err != nil {
		w.t.Fatalf("%s: %v", method, err)
	}
	return got
}

func (w *wire) try(method, below string, header ...string) (reply, error) {
	w.cseq++
	text := fmt.Sprintf("%s %s%s RTSP/1.0\r\nCSeq: %d\r\n", method, w.address, below, w.cseq)
	if w.session != "" {
		text += "Session: " + w.session + "\r\n"
	}
	for _, line := range header {
		text += line + "\r\n"
	}
	if _, err := io.WriteString(w.conn, text+"\r\n"); err != nil {
		return reply{}, err
	}
	for {
		line, err := w.in.ReadString('\n')
		if err != nil {
			return reply{}, err
		}
		if at := strings.Index(line, "RTSP/1.0 "); at >= 0 {
			return w.rest(line[at+len("RTSP/1.0 "):])
		}
	}
}

func (w *wire) rest(line string) (reply, error) {
	got := reply{status: line[:3]}
	var err error
	if got.header, err = textproto.NewReader(w.in).ReadMIMEHeader(); err != nil {
		return got, err
	}
	w.session, _, _ = strings.Cut(got.header.Get("Session"), ";")
	if size, err := strconv.Atoi(got.header.Get("Content-Length")); err == nil {
		body := make([]byte, size)
		if _, err := io.ReadFull(w.in, body); err != nil {
			return got, err
		}
		got.body = string(body)
	}
	return got, nil
}

// play sets the picture up and starts it.
func (w *wire) play() (setUp reply) {
	w.t.Helper()
	w.ask("DESCRIBE", "", "Accept: application/sdp")
	setUp = w.ask("SETUP", "/trackID=0", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
	if got := w.ask("PLAY", ""); got.status != "200" {
		w.t.Fatalf("PLAY: %+v", got)
	}
	return setUp
}

// packet is an RTP packet that came interleaved.
type packet struct {
	channel   byte
	marker    bool
	timestamp uint32
	payload   []byte
}

// packets reads the next ones, where nothing but frames comes.
func (w *wire) packets(count int) []packet {
	w.t.Helper()
	var all []packet
	for len(all) < count {
		head := make([]byte, 4)
		if _, err := io.ReadFull(w.in, head); err != nil || head[0] != '$' {
			w.t.Fatalf("after %d packets % x, %v", len(all), head, err)
		}
		b := make([]byte, binary.BigEndian.Uint16(head[2:]))
		if _, err := io.ReadFull(w.in, b); err != nil {
			w.t.Fatal(err)
		}
		if head[1]%2 == 0 { // the odd ones are RTCP's
			all = append(all, packet{head[1], b[1]&0x80 != 0, binary.BigEndian.Uint32(b[4:]), b[12:]})
		}
	}
	return all
}

// ended waits until the camera ends the connection, and tells for how long it
// lived.
func (w *wire) ended() time.Duration {
	w.t.Helper()
	begin := time.Now()
	if _, err := io.Copy(io.Discard, w.in); err != nil && !strings.Contains(err.Error(), "reset") {
		w.t.Fatalf("the camera did not end the connection: %v", err)
	}
	return time.Since(begin)
}

func TestContentBaseOnTheWire(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		"late-reply=1s":       "rtsp://%s/stream1/", // none that matters here
		"content-base-twice":  "rtsp://rtsp://%s/stream1/",
		"content-base-bare":   "%s/stream1/",
		"content-base-mapped": "rtsp://::ffff:%s/stream1/",
	} {
		cam := faulty(t, fault, camera.Config{})
		w := dial(t, cam)
		got := w.ask("DESCRIBE", "").header.Get("Content-Base")
		if want := fmt.Sprintf(want, w.conn.RemoteAddr()); got != want {
			t.Errorf("%s: %q, not %q", fault, got, want)
		}
	}
}

func TestDescriptionsOnTheWire(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault, clip string
		has, lacks  []string
	}{
		{"broken-s-line", clip.Main, []string{"\r\ns Media Server\r\n"}, []string{"\ns="}},
		{"broken-c-line", clip.Main, []string{"\r\nc=IN 0.0.0.0\r\n"}, []string{"c=IN IP4"}},
		{"broken-m-line", clip.Main, []string{"\r\nm=video RTP/AVP 96\r\n", "\r\nm=audio RTP/AVP 97\r\n"}, nil},
		{"incomplete-sprops", clip.Main, []string{"sprop-parameter-sets="}, nil},
		{"incomplete-sprops", clip.MainH265, []string{"sprop-vps=", "sprop-pps="}, []string{"sprop-sps="}},
		{"wrong-profile-level-id", clip.Main, []string{"profile-level-id=42001E"}, []string{"profile-level-id=4D"}},
		{"wrong-profile-level-id", clip.MainH265, []string{"profile-id=9; level-id=none"}, nil},
	} {
		cam := faulty(t, test.fault, camera.Config{Main: open(t, test.clip)})
		sdp := dial(t, cam).ask("DESCRIBE", "").body
		for _, text := range test.has {
			if !strings.Contains(sdp, text) {
				t.Errorf("%s, %s: no %q in\n%s", test.fault, test.clip, text, sdp)
			}
		}
		for _, text := range test.lacks {
			if strings.Contains(sdp, text) {
				t.Errorf("%s, %s: %q in\n%s", test.fault, test.clip, text, sdp)
			}
		}
		if strings.HasPrefix(test.fault, "incomplete") && !endsAmidBase64(sdp) {
			t.Errorf("%s: the last parameter set is whole in\n%s", test.clip, sdp)
		}
	}
}

func endsAmidBase64(sdp string) bool {
	for line := range strings.Lines(sdp) {
		_, pps, h264 := strings.Cut(line, ",")
		_, pps265, h265 := strings.Cut(line, "sprop-pps=")
		if h265 {
			pps = pps265
		}
		if pps, _, _ := strings.Cut(strings.TrimRight(pps, "\r\n"), ";"); h264 || h265 {
			return len(pps) == 3
		}
	}
	return false
}

func TestOtherChannelsOnTheWire(t *testing.T) {
	t.Parallel()
	w := dial(t, faulty(t, "other-channels", camera.Config{}))
	w.ask("DESCRIBE", "")
	for i, want := range []string{"interleaved=10-11", "interleaved=12-13"} {
		// A client that knows of 10-11 may ask for 0-1 again.
		got := w.ask("SETUP", fmt.Sprintf("/trackID=%d", i), "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
		if got.status != "200" || !strings.Contains(got.header.Get("Transport"), want) {
			t.Errorf("SETUP is answered with %+v", got)
		}
	}
	w.ask("PLAY", "")
	seen := map[byte]int{}
	for _, p := range w.packets(30) {
		seen[p.channel]++
	}
	if len(seen) != 2 || seen[10] == 0 || seen[12] == 0 {
		t.Errorf("packets a channel: %v", seen)
	}
}

func TestJunkOnTheWire(t *testing.T) {
	t.Parallel()
	w := dial(t, faulty(t, "junk-between-frames", camera.Config{Speed: 10}))
	w.play()
	// Each piece of junk comes after whole frames alone.
	for _, want := range []string{"\x00\x00\x00\x00", "$", "\xff\xff\xff\xff\xff\xff", "RT", "$\xff\xff\xff", "no frame, no reply\r\n", "\r\n\r\n"} {
		for range 4 {
			head, err := w.in.Peek(4)
			if err != nil || head[0] != '$' {
				t.Fatalf("% x, %v", head, err)
			}
			if _, err := w.in.Discard(4 + int(binary.BigEndian.Uint16(head[2:]))); err != nil {
				t.Fatal(err)
			}
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(w.in, got); err != nil || string(got) != want {
			t.Fatalf("%q instead of the junk %q, %v", got, want, err)
		}
		head, err := w.in.Peek(4)
		if err != nil || head[0] != '$' {
			t.Fatalf("after the junk % x, %v", head, err)
		}
		if _, err := w.in.Discard(4 + int(binary.BigEndian.Uint16(head[2:]))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneNALOnTheWire(t *testing.T) {
	t.Parallel()
	w := dial(t, faulty(t, "one-nal", camera.Config{Speed: 10}))
	w.play()
	const fuA, start, sps = 28, 0x80, 7
	for _, p := range w.packets(100) {
		if p.payload[0]&0x1f != fuA || p.payload[1]&start == 0 || p.payload[1]&0x1f != sps {
			continue
		}
		if bytes.Contains(p.payload, []byte{0, 0, 0, 1, 0x68}) && bytes.Contains(p.payload, []byte{0, 0, 0, 1, 0x65}) {
			return
		}
	}
	t.Error("no NAL unit with a PPS and a picture in it came")
}

// stampsOf gives each frame's number and time, in ticks since the first.
func stampsOf(w *wire, frames int) (numbers []uint64, times []int64) {
	var first uint32
	for len(numbers) < frames {
		p := w.packets(1)[0]
		stamp, ok := stampIn(p.payload)
		if !ok {
			continue
		}
		if numbers == nil {
			first = p.timestamp
		}
		numbers, times = append(numbers, stamp), append(times, int64(int32(p.timestamp-first)))
	}
	return numbers, times
}

// stampIn finds the number of a frame's stamp in a payload.
func stampIn(payload []byte) (uint64, bool) {
	_, text, found := bytes.Cut(payload, []byte("iStream-camsim-1"))
	if !found || len(text) < 16 {
		return 0, false
	}
	number, err := strconv.ParseUint(string(text[:16]), 16, 64)
	return number, err == nil
}

func TestTimesOnTheWire(t *testing.T) {
	t.Parallel()
	const tick, hour = clip.VideoRate / 15, 3600 * clip.VideoRate
	jumps := func(n uint64) int64 { return int64(n)*tick + hour*int64(1-n/20%2) }
	stops := func(n uint64) int64 {
		if n/20%2 == 1 {
			return int64(n) * tick
		}
		return int64(n/20*20) * tick
	}
	for fault, want := range map[string]func(uint64) int64{"time-jumps=20": jumps, "time-stands-still=20": stops} {
		w := dial(t, faulty(t, fault, camera.Config{Speed: 10}))
		w.play()
		numbers, times := stampsOf(w, 100)
		// The first run was entered anywhere, and stands still at that place.
		next := slices.IndexFunc(numbers, func(n uint64) bool { return n%20 == 0 })
		for i := next; i < len(numbers); i++ {
			if got := times[i] - times[next]; got != want(numbers[i])-want(numbers[next]) {
				t.Fatalf("%s: frame %d is at %d", fault, numbers[i], got)
			}
		}
	}
}

func TestParametersChangeOnTheWire(t *testing.T) {
	t.Parallel()
	w := dial(t, faulty(t, "parameters-change=30", camera.Config{Speed: 10}))
	w.play()
	var levels []byte
	for len(levels) < 8 {
		p := w.packets(1)[0]
		// A keyframe's parameter sets are aggregated: STAP-A, the SPS first.
		if p.payload[0]&0x1f == 24 && p.payload[3]&0x1f == 7 {
			levels = append(levels, p.payload[6])
		}
	}
	changes := 0
	for i := range levels[1:] {
		if levels[i] != levels[i+1] {
			changes++
		}
	}
	if changes < 3 || !slices.Contains(levels, 62) {
		t.Errorf("the levels are % d", levels)
	}
}

func TestRareKeyframes(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "rare-keyframes", camera.Config{Speed: 100, Main: open(t, clip.Main)})
	w := dial(t, cam)
	w.play()
	var keys []uint64
	for latest := uint64(0); len(keys) < 2; {
		for _, p := range w.packets(1) {
			if number, ok := stampIn(p.payload); ok {
				latest = number
			}
			if p.payload[0]&0x1f == 5 || p.payload[0]&0x1f == 28 && p.payload[1] == 0x85 {
				keys = append(keys, latest)
			}
		}
	}
	if keys[1]-keys[0] != 960 {
		t.Errorf("keyframes %v", keys)
	}
}

func TestSilentFor(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	w := dial(t, faulty(t, "silent-for=1s", camera.Config{}))
	w.play()
	w.packets(1)
	if silent := time.Since(begin); silent < time.Second {
		t.Errorf("a packet came after %v", silent)
	}
}

func TestHangsUp(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "hangs-up=2", camera.Config{})
	for range 2 {
		w := dial(t, cam)
		if got := w.ask("DESCRIBE", ""); got.status != "200" || got.body == "" {
			t.Errorf("%+v", got)
		}
		w.ended()
	}
	w := dial(t, cam)
	w.play()
	w.packets(1)
}

func TestSessionTimeout(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "session-timeout=1s,no-get-parameter", camera.Config{})
	kept, refused := dial(t, cam), dial(t, cam)
	if got := kept.ask("OPTIONS", "").header.Get("Public"); !strings.Contains(got, "GET_PARAMETER") {
		t.Errorf("the camera offers %s", got)
	}
	if got := kept.play().header.Get("Session"); !strings.HasSuffix(got, ";timeout=1") {
		t.Errorf("the session is %q", got)
	}
	refused.play()
	for begin := time.Now(); time.Since(begin) < 2*time.Second; {
		kept.ask("OPTIONS", "")
		// The last one may meet a session that is about to end.
		if got, err := refused.try("GET_PARAMETER", ""); err == nil && got.status == "200" {
			t.Fatalf("GET_PARAMETER: %+v", got)
		}
	}
	refused.ended()
	kept.packets(1)
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	w := dial(t, faulty(t, "session-ends=1s", camera.Config{}))
	begin := time.Now()
	w.play()
	for {
		if _, err := w.try("OPTIONS", ""); err != nil {
			break
		}
	}
	if lived := time.Since(begin); lived < time.Second {
		t.Errorf("the session ended after %v", lived)
	}
}

func TestBans(t *testing.T) {
	t.Parallel()
	cam := faulty(t, "bans-after=3", camera.Config{})
	for range 3 {
		dial(t, cam).ask("OPTIONS", "")
	}
	for range 2 {
		if got, err := dial(t, cam).try("OPTIONS", ""); err == nil {
			t.Errorf("a banned address is answered: %+v", got)
		}
	}
	if ever, bans := cam.Connections(); ever != 5 || bans != 1 {
		t.Errorf("%d connections, %d bans", ever, bans)
	}
}
