package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/joho/godotenv"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
)

// load fills a configuration; all faults of it are one usage error.
func (a *app) load(ctx context.Context, target any) error {
	env := a.env
	if a.envFile != "" {
		file, err := godotenv.Read(a.envFile)
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

// logger writes to stderr, as stdout is for results.
func (a *app) logger(cfg service.LogConfig) (*slog.Logger, error) {
	return service.NewLogger(a.err, cfg)
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
