// Package footage finds the clips that the end-to-end tests play.
package footage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/donhk/istream/e2e/internal/repo"
)

// Variable names the folder with real surveillance clips (*.mp4, H.264).
const Variable = "ISTREAM_FOOTAGE"

// Clips maps a camera's name to its clip, a plain MP4. Where the variable is
// not set, the project's own clips stand in for real footage, which is told.
func Clips(t testing.TB) map[string]string {
	t.Helper()
	if dir := os.Getenv(Variable); dir != "" {
		return named(t, filepath.Join(dir, "*.mp4"))
	}
	t.Logf("%s is not set: the project's own clips stand in for real footage", Variable)
	return named(t, filepath.Join(repo.Root(t), "cmd", "camsim", "clip", "h264*.mp4"))
}

func named(t testing.TB, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("no clip: %s", pattern)
	}
	clips := map[string]string{}
	for _, path := range paths {
		clips[strings.TrimSuffix(filepath.Base(path), ".mp4")] = path
	}
	return clips
}
