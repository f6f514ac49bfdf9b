//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/bus"
)

// searchForSecrets fails the test where a secret of the site stands in what
// its processes have left: files, logs, objects, messages.
func (s *site) searchForSecrets(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte(s.settings["CAM_USER"] + ":" + s.pass))
	camera := [][]byte{[]byte(s.pass), []byte(basic)}
	all := slices.Concat(camera, [][]byte{[]byte(s.store.SecretKey)})
	// The store may know its own key.
	searched := searchFolder(t, s.dir, all) + searchFolder(t, s.store.Dir, camera) + s.searchMessages(t, all)
	if searched == 0 {
		t.Error("nothing was searched for secrets")
	}
}

func searchFolder(t *testing.T, root string, secrets [][]byte) int {
	all, err := files(root)
	if err != nil {
		t.Error(err)
	}
	for _, path := range all {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if holds(content, secrets) {
			t.Errorf("%s holds a secret", path)
		}
	}
	return len(all)
}

// searchMessages reads all that the streams and buckets of the bus hold, from
// its files, once its own process is gone.
func (s *site) searchMessages(t *testing.T, secrets [][]byte) int {
	if _, err := os.Stat(filepath.Join(s.dir, "bus")); err != nil {
		return 0 // no bus ran
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	searched := 0
	for msg := range s.messages(ctx, t, "") {
		searched++
		if holds(msg.Data, secrets) || holds([]byte(msg.Subject), secrets) {
			t.Errorf("a message on %s holds a secret", msg.Subject)
		}
	}
	return searched
}

// messages yields what a stream of the stopped bus holds; with no name, all
// that any stream holds, those behind key-value buckets too.
func (s *site) messages(ctx context.Context, t *testing.T, stream string) func(yield func(*jetstream.RawStreamMsg) bool) {
	return func(yield func(*jetstream.RawStreamMsg) bool) {
		server, err := bus.Start(bus.Config{Listen: "127.0.0.1:0", Dir: s.settings["BUS_DIR"], MaxMemory: 16e6, MaxStore: 512e6}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Error(err)
			return
		}
		defer server.Close()
		b, err := bus.Connect(bus.Config{URL: server.URL()}, nil, "e2e", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Error(err)
			return
		}
		defer b.Close()
		streams := b.JS.ListStreams(ctx)
		for info := range streams.Info() {
			if stream != "" && info.Config.Name != stream {
				continue
			}
			opened, err := b.JS.Stream(ctx, info.Config.Name)
			if err != nil {
				t.Error(err)
				return
			}
			for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
				msg, err := opened.GetMsg(ctx, seq)
				if errors.Is(err, jetstream.ErrMsgNotFound) {
					continue
				}
				if err != nil {
					t.Errorf("message %d of %s: %v", seq, info.Config.Name, err)
					return
				}
				if !yield(msg) {
					return
				}
			}
		}
		if err := streams.Err(); err != nil {
			t.Error(err)
		}
	}
}

func holds(content []byte, secrets [][]byte) bool {
	for _, secret := range secrets {
		if bytes.Contains(content, secret) {
			return true
		}
	}
	return false
}
