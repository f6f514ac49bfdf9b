//go:build compose

package compose

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/pkg/events"
)

const (
	recorders = 3
	// mostMissing is what the crash of a recorder may cost, in frames of the
	// camera's 15 a second: 5 s until another has the camera, and as much for
	// a slow machine.
	mostMissing = 10 * 15
	// mostImage is what a Pi should have to download, in bytes.
	mostImage = 25_000_000
)

var services = []string{events.ServiceBus, events.ServiceDiscoverer, events.ServiceRecorder, events.ServiceShipper, events.ServiceJanitor}

// TestAllInOne brings the whole up, scales it, crashes its containers, and
// counts the frames in the bucket.
func TestAllInOne(t *testing.T) {
	p := project{file: "deploy/compose/all-in-one.yml", env: []string{
		"SEGMENT_DURATION=3", "MAX_USED_SPACE=1000",
		"CAM_PASS=", "CAM_PASS_FILE=" + secret(t, cameraPass), "S3_SECRET_KEY=", "S3_SECRET_KEY_FILE=" + secret(t, secretKey),
	}}
	t.Cleanup(func() { p.end(t) })
	p.must(t, "up", "--detach", "--no-build")
	await.Until(t, 2*time.Minute, "a closed segment in the bucket", func() error { return stored(t, time.Time{}) })
	p.must(t, "up", "--detach", "--no-build", "--no-recreate", "--scale", fmt.Sprint("recorder=", recorders))
	await.Until(t, 2*time.Minute, "every service's health", func() error { return p.ill(t) })
	p.checkHardened(t)
	p.checkStatus(t)
	t.Logf("in use:\n%s", docker(t, "stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}\t{{.PIDs}}"))

	for _, service := range []string{events.ServiceShipper, "minio", events.ServiceBus, events.ServiceDiscoverer, events.ServiceJanitor, events.ServiceRecorder} {
		for _, c := range p.containers(t, service) {
			c.crash(t)
			crashed := time.Now()
			await.Until(t, time.Minute, c.Name+" to be restarted", func() error { return p.restarted(t, service, c) })
			await.Until(t, time.Minute, "footage from after the crash of "+c.Name, func() error { return stored(t, crashed) })
		}
	}
	p.must(t, "stop", "camera")
	p.must(t, "stop", events.ServiceRecorder)
	await.Until(t, time.Minute, "an empty spool", func() error { return p.spooled(t) })
	checkNothingLost(t)
}

