// Package repo finds the working copy that a test belongs to.
package repo

import (
	"os"
	"path/filepath"
	"testing"
)

// Root is the folder that holds go.work.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.work above the working folder")
		}
		dir = filepath.Dir(dir)
	}
}
