package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/joho/godotenv"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
)

// load fills a configuration; all faults of it are one usage error.
func (a *app) load(ctx context.Context, target any) error {
	env := a.env
	if a.envFile != "" {
		file, err := readEnvFile(a.envFile)
		if err != nil {
			return usageError{fmt.Errorf("reading the settings' file: %w", err)}
		}
		env = setting.First(env, setting.Map(file))
	}
	if err := setting.Load(ctx, target, env); err != nil {
		return usageError{fmt.Errorf("these settings are wrong:\n%w", err)}
	}
	return nil
}

// readEnvFile names the line of a fault. The parser's own words would repeat
// the rest of the file, secrets and all.
func readEnvFile(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all, err := godotenv.UnmarshalBytes(text)
	if err == nil {
		return all, nil
	}
	good, lines := 0, bytes.SplitAfter(text, []byte("\n"))
	for n := range lines {
		if _, err := godotenv.UnmarshalBytes(bytes.Join(lines[:n], nil)); err == nil {
			good = n
		}
	}
	return nil, fmt.Errorf("%s, line %d: is no NAME=value", path, good+1)
}

// logger writes to stderr, as stdout is for results.
func (a *app) logger(cfg service.LogConfig) (*slog.Logger, error) {
	return service.NewLogger(a.err, cfg)
}

// printJSON is for a result of some size, which a person may read too.
func (a *app) printJSON(v any) error {
	out := json.NewEncoder(a.out)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// printer remembers the first failure of many writes.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
