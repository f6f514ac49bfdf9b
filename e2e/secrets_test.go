//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
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

func holds(content []byte, secrets [][]byte) bool {
	for _, secret := range secrets {
		if bytes.Contains(content, secret) {
			return true
		}
	}
	return false
}
