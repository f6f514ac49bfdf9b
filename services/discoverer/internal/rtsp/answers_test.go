package rtsp

import (
	"context"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		say  string
		want bool
	}{
		"RTSP":            {"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", true},
		"RTSP, refusing":  {"RTSP/1.0 401 Unauthorized\r\n\r\n", true},
		"a web server":    {"HTTP/1.1 400 Bad Request\r\n\r\n", false},
		"nothing":         {"", false},
		"less than a few": {"RT", false},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				conn, err := l.Accept()
				if err != nil {
					return
				}
				if _, err := conn.Read(make([]byte, 1024)); err != nil {
					t.Error(err)
				}
				if _, err := io.WriteString(conn, c.say); err != nil {
					t.Error(err)
				}
				_ = conn.Close()
			}()
			_, port, _ := net.SplitHostPort(l.Addr().String())
			if got := Answers(t.Context(), &url.URL{Host: "127.0.0.1"}, port); got != c.want {
				t.Errorf("got %t", got)
			}
			_ = l.Close()
			<-done
			if Answers(t.Context(), &url.URL{Host: "127.0.0.1"}, port) {
				t.Error("a closed port answers")
			}
		})
	}
}

func TestAnswersEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if Answers(ctx, &url.URL{Host: "127.0.0.1"}, port) {
		t.Error("silence is an answer")
	}
	if ctx.Err() == nil {
		t.Error("it gave up before its time")
	}
}
