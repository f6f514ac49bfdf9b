package browse

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/netutil"
)

// DefaultListen is loopback with a port that is free.
const DefaultListen = "127.0.0.1:0"

const (
	maxConnections = 64
	headerBytes    = 16 << 10
	headerPatience = 10 * time.Second
	idlePatience   = time.Minute
	closePatience  = 2 * time.Second // then players are cut off
)

// Server is a server that answers. Close it.
type Server struct {
	address string
	root    *os.Root
	http    http.Server
	served  chan error
}

// Start serves the folder, which must exist, on listen (host:port; empty
// means DefaultListen).
func Start(folder, listen string) (*Server, error) {
	if listen == "" {
		listen = DefaultListen
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the folder to show: %w", err)
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s to show the bucket: %w", listen, err), root.Close())
	}
	s := &Server{
		address: listener.Addr().String(),
		root:    root,
		served:  make(chan error, 1),
		http: http.Server{
			Handler:           handler(root),
			MaxHeaderBytes:    headerBytes,
			ReadHeaderTimeout: headerPatience,
			IdleTimeout:       idlePatience,
		},
	}
	go func() { s.served <- s.http.Serve(netutil.LimitListener(listener, maxConnections)) }()
	return s, nil
}

// URL is the page with the newest segments.
func (s *Server) URL() string { return s.at(url.URL{Path: "/"}) }

// PlayURL is the page with the segment of a key playing.
func (s *Server) PlayURL(key string) string { return s.at(playLink(key)) }

// FileURL is the object of a key itself.
func (s *Server) FileURL(key string) string { return s.at(fileLink(key)) }

func (s *Server) at(link url.URL) string {
	link.Scheme, link.Host = "http", s.address
	return link.String()
}

// Close stops the server; transfers under way have 2 s.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, s.root.Close())
}
