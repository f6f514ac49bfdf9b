//go:build e2e

package loss

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

// The cameras of a recorder whose disk fails: the first one's folder is a disk of
// its own, which does; the other's is well.
const (
	ill  = "cam-00"
	well = "cam-01"
)

// ward is a recorder with a disk that is made ill.
type ward struct {
	*pi
	ear      *ear
	recorder *proc.Process
	folder   string // of the ill camera
	frame    uint64 // before the fault
}

// newWard records both cameras; disk mounts the ill one's folder.
func newWard(t *testing.T, disk func(folder string)) *ward {
	t.Helper()
	w := &ward{pi: newPi(t, 2, map[string]string{"SEGMENT_DURATION": "2"})}
	w.folder = filepath.Join(w.spool, ill)
	if disk != nil {
		disk(w.folder)
	}
	w.ear = w.listen(t)
	w.recorder = w.start(t, "recorder", events.ServiceRecorder)
	w.awaitFrames(t, w.spool, ill, well)
	w.frame = w.newest(t, ill)
	return w
}

// awaitGap waits until the fault is told as what it is, on the bus, in the
// status and in one line.
func (w *ward) awaitGap(t *testing.T, says string) {
	t.Helper()
	await.Until(t, patience, "a gap that tells of the disk", func() error {
		if len(w.ear.heard(ill, events.CauseDisk, events.GapOpened)) == 0 {
			return fmt.Errorf("none is told: %+v", w.ear.recorders(t))
		}
		for _, s := range w.ear.recorders(t) {
			for _, c := range s.Cameras {
				if c.Camera == ill && c.Cause == events.CauseDisk && strings.Contains(c.Error, says) {
					return nil
				}
			}
		}
		return fmt.Errorf("the status does not say %q: %+v", says, w.ear.recorders(t))
	})
	if n := w.lines("WRN"); n != 1 {
		t.Errorf("the fault is told in %d lines:\n%s", n, w.recorder.Output())
	}
	if !strings.Contains(w.recorder.Output(), says) {
		t.Errorf("nobody says %q:\n%s", says, w.recorder.Output())
	}
}

// lines counts what was said of the ill camera's disk at a level.
func (w *ward) lines(level string) (n int) {
	for line := range strings.Lines(w.recorder.Output()) {
		if strings.Contains(line, " "+level+" ") && strings.Contains(line, ill) {
			n++
		}
	}
	return n
}

// recovers waits until footage of the ill camera is on the disk again, ends the
// recorder, and judges what both cameras have. It returns what is missing of the
// ill one's.
func (w *ward) recovers(t *testing.T) []hole {
	t.Helper()
	await.Until(t, patience, "the end of the gap", func() error {
		if opened, closed := w.ear.heard(ill, events.CauseDisk, events.GapOpened), w.ear.heard(ill, events.CauseDisk, events.GapClosed); len(closed) == 0 || len(closed) < len(opened) {
			return fmt.Errorf("%d gaps, %d of them closed", len(opened), len(closed))
		}
		return nil
	})
	w.awaitFrames(t, w.spool, ill)
	if !strings.Contains(w.recorder.Output(), "recovered") {
		t.Errorf("the recovery is not told:\n%s", w.recorder.Output())
	}
	return w.judge(t)
}

// judge ends the recorder. Whatever the other camera's footage lacks is the ill
// one's fault.
func (w *ward) judge(t *testing.T) []hole {
	t.Helper()
	w.awaitFrames(t, w.spool, well)
	w.stop(t, w.recorder)
	if found := holes(whole(t, w.spool, well)); len(found) > 0 {
		t.Errorf("the other camera lacks %v", found)
	}
	if n, _ := w.cameras[well].Connections(); n != 1 {
		t.Errorf("the other camera was connected %d times", n)
	}
	return holes(whole(t, w.spool, ill))
}

// once wants one hole, no frame of it from before the fault but those of the
// fragments that were on their way.
func (w *ward) once(t *testing.T, found []hole) {
	t.Helper()
	if len(found) != 1 || found[0].after+3*fps < w.frame {
		t.Errorf("what is missing is %v; the fault came at frame %d", found, w.frame)
	}
}

