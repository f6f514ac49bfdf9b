//go:build e2e

package e2e_test

import (
	"maps"
	"strings"
	"testing"
)

// TestEachFaultOfTheSettingsIsTold wants a line a fault, all at once, and no
// secret in them.
func TestEachFaultOfTheSettingsIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	faulty := map[string]string{"SEGMENT_DURATION": "soon", "MAX_USED_SPACE": "-3", "CAMERAS": "door=ftp://viewer:" + s.pass + "@127.0.0.1/"}
	maps.Copy(s.settings, faulty)
	said, status := s.run(t, "ignite")
	if status == 0 {
		t.Error("exit status 0")
	}
	for name := range faulty {
		lines := 0
		for line := range strings.Lines(said) {
			if strings.HasPrefix(line, name+": ") {
				lines++
			}
		}
		if lines != 1 {
			t.Errorf("%d lines tell of %s", lines, name)
		}
	}
	if lines := strings.Count(said, "\n"); lines != 1+len(faulty) {
		t.Errorf("%d lines, want a heading and one a fault:\n%s", lines, said)
	}
}
