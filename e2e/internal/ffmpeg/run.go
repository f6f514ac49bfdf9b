package ffmpeg

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// limit ends a program that hangs; the longest clip decodes in seconds.
const limit = 3 * time.Minute

// run returns what the program wrote to its standard output; anything on its
// standard error is a failure.
func run(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	complaint := strings.TrimSpace(stderr.String())
	switch {
	case err != nil:
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, complaint)
	case complaint != "":
		return "", fmt.Errorf("%s %s complained: %s", name, strings.Join(args, " "), complaint)
	}
	return stdout.String(), nil
}
