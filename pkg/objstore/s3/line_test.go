package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/s3"
)

const short = 300 * time.Millisecond

// silent accepts connections and leaves it at that: the other end's kernel
// acknowledges what it has room for, and nobody reads it.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	return l.Addr().String()
}

func TestASilentLineIsGivenUp(t *testing.T) {
	t.Parallel()
	const allIsBuffered, allIsNot = 1, 16 << 20 // bytes
	for _, c := range []struct {
		name   string
		limits s3.Limits
		size   int
	}{
		{"no reply", s3.Limits{Reply: short}, allIsBuffered},
		{"nothing moves back", s3.Limits{Moving: short}, allIsBuffered},
		{"nothing moves on", s3.Limits{Moving: 2 * short, Expect: short}, allIsNot},
	} {
		b := openWith(t, config(silent(t)), c.limits)
		if err := put(t.Context(), b, "key", make([]byte, c.size)); !errors.Is(err, objstore.ErrUnavailable) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAReplyThatStopsIsGivenUp(t *testing.T) {
	t.Parallel()
	store := &fake{before: func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Length", "1000")
		reply(w, "<ListBucketResult>")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-r.Context().Done()
		return true
	}}
	b := openWith(t, store.serve(t), s3.Limits{Moving: short})
	last := error(nil)
	for _, err := range b.List(t.Context(), "") {
		last = err
	}
	if !errors.Is(last, objstore.ErrUnavailable) {
		t.Errorf("got %v", last)
	}
}

func TestASlowLineIsNotGivenUp(t *testing.T) {
	t.Parallel()
	const pieces = 12
	store := &fake{before: func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		r.Body = struct {
			io.Reader
			io.Closer
		}{&slow{r.Body, 2 << 20, time.Second / 6}, r.Body}
		return false
	}}
	b := openWith(t, store.serve(t), s3.Limits{Moving: 3 * time.Second / 2})
	if err := put(t.Context(), b, "key", make([]byte, pieces*2<<20)); err != nil {
		t.Error(err)
	}
}

// slow waits after each piece.
type slow struct {
	io.Reader
	piece int
	wait  time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if s.piece -= n; s.piece <= 0 {
		s.piece = 2 << 20
		time.Sleep(s.wait)
	}
	return n, err
}

func TestCallsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{}, 16)
	store := &fake{before: func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body) // a server notices the end of a connection that it reads
		asked <- struct{}{}
		<-r.Context().Done()
		return true
	}}
	b := open(t, store.serve(t))
	go func() { <-asked; cancel() }()
	if err := put(ctx, b, "key", []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestACancelledListingEnds(t *testing.T) {
	t.Parallel()
	var store fake
	for i := range 2500 {
		store.Fill(fmt.Sprintf("%04d", i), nil, time.Now())
	}
	b := open(t, store.serve(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	listed, last := 0, error(nil)
	for _, err := range b.List(ctx, "") {
		if last = err; err == nil {
			listed++
		}
		if listed == 1500 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || listed > 2000 {
		t.Errorf("listed %d, then %v", listed, last)
	}
}
