// Package av1rtsp plays an MP4 file with AV1 as an RTSP camera: Debian's GStreamer
// has no payloader for it.
package av1rtsp

import (
	"bytes"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/pmp4"
)

// Server plays its file in real time, over and over, from the test's start on.
type Server struct {
	server *gortsplib.Server
	stream *gortsplib.ServerStream
}

// Start serves the first track of the file until the test ends.
func Start(t testing.TB, path string) *Server {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file pmp4.Presentation
	if err := file.Unmarshal(bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{}
	s.server = &gortsplib.Server{
		Handler: s, RTSPAddress: l.Addr().String(), WriteQueueSize: 1 << 12,
		Listen: func(string, string) (net.Listener, error) { return l, nil },
	}
	if err := s.server.Start(); err != nil {
		t.Fatal(err)
	}
	f := &format.AV1{PayloadTyp: 96}
	s.stream = &gortsplib.ServerStream{Server: s.server, Desc: &description.Session{Medias: []*description.Media{{Type: description.MediaTypeVideo, Formats: []format.Format{f}}}}}
	if err := s.stream.Initialize(); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var playing sync.WaitGroup
	playing.Go(func() { s.play(t, f, file.Tracks[0], stop) })
	t.Cleanup(func() {
		close(stop)
		playing.Wait()
		s.stream.Close()
		s.server.Close()
	})
	return s
}

// URL is where the file is played.
func (s *Server) URL() string { return "rtsp://" + s.server.RTSPAddress + "/av1" }

func (s *Server) play(t testing.TB, f *format.AV1, track *pmp4.Track, stop <-chan struct{}) {
	encoder, err := f.CreateEncoder()
	if err != nil {
		t.Error(err)
		return
	}
	begin, ticks := time.Now(), int64(0)
	for n := 0; ; n = (n + 1) % len(track.Samples) {
		due := begin.Add(time.Duration(ticks) * time.Second / time.Duration(track.TimeScale))
		select {
		case <-stop:
			return
		case <-time.After(time.Until(due)):
		}
		payload, err := track.Samples[n].GetPayload()
		var unit av1.Bitstream
		if err == nil {
			err = unit.Unmarshal(payload)
		}
		if err != nil {
			t.Error(err)
			return
		}
		packets, err := encoder.Encode(unit)
		if err != nil {
			t.Error(err)
			return
		}
		for _, p := range packets {
			p.Timestamp = uint32(ticks * 90000 / int64(track.TimeScale))
			_ = s.stream.WritePacketRTP(s.stream.Desc.Medias[0], p) // a client that has gone needs no more
		}
		ticks += int64(track.Samples[n].Duration)
	}
}

// OnDescribe implements gortsplib.ServerHandlerOnDescribe.
func (s *Server) OnDescribe(*gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return &base.Response{StatusCode: base.StatusOK}, s.stream, nil
}

// OnSetup implements gortsplib.ServerHandlerOnSetup.
func (s *Server) OnSetup(*gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return &base.Response{StatusCode: base.StatusOK}, s.stream, nil
}

// OnPlay implements gortsplib.ServerHandlerOnPlay.
func (s *Server) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}
