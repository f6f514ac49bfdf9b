package rtsptest

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// Camera is a server that plays a scene. Its clock runs whether anybody watches
// or not, so a client that comes back finds later pictures.
type Camera struct {
	User, Pass string              // asked for where the user is set
	Auth       []auth.VerifyMethod // ways of signing in; nil: Basic and Digest with MD5
	TLS        *tls.Config         // where set, it speaks rtsps
	UDP        bool                // it sends over UDP too

	scene  Scene
	server *gortsplib.Server
	stream *gortsplib.ServerStream
	stop   chan struct{}
	done   sync.WaitGroup
	next   atomic.Int64 // picture
	silent atomic.Bool
	blind  atomic.Bool

	mu    sync.Mutex
	conns map[*gortsplib.ServerConn]bool
	opens int
	torn  int
	udp   int
}

// Start serves the scene until the test ends.
func Start(t testing.TB, scene Scene, change ...func(*Camera)) *Camera {
	t.Helper()
	c := &Camera{scene: scene, stop: make(chan struct{}), conns: map[*gortsplib.ServerConn]bool{}}
	for _, f := range change {
		f(c)
	}
	c.listen(t, "127.0.0.1:0")
	c.done.Go(c.play)
	t.Cleanup(c.Close)
	return c
}

func (c *Camera) listen(t testing.TB, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c.server = &gortsplib.Server{
		Handler: c, RTSPAddress: l.Addr().String(), TLSConfig: c.TLS, AuthMethods: c.Auth,
		// A busy machine may read late; what a camera drops then is no loss of ours.
		WriteQueueSize: 1 << 14,
		Listen:         func(string, string) (net.Listener, error) { return l, nil },
	}
	if c.UDP {
		c.listenUDP(t)
	}
	// A client of another process may come before there is a stream.
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.server.Start(); err != nil {
		t.Fatal(err)
	}
	c.stream = &gortsplib.ServerStream{Server: c.server, Desc: c.describe()}
	if err := c.stream.Initialize(); err != nil {
		t.Fatal(err)
	}
}

// Close ends the server.
func (c *Camera) Close() {
	select {
	case <-c.stop:
		return
	default:
	}
	close(c.stop)
	c.done.Wait()
	c.stream.Close()
	c.server.Close()
}

// Address is host:port; URL is the stream's.
func (c *Camera) Address() string { return c.server.RTSPAddress }

// URL is the stream's, without credentials.
func (c *Camera) URL() string {
	if c.TLS != nil {
		return "rtsps://" + c.Address() + "/stream"
	}
	return "rtsp://" + c.Address() + "/stream"
}

// Next is the number of the picture that is sent next.
func (c *Camera) Next() int { return int(c.next.Load()) }

// Silence keeps pictures and sound back, though the clock runs on.
func (c *Camera) Silence(on bool) { c.silent.Store(on) }

// Blind keeps pictures alone back.
func (c *Camera) Blind(on bool) { c.blind.Store(on) }

// TornDown is how many sessions have been ended by TEARDOWN.
func (c *Camera) TornDown() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.torn
}

// Kick drops everybody who is connected.
func (c *Camera) Kick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		conn.Close()
	}
}

// PlayedUDP is how many sessions have been played over UDP.
func (c *Camera) PlayedUDP() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.udp
}

// Connections is how many there are, and how many there have been.
func (c *Camera) Connections() (now, ever int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.conns), c.opens
}

func (c *Camera) describe() *description.Session {
	var video format.Format
	sets := c.scene.Sets(0)
	switch c.scene.Codec {
	case media.AV1:
		video = &format.AV1{PayloadTyp: 96}
	case media.MJPEG:
		video = &format.MJPEG{}
	case media.H265:
		f := &format.H265{PayloadTyp: 96}
		if !c.scene.InBand {
			f.VPS, f.SPS, f.PPS = sets[0], sets[1], sets[2]
		}
		video = f
	default:
		f := &format.H264{PayloadTyp: 96, PacketizationMode: 1}
		if !c.scene.InBand {
			f.SPS, f.PPS = sets[0], sets[1]
		}
		video = f
	}
	d := &description.Session{Medias: []*description.Media{{Type: description.MediaTypeVideo, Formats: []format.Format{video}}}}
	if f := c.soundFormat(); f != nil {
		d.Medias = append(d.Medias, &description.Media{Type: description.MediaTypeAudio, Formats: []format.Format{f}})
	}
	if c.scene.Codec == "" {
		d.Medias = d.Medias[1:]
	}
	return d
}

func (c *Camera) soundFormat() format.Format {
	switch c.scene.Sound {
	case media.AAC:
		config := &mpeg4audio.AudioSpecificConfig{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: c.scene.soundRate(), ChannelConfig: 1}
		return &format.MPEG4Audio{PayloadTyp: 97, Config: config, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3}
	case media.Opus:
		return &format.Opus{PayloadTyp: 97, ChannelCount: 1}
	case media.PCMA, media.PCMU:
		return &format.G711{PayloadTyp: map[media.Codec]uint8{media.PCMA: 8, media.PCMU: 0}[c.scene.Sound], MULaw: c.scene.Sound == media.PCMU, SampleRate: 8000, ChannelCount: 1}
	case media.L8, media.L16, media.L24:
		return &format.LPCM{PayloadTyp: 97, BitDepth: 8 * c.scene.Sound.SampleSize(), SampleRate: c.scene.soundRate(), ChannelCount: 1}
	case "G.722":
		return &format.G722{}
	}
	return nil
}

