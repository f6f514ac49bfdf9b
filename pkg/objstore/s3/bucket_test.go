package s3_test

import (
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
	"github.com/donhk/istream/pkg/objstore/s3"
)

func TestConformance(t *testing.T) {
	objstoretest.Run(t, func(t *testing.T) objstore.Bucket { return open(t, new(fake).serve(t)) })
}

func TestOpenAsksNothing(t *testing.T) {
	store := &fake{before: func(_ http.ResponseWriter, r *http.Request) bool {
		t.Errorf("asked %s %s", r.Method, r.URL)
		return false
	}}
	open(t, store.serve(t))
}

func TestEnsureBucketCreatesWhatIsMissing(t *testing.T) {
	store := &fake{missing: true}
	b := open(t, store.serve(t))
	for range 2 {
		if err := b.EnsureBucket(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if store.missing {
		t.Error("it was not created")
	}
}

func TestEnsureBucketTellsWhatItMayNot(t *testing.T) {
	store := &fake{before: func(w http.ResponseWriter, _ *http.Request) bool {
		refuse(w, http.StatusForbidden, "AccessDenied")
		return true
	}}
	if err := open(t, store.serve(t)).EnsureBucket(t.Context()); !errors.Is(err, objstore.ErrDenied) {
		t.Errorf("got %v", err)
	}
}

func TestCAFileIsTrusted(t *testing.T) {
	server := httptest.NewUnstartedServer(new(fake))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0) // it tells of the client that does not trust it
	server.StartTLS()
	defer server.Close()
	cfg := config(server.URL)
	if err := put(t.Context(), open(t, cfg), "key", []byte("x")); !errors.Is(err, objstore.ErrUnavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a stranger's certificate gave %v", err)
	}
	cfg.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(cfg.CAFile, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), open(t, cfg), "key", []byte("x")); err != nil {
		t.Error(err)
	}
}

func TestCAFileThatIsNone(t *testing.T) {
	cfg := config("https://127.0.0.1:9")
	cfg.CAFile = filepath.Join(t.TempDir(), "none.pem")
	if _, err := s3.Open(cfg); err == nil || !strings.Contains(err.Error(), "S3_CA_FILE: can't be read") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(cfg.CAFile, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s3.Open(cfg); err == nil || !strings.Contains(err.Error(), "S3_CA_FILE: holds no certificate") {
		t.Errorf("got %v", err)
	}
}
