// Package build makes the binaries of a test from the working copy.
package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Istream builds cmd/istream into a folder of its own; remove it with the
// returned function.
func Istream() (path string, remove func() error, err error) { return command("istream") }

// Camsim does the same with the simulated cameras.
func Camsim() (path string, remove func() error, err error) { return command("camsim") }

func command(name string) (path string, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "istream-e2e-")
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	path = filepath.Join(dir, name)
	build := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/donhk/istream/cmd/"+name)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", remove, fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return path, remove, nil
}
