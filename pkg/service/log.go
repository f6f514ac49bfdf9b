package service

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/lmittmann/tint"

	"github.com/donhk/istream/pkg/setting"
)

// LogConfig chooses what is logged and how.
type LogConfig struct {
	Level  string `env:"LOG_LEVEL, default=info"`  // debug, info, warn, error
	Format string `env:"LOG_FORMAT, default=text"` // text or json
}

// Validate implements setting.Validator.
func (c LogConfig) Validate() error {
	if _, err := c.level(); err != nil {
		return setting.Fault("LOG_LEVEL", "is not one of debug, info, warn, error", c.Level)
	}
	if c.Format != "text" && c.Format != "json" {
		return setting.Fault("LOG_FORMAT", "is not one of text, json", c.Format)
	}
	return nil
}

func (c LogConfig) level() (slog.Level, error) {
	var level slog.Level
	err := level.UnmarshalText([]byte(c.Level))
	return level, err
}

// NewLogger writes to w: in colour where that is a terminal, as JSON on demand.
func NewLogger(w io.Writer, cfg LogConfig) (*slog.Logger, error) {
	level, err := cfg.level()
	if err != nil {
		return nil, fmt.Errorf("making the logger: %w", err)
	}
	if strings.EqualFold(cfg.Format, "json") {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})), nil
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.DateTime, NoColor: !isTerminal(w)})), nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == ""
}
