package cli_test

import (
	"io"
	"strings"
	"testing"

	"github.com/donhk/istream/cmd/istream/internal/cli"
	"github.com/donhk/istream/pkg/setting"
)

func TestTheExitStatusTellsWhoHasToMend(t *testing.T) {
	for args, want := range map[string]int{
		"version":         0,
		"help":            0,
		"completion bash": 0,
		"nosuch":          2,
		"ignite twice":    2,
		"status --nosuch": 2,
		"record":          2,
		"health nosuch":   2,
		"nic --env none":  2,
		"health":          1, // nothing runs
	} {
		env := setting.Map{"HEALTH_DIR": t.TempDir()}
		if got := cli.Main(t.Context(), strings.Fields(args), env, io.Discard, io.Discard); got != want {
			t.Errorf("istream %s: exit status %d, want %d", args, got, want)
		}
	}
}