func TestDiskThatIsFull(t *testing.T) {
	t.Parallel()
	const size, room = 8 << 20, 512 << 10
	var free func()
	w := newWard(t, func(folder string) {
		memory(t, folder, size)
		free = fill(t, folder, room)
	})
	w.awaitGap(t, "the disk is full")
	w.frame = w.newest(t, ill)
	free()
	w.recovers(t)
}

func TestFolderThatTakesNoNewName(t *testing.T) {
	t.Parallel()
	image := filepath.Join(t.TempDir(), "image")
	ext4(t, image, 64<<20)
	w := newWard(t, func(folder string) { mountImage(t, image, folder, "defaults") })
	must(t, "chattr", "+i", w.folder)
	defer func() { _ = exec.Command("chattr", "-i", w.folder).Run() }()
	w.awaitGap(t, "nobody may write there")
	must(t, "chattr", "-i", w.folder)
	w.once(t, w.recovers(t))
}

// TestDiskThatTurnsReadOnly, as a file system does that has found a fault in
// itself. It is taken away then: the folder below is recorded into.
func TestDiskThatTurnsReadOnly(t *testing.T) {
	t.Parallel()
	image := filepath.Join(t.TempDir(), "image")
	ext4(t, image, 64<<20)
	w := newWard(t, func(folder string) { mountImage(t, image, folder, "errors=remount-ro") })
	device, err := exec.CommandContext(t.Context(), "findmnt", "-n", "-o", "SOURCE", w.folder).Output()
	if err != nil {
		t.Fatal(err)
	}
	trigger := filepath.Join("/sys/fs/ext4", filepath.Base(strings.TrimSpace(string(device))), "trigger_fs_error")
	if err := os.WriteFile(trigger, []byte("test"), 0o200); err != nil {
		t.Fatal(err)
	}
	w.awaitGap(t, "read-only")
	must(t, "umount", "--lazy", w.folder)
	w.recovers(t)
}

// TestDiskThatFails: its blocks can't be written, as those of a worn card.
func TestDiskThatFails(t *testing.T) {
	t.Parallel()
	// A disk that promises more than there is behind it. Without a journal the
	// file system goes on once there is.
	const size = 8 << 20
	thin := filepath.Join(t.TempDir(), "thin")
	memory(t, thin, size)
	image := filepath.Join(thin, "image")
	ext4(t, image, 64<<20, "-O", "^has_journal")
	w := newWard(t, func(folder string) { mountImage(t, image, folder, "errors=continue") })
	free := fill(t, thin, 0)
	w.awaitGap(t, "the disk")
	free()
	w.recovers(t)
}

func TestFolderThatIsRemoved(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil)
	if err := os.RemoveAll(w.folder); err != nil {
		t.Fatal(err)
	}
	w.awaitFrames(t, w.spool, ill)
	w.recovers(t)
}

func TestSpoolThatIsRemoved(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil)
	removed := time.Now()
	must(t, "rm", "-rf", w.spool)
	w.awaitFrames(t, w.spool, ill, well)
	t.Logf("recorded again after %v", time.Since(removed).Round(time.Millisecond))
	w.stop(t, w.recorder)
	for _, name := range w.names() {
		whole(t, w.spool, name)
	}
}

// TestDiskThatStandsStill for as long as an SD card may that tidies up: nothing
// is lost, and the camera does not notice.
func TestDiskThatStandsStill(t *testing.T) {
	t.Parallel()
	image := filepath.Join(t.TempDir(), "image")
	ext4(t, image, 64<<20)
	w := newWard(t, func(folder string) { mountImage(t, image, folder, "defaults") })
	must(t, "fsfreeze", "--freeze", w.folder)
	frozen := true
	thaw := func() {
		if frozen {
			frozen = false
			must(t, "fsfreeze", "--unfreeze", w.folder)
		}
	}
	t.Cleanup(func() {
		if frozen {
			_ = exec.Command("fsfreeze", "--unfreeze", w.folder).Run()
		}
	})
	<-time.After(20 * time.Second)
	thaw()
	w.awaitFrames(t, w.spool, ill)
	if found := w.judge(t); len(found) > 0 {
		t.Errorf("missing: %v", found)
	}
	if n, _ := w.cameras[ill].Connections(); n != 1 {
		t.Errorf("the camera was connected %d times", n)
	}
}
