package shipper_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/shipper"
)

// victimEnv names the folder in which this test's binary, started once more,
// runs a shipper that is to be killed.
const victimEnv = "ISTREAM_TEST_VICTIM"

func victim() int {
	dir := os.Getenv(victimEnv)
	cfg := bus.Config{Listen: "127.0.0.1:0", Dir: filepath.Join(dir, "bus"), MaxMemory: 16e6, MaxStore: 512e6}
	server, err := bus.Start(cfg, discard())
	if err == nil {
		cfg.URL = server.URL()
		var b *bus.Bus
		if b, err = bus.Connect(cfg, server, "victim", discard()); err == nil {
			err = shipper.Run(context.Background(), shipper.Config{
				SiteConfig: service.SiteConfig{Name: site}, Spool: filepath.Join(dir, "spool"), Concurrency: 2,
				Reconnect: setting.Duration(5 * time.Millisecond), Rescan: setting.Duration(20 * time.Millisecond),
			}, shipper.Deps{Bus: b, Store: folder(filepath.Join(dir, "store")), Log: discard(), Health: service.NewHealth()})
		}
	}
	fmt.Fprintln(os.Stderr, "the victim ended:", err)
	return 1
}

// folder is a store of files. It is slow, and it tells each Put in a journal,
// so that a kill meets every step.
type folder string

func (f folder) Put(_ context.Context, key string, body objstore.Source, size int64, _ objstore.PutOptions) error {
	path := filepath.Join(string(f), key)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	file, err := os.CreateTemp(string(f), "incoming-*")
	if err != nil {
		return err
	}
	for at := int64(0); at < size && err == nil; at += 1 << 10 {
		_, err = io.Copy(file, io.NewSectionReader(body, at, min(1<<10, size-at)))
		time.Sleep(time.Duration(rand.IntN(2)) * time.Millisecond)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	err = os.Rename(file.Name(), path)
	time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond) // the reply's way
	return err
}

func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := &world{spool: filepath.Join(dir, "spool"), sums: map[string]string{}, sizes: map[string]int64{}}
	if err := os.MkdirAll(filepath.Join(dir, "store"), 0o750); err != nil {
		t.Fatal(err)
	}
	const rounds = 12
	for round := range rounds {
		for n := range 10 {
			w.close(t, segment([]string{"door", "yard"}[n%2], round*10+n))
		}
		before := stored(t, dir)
		kill := run(t, dir)
		eventually(t, func() error { // it works, whatever it is doing just now
			if len(stored(t, dir)) <= len(before) {
				return errors.New("nothing is stored")
			}
			return nil
		})
		<-time.After(time.Duration(rand.IntN(30)) * time.Millisecond) // at any moment
		kill()
	}
	defer run(t, dir)()
	eventually(t, func() error {
		for key := range w.sums {
			if name, _ := events.ParseKey(key); w.onDisk(name) {
				return fmt.Errorf("%s is still on disk", name.File())
			}
		}
		return nil
	})
	got := stored(t, dir)
	if len(got) != len(w.sums) {
		t.Errorf("the store has %d objects, want %d", len(got), len(w.sums))
	}
	for key, sum := range w.sums {
		content, err := os.ReadFile(filepath.Join(dir, "store", key))
		if err != nil || sha(content) != sum {
			t.Errorf("%s is not in the store as it was: %v", key, err)
		}
	}
}

// run starts a victim; kill ends it as a power cut would.
func run(t *testing.T, dir string) (kill func()) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), victimEnv+"="+dir)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Errorf("%v; it said: %s", err, said.String())
		}
		_ = cmd.Wait() // it was killed
	}
}

// stored lists the objects by key.
func stored(t *testing.T, dir string) map[string]int {
	t.Helper()
	all := map[string]int{}
	root := filepath.Join(dir, "store")
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		key, relErr := filepath.Rel(root, path)
		if _, ok := events.ParseKey(filepath.ToSlash(key)); ok && entry.Type().IsRegular() {
			all[key] = 1
		}
		return errors.Join(err, relErr)
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) { // a file in its way
		t.Fatal(err)
	}
	return all
}
