package minio

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/notification"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

// Options say what the server is for.
type Options struct {
	Bucket   string
	NATS     string   // host:port that bucket events go to; empty: none are told
	Prefixes []string // of the keys whose events are told
	Logs     string   // folder for the server's log
}

// Server is a MinIO with one bucket.
type Server struct {
	Endpoint             string // http://127.0.0.1:port
	AccessKey, SecretKey string
	Bucket               string
	Dir                  string // all that the server writes

	Client *minio.Client

	address string
	options Options
}

// New gives a server its address and keys, so that others may be told of it
// before it is there.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	address := proc.FreeAddress(t)
	s := &Server{
		Endpoint: "http://" + address, AccessKey: "e2e-" + rand.Text(), SecretKey: rand.Text(),
		Bucket: o.Bucket, Dir: t.TempDir(), address: address, options: o,
	}
	var err error
	if s.Client, err = minio.New(address, &minio.Options{Creds: credentials.NewStaticV4(s.AccessKey, s.SecretKey, "")}); err != nil {
		t.Fatal(err)
	}
	return s
}

// Start runs the server until the test ends, and returns when the bucket is
// there and its events are told.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	proc.Start(t, proc.Command{
		Name: "minio", Path: binary(t), Logs: s.options.Logs, Env: s.environment(),
		Args: []string{"server", filepath.Join(s.Dir, "data"), "--address", s.address, "--console-address", proc.FreeAddress(t)},
	})
	// Ready for puts is earlier than ready to tell of them.
	await.Until(t, time.Minute, "MinIO", func() error { return healthy(s.Endpoint + "/minio/health/cluster") })
	if err := s.Client.MakeBucket(t.Context(), s.Bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	if s.options.NATS != "" {
		s.tell(t)
	}
}

func (s *Server) environment() []string {
	env := []string{
		"MINIO_ROOT_USER=" + s.AccessKey, "MINIO_ROOT_PASSWORD=" + s.SecretKey,
		"MINIO_UPDATE=off", "MINIO_BROWSER=off",
	}
	if s.options.NATS == "" {
		return env
	}
	const target = "MINIO_NOTIFY_NATS_%s_ISTREAM=%s"
	return append(env,
		fmt.Sprintf(target, "ENABLE", "on"),
		fmt.Sprintf(target, "ADDRESS", s.options.NATS),
		fmt.Sprintf(target, "SUBJECT", events.SubjectBucketRaw),
		fmt.Sprintf(target, "JETSTREAM", "on"),
		// Without a queue, what happens while NATS is away is never told.
		fmt.Sprintf(target, "QUEUE_DIR", filepath.Join(s.Dir, "queue")),
		fmt.Sprintf(target, "QUEUE_LIMIT", "10000"),
	)
}

// tell sets the bucket's notification rule.
func (s *Server) tell(t testing.TB) {
	t.Helper()
	target, err := notification.NewArnFromString("arn:minio:sqs::ISTREAM:nats")
	if err != nil {
		t.Fatal(err)
	}
	var rules notification.Configuration
	for _, prefix := range s.options.Prefixes {
		rule := notification.NewConfig(target)
		rule.AddEvents(notification.ObjectCreatedAll, notification.ObjectRemovedAll)
		rule.AddFilterPrefix(prefix)
		rules.AddQueue(rule)
	}
	if err := s.Client.SetBucketNotification(t.Context(), s.Bucket, rules); err != nil {
		t.Fatal(err)
	}
}

func healthy(url string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("answers %s", answer.Status)
	}
	return nil
}

// binary finds the server on the PATH or where `go install` puts it.
func binary(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("minio"); err == nil {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "go", "bin", "minio")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("MinIO is missing: run .ci/minio, which builds it (%v)", err)
	}
	return path
}
