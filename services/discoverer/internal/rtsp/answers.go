// Package rtsp finds out whether an RTSP server is behind an address.
package rtsp

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"
)

// answerTime is how long an answer is awaited.
const answerTime = 3 * time.Second

// Answers reports whether the host of u, at port, answers an OPTIONS request
// (RFC 2326, 10.1) as an RTSP server does, whatever it answers.
func Answers(ctx context.Context, u *url.URL, port string) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	host := net.JoinHostPort(u.Hostname(), port)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }() // only a question was asked
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	if _, err := fmt.Fprintf(conn, "OPTIONS rtsp://%s/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: iStream\r\n\r\n", host); err != nil {
		return false
	}
	head := make([]byte, len("RTSP/"))
	_, err = io.ReadFull(conn, head)
	return err == nil && string(head) == "RTSP/"
}
