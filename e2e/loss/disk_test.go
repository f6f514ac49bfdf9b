//go:build e2e

package loss

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// must runs a program that the test can't do without.
func must(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}

// mount mounts until the test ends; where it is busy then, as soon as it is not.
func mount(t *testing.T, folder string, args ...string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	must(t, "mount", append(args, folder)...)
	t.Cleanup(func() {
		// Fails where the test has unmounted it itself.
		_ = exec.Command("umount", "--lazy", folder).Run()
	})
}

// memory mounts a disk of so many bytes in memory.
func memory(t *testing.T, folder string, size int64) {
	t.Helper()
	mount(t, folder, "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", size), "tmpfs")
}

// ext4 makes the image of a disk; mountImage mounts it.
func ext4(t *testing.T, image string, size int64, options ...string) {
	t.Helper()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, size); err != nil {
		t.Fatal(err)
	}
	must(t, "mkfs.ext4", append(options, "-q", "-F", "-E", "nodiscard", image)...)
}

func mountImage(t *testing.T, image, folder, options string) {
	t.Helper()
	mount(t, folder, "-o", "loop,"+options, image)
}

// fill takes what room there is on the disk of a folder, but for so many bytes,
// by a file that the returned function removes.
func fill(t *testing.T, folder string, room int64) (free func()) {
	t.Helper()
	path := filepath.Join(folder, "ballast")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = file.Write(block)
	}
	size, seek := file.Seek(0, io.SeekEnd)
	if !errors.Is(err, syscall.ENOSPC) || seek != nil {
		t.Fatal(err, seek)
	}
	if err := errors.Join(file.Truncate(size-room), file.Close()); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}
