package proc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// ForbidInArgv looks at the arguments of every process of this machine, ten
// times a second, and fails the test where word is among them. Call stop when
// the time to look at is over.
func ForbidInArgv(t testing.TB, word string) (stop func()) {
	t.Helper()
	quit, found := make(chan struct{}), make(chan string, 1)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		defer close(found)
		for {
			select {
			case <-tick.C:
				if seen := argvWith([]byte(word)); seen != "" {
					found <- seen
					return
				}
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		if seen := <-found; seen != "" {
			t.Errorf("the secret stood in the arguments of %s", seen)
		}
	}
}

func argvWith(word []byte) string {
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return fmt.Sprintf("(unknown: %v)", err)
	}
	for _, path := range paths {
		// A process that has ended meanwhile has no arguments any more.
		if line, err := os.ReadFile(path); err == nil && bytes.Contains(line, word) {
			return string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		}
	}
	return ""
}
