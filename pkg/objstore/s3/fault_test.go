package s3_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/s3"
)

func TestFaultsHaveTheirClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		code   string
		want   error // nil: no class
	}{
		{503, "SlowDown", objstore.ErrUnavailable},
		{503, "XMinioServerNotInitialized", objstore.ErrUnavailable},
		{500, "InternalError", objstore.ErrUnavailable},
		{502, "", objstore.ErrUnavailable},
		{507, "XMinioStorageFull", objstore.ErrUnavailable},
		{429, "TooManyRequests", objstore.ErrUnavailable},
		{400, "RequestTimeout", objstore.ErrUnavailable},
		{400, "IncompleteBody", objstore.ErrUnavailable},
		{403, "AccessDenied", objstore.ErrDenied},
		{403, "SignatureDoesNotMatch", objstore.ErrDenied},
		{403, "InvalidAccessKeyId", objstore.ErrDenied},
		{401, "Whatever", objstore.ErrDenied},
		{403, "RequestTimeTooSkewed", objstore.ErrClockSkew},
		{404, "NoSuchBucket", objstore.ErrNoBucket},
		{404, "NoSuchKey", objstore.ErrNotFound},
		{400, "BadDigest", objstore.ErrCorrupt},
		{400, "XAmzContentChecksumMismatch", objstore.ErrCorrupt},
		{400, "InvalidArgument", nil},
	} {
		t.Run(fmt.Sprint(c.status, c.code), func(t *testing.T) {
			t.Parallel()
			store := &fake{before: func(w http.ResponseWriter, _ *http.Request) bool {
				refuse(w, c.status, c.code)
				return true
			}}
			b := open(t, store.serve(t))
			for call, err := range calls(t.Context(), b) {
				if strings.HasPrefix(call, "Stat") {
					continue // a HEAD's reply has no body and so no code
				}
				if err == nil || classOf(err) != fmt.Sprint(c.want) {
					t.Errorf("%s gave %v", call, err)
				}
			}
		})
	}
}

// calls makes each call once, at the same time, and returns its error.
func calls(ctx context.Context, b *s3.Bucket) map[string]error {
	var mu sync.Mutex
	got := map[string]error{}
	note := func(call string, err error) {
		mu.Lock()
		defer mu.Unlock()
		got[call] = err
	}
	var all sync.WaitGroup
	all.Go(func() { note("Put", put(ctx, b, "key", []byte("x"))) })
	all.Go(func() { _, err := b.Stat(ctx, "key"); note("Stat", err) })
	all.Go(func() {
		body, err := b.Get(ctx, "key")
		if err == nil {
			err = body.Close()
		}
		note("Get", err)
	})
	all.Go(func() {
		for _, err := range b.List(ctx, "") {
			note("List", err)
		}
	})
	all.Go(func() {
		for d := range b.Delete(ctx, []string{"key", "other"}) {
			note("Delete "+d.Key, d.Err)
		}
	})
	all.Wait()
	return got
}

func classOf(err error) string {
	for _, class := range []error{objstore.ErrUnavailable, objstore.ErrDenied, objstore.ErrNoBucket, objstore.ErrClockSkew, objstore.ErrNotFound, objstore.ErrCorrupt} {
		if errors.Is(err, class) {
			return class.Error()
		}
	}
	return fmt.Sprint(nil)
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for call, err := range calls(t.Context(), open(t, config(l.Addr().String()))) {
		if !errors.Is(err, objstore.ErrUnavailable) || !strings.Contains(err.Error(), l.Addr().String()+": connect: ") {
			t.Errorf("%s gave %v", call, err)
		}
	}
}

// The same fault has the same words, so that it is logged once: the local port
// is another each time, and net tells it as local->remote.
func TestFaultsDoNotNameWhatChanges(t *testing.T) {
	t.Parallel()
	store := &fake{before: func(w http.ResponseWriter, _ *http.Request) bool {
		if c, _, err := http.NewResponseController(w).Hijack(); err != nil {
			t.Error(err)
		} else if err := errors.Join(c.(*net.TCPConn).SetLinger(0), c.Close()); err != nil { // a reset
			t.Error(err)
		}
		return true
	}}
	for call, err := range calls(t.Context(), open(t, store.serve(t))) {
		if !errors.Is(err, objstore.ErrUnavailable) || strings.Contains(err.Error(), "->") {
			t.Errorf("%s gave %v", call, err)
		}
	}
}

func TestSmallRequestsAreTriedAgain(t *testing.T) {
	failures := 2
	store := &fake{before: func(w http.ResponseWriter, _ *http.Request) bool {
		if failures == 0 {
			return false
		}
		failures--
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
		return true
	}}
	b := open(t, store.serve(t))
	for _, err := range b.List(t.Context(), "") {
		t.Error(err)
	}
}

func TestDeleteTellsOfEachKeyAlone(t *testing.T) {
	var store fake
	store.DeleteFault = func(_ context.Context, key string) error {
		if key == "kept" {
			return errors.New("it is locked")
		}
		return nil
	}
	outcomes := map[string]error{}
	for d := range open(t, store.serve(t)).Delete(t.Context(), []string{"a", "kept", "b"}) {
		outcomes[d.Key] = d.Err
	}
	if len(outcomes) != 3 || outcomes["a"] != nil || outcomes["b"] != nil || !errors.Is(outcomes["kept"], objstore.ErrDenied) {
		t.Errorf("got %v", outcomes)
	}
}

func TestDeleteDoesNotTrustSilence(t *testing.T) {
	for name, body := range map[string]string{"nothing told": "<DeleteResult></DeleteResult>", "no XML": "ok", "an error in a good reply": "<Error><Code>InternalError</Code></Error>"} {
		t.Run(name, func(t *testing.T) {
			store := &fake{before: func(w http.ResponseWriter, _ *http.Request) bool { reply(w, body); return true }}
			for d := range open(t, store.serve(t)).Delete(t.Context(), []string{"a", "b"}) {
				if d.Err == nil {
					t.Errorf("%s counts as deleted", d.Key)
				}
			}
		})
	}
}