// secret writes a file that the containers' user may read.
func secret(t *testing.T, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// end takes all down and tells what was said where the test has failed.
func (p project) end(t *testing.T) {
	if t.Failed() {
		t.Log(p.must(t, "ps", "--all"))
		t.Log(p.must(t, "logs", "--no-color", "--timestamps", "--tail", "60"))
	}
	p.must(t, "down", "--volumes", "--remove-orphans")
	if left := docker(t, "ps", "--all", "--quiet") + docker(t, "volume", "ls", "--quiet"); left != "" {
		t.Errorf("`down --volumes` has left %s", left)
	}
}

// ill fails until each service is healthy, as often as it is wanted.
func (p project) ill(t *testing.T) error {
	t.Helper()
	for _, service := range services {
		want := 1
		if service == events.ServiceRecorder {
			want = recorders
		}
		if got := p.healthy(t, service); got != want {
			return fmt.Errorf("%d of %d containers of %s are healthy", got, want, service)
		}
	}
	return nil
}

// checkHardened looks at what the engine makes of the files.
func (p project) checkHardened(t *testing.T) {
	t.Helper()
	for _, service := range services {
		for _, c := range p.containers(t, service) {
			h := c.HostConfig
			if c.Config.User != "65532:65532" || !h.ReadonlyRootfs || h.NetworkMode != "host" || h.Memory == 0 ||
				!slices.Equal(h.CapDrop, []string{"ALL"}) || !slices.Contains(h.SecurityOpt, "no-new-privileges:true") {
				t.Errorf("%s: %+v, user %s", c.Name, h, c.Config.User)
			}
			if env := strings.Join(c.Config.Env, " "); strings.Contains(env, cameraPass) || strings.Contains(env, secretKey) {
				t.Errorf("%s has a secret in its environment: %s", c.Name, env)
			}
		}
	}
	var bytes int64
	size := docker(t, "image", "inspect", "--format", "{{.Size}}", p.containers(t, events.ServiceBus)[0].Config.Image)
	if _, err := fmt.Sscan(size, &bytes); err != nil || bytes > mostImage {
		t.Errorf("the image has %s bytes (%v), want at most %d", strings.TrimSpace(size), err, mostImage)
	}
}

// checkStatus wants the camera in the operator's view.
func (p project) checkStatus(t *testing.T) {
	t.Helper()
	names, err := listed(t)
	if err != nil {
		t.Fatal(err)
	}
	if said := p.must(t, "exec", "--no-TTY", events.ServiceBus, "/istream", "status"); !strings.Contains(said, names[0].Camera) {
		t.Errorf("istream status does not tell of %s:\n%s", names[0].Camera, said)
	}
}

// restarted fails until the engine has started a crashed container again.
func (p project) restarted(t *testing.T, service string, crashed container) error {
	t.Helper()
	for _, c := range p.containers(t, service) {
		if c.ID == crashed.ID && c.RestartCount > crashed.RestartCount && c.State.Status == "running" {
			return nil
		}
	}
	return fmt.Errorf("%s is not back", crashed.Name)
}

// spooled fails while a segment is left in the spool.
func (p project) spooled(t *testing.T) error {
	t.Helper()
	for _, suffix := range []string{events.PartSuffix, events.ClosedSuffix} {
		spool := strings.TrimSpace(docker(t, "volume", "inspect", "--format", "{{.Mountpoint}}", "istream-staging_spool"))
		if left, err := filepath.Glob(filepath.Join(spool, "*", "*"+suffix)); err != nil || len(left) > 0 {
			return errors.Join(fmt.Errorf("%v are left", left), err)
		}
	}
	return nil
}

// checkNothingLost compares the bucket with what the bus told of, and counts
// frames: only a recorder's crash may cost some.
func checkNothingLost(t *testing.T) {
	t.Helper()
	names, err := listed(t)
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]segment{}
	var frames []uint64
	for _, name := range names {
		s := download(t, name)
		objects[name.Key()] = s
		frames = append(frames, s.frames...)
	}
	for _, s := range told(t) {
		if o := objects[s.Key]; o.bytes != s.Bytes || o.sha256 != s.SHA256 {
			t.Errorf("%s was told as %s with %d bytes, sha256 %s; the bucket has %d, %s", s.Key, s.State, s.Bytes, s.SHA256, o.bytes, o.sha256)
		}
	}
	await.Until(t, time.Minute, "MinIO's word of each object", func() error {
		keys := noticed(t)
		for key := range objects {
			if !keys[bucket+"/"+key] {
				return fmt.Errorf("of %d objects %d were told, not %s", len(objects), len(keys), key)
			}
		}
		return nil
	})
	gaps := 0
	for i := 1; i < len(frames); i++ {
		switch {
		case frames[i] <= frames[i-1]:
			t.Errorf("frame %d follows frame %d", frames[i], frames[i-1])
		case frames[i] != frames[i-1]+1:
			gaps++
			missing := frames[i] - frames[i-1] - 1
			t.Logf("%d frames are missing after frame %d", missing, frames[i-1])
			if missing > mostMissing {
				t.Errorf("want at most %d", mostMissing)
			}
		}
	}
	if gaps > recorders {
		t.Errorf("%d gaps, though recorders crashed %d times", gaps, recorders)
	}
	t.Logf("%d segments with %d frames, %d gaps", len(objects), len(frames), gaps)
}
