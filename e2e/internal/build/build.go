// Package build makes the binaries of a test from the working copy.
package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Binary is a command of cmd/, and where its path is put.
type Binary struct {
	Name string
	Path *string
}

// Main is a TestMain's: it builds the binaries, runs the tests, removes the
// binaries and returns the exit status.
func Main(m interface{ Run() int }, binaries ...Binary) int {
	for _, b := range binaries {
		path, remove, err := Command(b.Name)
		if remove != nil {
			defer func() {
				if err := remove(); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
			}()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		*b.Path = path
	}
	return m.Run()
}

// Command builds one into a folder of its own, which remove takes away.
func Command(name string) (path string, remove func() error, err error) {
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
