package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/donhk/istream/pkg/objstore"
)

func put(ctx context.Context, b objstore.Writer, key string, content []byte) error {
	return b.Put(ctx, key, bytes.NewReader(content), int64(len(content)), objstore.PutOptions{ContentType: "video/mp4"})
}

// 64 KiB are a chunk of the encoding.
func TestPutOfAnySize(t *testing.T) {
	var store fake
	b := open(t, store.serve(t))
	for _, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 1 << 20, 17<<20 + 1} {
		content := bytes.Repeat([]byte{byte(size), 1, 2, 3, 4, 5, 6}, size/7+1)[:size]
		if err := put(t.Context(), b, "key", content); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if got, _ := store.Content("key"); !bytes.Equal(got, content) {
			t.Errorf("%d bytes: the store has others", size)
		}
	}
}

func TestPutAsksForNothingElse(t *testing.T) {
	store := &fake{before: func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && r.URL.Path == "/footage/key" {
			return false
		}
		t.Errorf("asked %s %s", r.Method, r.URL)
		refuse(w, http.StatusForbidden, "AccessDenied") // as a key that may only put
		return true
	}}
	if err := put(t.Context(), open(t, store.serve(t)), "key", []byte("x")); err != nil {
		t.Error(err)
	}
}

func TestPutOfBytesThatChangeOnTheWay(t *testing.T) {
	store := &fake{received: func(content []byte) { content[7] ^= 1 }}
	if err := put(t.Context(), open(t, store.serve(t)), "key", []byte("the content")); !errors.Is(err, objstore.ErrCorrupt) {
		t.Errorf("got %v", err)
	}
	if keys := store.Keys(); len(keys) != 0 {
		t.Errorf("stored %q", keys)
	}
}

func TestPutIsConfirmed(t *testing.T) {
	none := func(string) string { return "" }
	other := func(string) string { return "AAAAAA==" }
	refuseStat := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodHead {
			refuse(w, http.StatusForbidden, "AccessDenied")
		}
		return r.Method == http.MethodHead
	}
	for name, c := range map[string]struct {
		store *fake
		want  error
		text  string
	}{
		"by the reply":                          {store: &fake{}},
		"by a look, where the reply tells none": {store: &fake{checksum: none}},
		"not by another checksum":               {store: &fake{checksum: other}, want: objstore.ErrCorrupt, text: "CRC32C"},
		"not where the key may not look": {
			store: &fake{checksum: none, before: refuseStat}, want: objstore.ErrDenied, text: "may not ask for it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := put(t.Context(), open(t, c.store.serve(t)), "key", []byte("the content"))
			if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPutOfAnUnreadableBody(t *testing.T) {
	var store fake
	broken := errors.New("input/output error")
	body := &source{Reader: bytes.NewReader(make([]byte, 3<<20)), err: broken}
	err := open(t, store.serve(t)).Put(t.Context(), "key", body, 3<<20, objstore.PutOptions{})
	if !errors.Is(err, broken) || errors.Is(err, objstore.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if keys := store.Keys(); len(keys) != 0 {
		t.Errorf("stored %q", keys)
	}
}

// A refusal must not cost the line, nor be lost with a connection that is cut
// while the body is under way.
func TestRefusedPutSendsNoBody(t *testing.T) {
	store := &fake{before: func(w http.ResponseWriter, _ *http.Request) bool {
		refuse(w, http.StatusForbidden, "RequestTimeTooSkewed")
		return true
	}}
	body := &source{Reader: bytes.NewReader(make([]byte, 3<<20)), err: errors.New("it was read")}
	err := open(t, store.serve(t)).Put(t.Context(), "key", body, 3<<20, objstore.PutOptions{})
	if !errors.Is(err, objstore.ErrClockSkew) {
		t.Errorf("got %v", err)
	}
}

func TestPutTriesOnce(t *testing.T) {
	puts := 0
	store := &fake{before: func(w http.ResponseWriter, r *http.Request) bool {
		puts++
		_, _ = io.Copy(io.Discard, r.Body)
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
		return true
	}}
	if err := put(t.Context(), open(t, store.serve(t)), "key", []byte("x")); !errors.Is(err, objstore.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if puts != 1 {
		t.Errorf("tried %d times", puts)
	}
}

// source fails when it is read.
type source struct {
	*bytes.Reader
	err error
}

func (s *source) Read([]byte) (int, error)          { return 0, s.err }
func (s *source) ReadAt([]byte, int64) (int, error) { return 0, s.err }