// OnConnOpen implements gortsplib.ServerHandlerOnConnOpen.
func (c *Camera) OnConnOpen(ctx *gortsplib.ServerHandlerOnConnOpenCtx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns[ctx.Conn] = true
	c.opens++
}

// OnConnClose implements gortsplib.ServerHandlerOnConnClose.
func (c *Camera) OnConnClose(ctx *gortsplib.ServerHandlerOnConnCloseCtx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, ctx.Conn)
}

// OnSessionClose implements gortsplib.ServerHandlerOnSessionClose.
func (c *Camera) OnSessionClose(ctx *gortsplib.ServerHandlerOnSessionCloseCtx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := errors.AsType[liberrors.ErrServerSessionTornDown](ctx.Error); ok {
		c.torn++
	}
}

func (c *Camera) played() *gortsplib.ServerStream {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stream
}

func (c *Camera) refuses(conn *gortsplib.ServerConn, r *base.Request) bool {
	return c.User != "" && !conn.VerifyCredentials(r, c.User, c.Pass)
}

// OnDescribe implements gortsplib.ServerHandlerOnDescribe.
func (c *Camera) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if c.refuses(ctx.Conn, ctx.Request) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	if ctx.Path != "/stream" {
		return &base.Response{StatusCode: base.StatusNotFound}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, c.played(), nil
}

// OnSetup implements gortsplib.ServerHandlerOnSetup.
func (c *Camera) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if c.refuses(ctx.Conn, ctx.Request) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	return &base.Response{StatusCode: base.StatusOK}, c.played(), nil
}

// OnPlay implements gortsplib.ServerHandlerOnPlay.
func (c *Camera) OnPlay(ctx *gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Session.Transport().Protocol == gortsplib.ProtocolUDP {
		c.udp++
	}
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// play sends what is due, in real time.
func (c *Camera) play() {
	begin := time.Now()
	tick := time.NewTicker(time.Second / 200)
	defer tick.Stop()
	encode := c.encoder()
	video, sound := c.stream.Desc.Medias[0], c.stream.Desc.Medias[len(c.stream.Desc.Medias)-1]
	frames := 0
	for {
		select {
		case <-tick.C:
		case <-c.stop:
			return
		}
		passed := time.Since(begin)
		for c.scene.Codec != "" && time.Duration(c.next.Load())*time.Second/time.Duration(c.scene.FPS) <= passed {
			p := c.scene.Picture(int(c.next.Load()))
			c.send(video, encode(p))
			c.next.Add(1)
		}
		for c.scene.Sound != "" && time.Duration(frames)*time.Duration(c.scene.soundLength())*time.Second/time.Duration(c.scene.soundRate()) <= passed {
			c.send(sound, c.soundPacket(frames))
			frames++
		}
	}
}

func (c *Camera) send(m *description.Media, packets []*rtp.Packet) {
	for _, p := range packets {
		if !c.silent.Load() && !(c.blind.Load() && m.Type == description.MediaTypeVideo) {
			_ = c.stream.WritePacketRTP(m, p) // a client that has gone needs no more
		}
	}
}

func (c *Camera) encoder() func(Picture) []*rtp.Packet {
	var encode func([][]byte) ([]*rtp.Packet, error)
	switch f := c.stream.Desc.Medias[0].Formats[0].(type) {
	case *format.H264:
		e, err := f.CreateEncoder()
		if err != nil {
			panic(err)
		}
		encode = e.Encode
	case *format.H265:
		e, err := f.CreateEncoder()
		if err != nil {
			panic(err)
		}
		encode = e.Encode
	case *format.AV1:
		e, err := f.CreateEncoder()
		if err != nil {
			panic(err)
		}
		encode = e.Encode
	case *format.MJPEG:
		e, err := f.CreateEncoder()
		if err != nil {
			panic(err)
		}
		encode = func(images [][]byte) ([]*rtp.Packet, error) { return e.Encode(images[0]) }
	}
	return func(p Picture) []*rtp.Packet {
		packets, err := encode(p.NALs)
		if err != nil {
			panic(err)
		}
		for _, packet := range packets {
			// Near the end of the 32 bits, so that they wrap.
			packet.Timestamp = uint32(1<<32 - 2*Rate + int64(p.Time)*Rate/int64(time.Second))
		}
		return packets
	}
}

func (c *Camera) soundPacket(number int) []*rtp.Packet {
	forma := c.soundFormat()
	p := &rtp.Packet{Header: rtp.Header{
		Version: 2, PayloadType: forma.PayloadType(), SequenceNumber: uint16(number), SSRC: 7, Marker: true,
		Timestamp: uint32(number * c.scene.soundLength()),
	}, Payload: c.scene.frame(number)}
	if c.scene.Sound == media.AAC {
		p.Payload = append([]byte{0, 16, byte(len(p.Payload) >> 5), byte(len(p.Payload) << 3)}, p.Payload...)
	}
	return []*rtp.Packet{p}
}
