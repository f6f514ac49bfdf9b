//go:build e2e

package e2e_test

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/minio"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

// siteName is the Pi's, in subjects and keys.
const siteName = "attic"

// drain is the longest that a process may take to end when it is asked to.
const drain = 30 * time.Second

// site is one Pi with its store: the folders, the settings and the secrets of
// the processes that a test starts.
type site struct {
	dir   string // all that the Pi leaves
	spool string
	nats  string // host:port of the bus
	pass  string // CAM_PASS
	store *minio.Server

	settings map[string]string
}

// newSite prepares a site; nothing runs yet. When the test ends, all that its
// processes have left is searched for the cameras' password.
func newSite(t *testing.T, settings map[string]string) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), nats: proc.FreeAddress(t), pass: rand.Text()}
	s.spool = filepath.Join(s.dir, "spool")
	for _, folder := range []string{"logs", "tmp"} {
		if err := os.Mkdir(filepath.Join(s.dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.store = minio.New(t, minio.Options{
		Bucket: "footage", NATS: s.nats, Prefixes: []string{siteName + "/"}, Logs: filepath.Join(s.dir, "logs"),
	})
	s.settings = map[string]string{
		"SITE": siteName, "LOCAL_SERVER_BACKUP_DIRECTORY": s.spool, "HEALTH_DIR": filepath.Join(s.dir, "health"),
		"BUS_DIR": filepath.Join(s.dir, "bus"), "BUS_LISTEN": s.nats,
		"S3_ENDPOINT": s.store.Endpoint, "S3_BUCKET": s.store.Bucket, "S3_ACCESS_KEY": s.store.AccessKey, "S3_SECRET_KEY": s.store.SecretKey,
		"CAM_USER": "viewer", "CAM_PASS": s.pass, "BROADCAST_NIC": "none",
		"MAX_USED_SPACE": "1000", "RECONNECT_INTERVAL": "0.5",
		"HOME": s.dir, "TMPDIR": filepath.Join(s.dir, "tmp"),
	}
	maps.Copy(s.settings, settings)
	stop := proc.ForbidInArgv(t, s.pass)
	t.Cleanup(func() {
		stop()
		s.searchForSecrets(t)
	})
	return s
}

// command is istream with the site's settings.
func (s *site) command(name string, args ...string) proc.Command {
	c := proc.Command{Name: name, Path: istream, Args: args, Dir: s.dir, Logs: filepath.Join(s.dir, "logs")}
	for _, setting := range slices.Sorted(maps.Keys(s.settings)) {
		c.Env = append(c.Env, setting+"="+s.settings[setting])
	}
	return c
}

// start runs a service until the test ends.
func (s *site) start(t *testing.T, service string) *proc.Process {
	t.Helper()
	return proc.Start(t, s.command(service, service))
}

// run runs another command to its end.
func (s *site) run(t *testing.T, args ...string) (said string, status int) {
	t.Helper()
	return proc.Run(t, time.Minute, s.command(args[0], args...))
}

// shipTheRest starts iStream anew, without cameras, until the spool is empty.
func (s *site) shipTheRest(t *testing.T) {
	t.Helper()
	s.settings["CAMERAS"] = ""
	ignite := s.start(t, "ignite")
	s.awaitEmptySpool(t)
	if status := ignite.Stop(t, drain); status != 0 {
		t.Errorf("ignite ended with %d", status)
	}
}

func (s *site) awaitEmptySpool(t *testing.T) {
	t.Helper()
	await.Until(t, time.Minute, "an empty spool", func() error {
		if parts, closed := s.spooled(t); len(parts)+len(closed) > 0 {
			return fmt.Errorf("%d open and %d closed segments are left", len(parts), len(closed))
		}
		return nil
	})
}

// spooled lists the segments' files in the spool, each with its name.
func (s *site) spooled(t *testing.T) (parts, closed map[events.Name]string) {
	t.Helper()
	parts, closed = map[events.Name]string{}, map[events.Name]string{}
	paths, err := filepath.Glob(filepath.Join(s.spool, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		name := events.Name{Site: siteName, Camera: filepath.Base(filepath.Dir(path))}
		start, done, ok := events.ParseFile(filepath.Base(path))
		name.Start = start
		switch {
		case ok && done:
			closed[name] = path
		case ok:
			parts[name] = path
		}
	}
	return parts, closed
}

// files lists every regular file under a folder; one that vanishes meanwhile
// is none.
func files(root string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			all = append(all, path)
		}
		return nil
	})
	return all, err
}
