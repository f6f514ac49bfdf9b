package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/cmd/camsim/camera"
)

// serve runs the cameras until the context ends or one of them fails.
func serve(ctx context.Context, o *options, out, logTo io.Writer) error {
	configs, err := o.configs(logger(logTo, o.verbose))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	if err := startAll(ctx, group, configs, out); err != nil {
		stop()
		return errors.Join(err, group.Wait())
	}
	return group.Wait()
}

func startAll(ctx context.Context, group *errgroup.Group, configs []camera.Config, out io.Writer) error {
	for _, config := range configs {
		cam, err := camera.Start(ctx, config)
		if err != nil {
			return fmt.Errorf("starting %s: %w", config.Name, err)
		}
		group.Go(cam.Wait)
		if err := announce(out, cam, config.Faults); err != nil {
			return err
		}
	}
	return nil
}

func announce(out io.Writer, cam *camera.Camera, bad camera.Faults) error {
	line := fmt.Sprintf("%s onvif=%s rtsp=%s endpoint=%s", cam.Name(), cam.XAddr(), cam.RTSPURL(), cam.Endpoint())
	if wrong := bad.String(); wrong != "" {
		line += " faults=" + wrong
	}
	if _, err := fmt.Fprintln(out, line); err != nil {
		return fmt.Errorf("printing the cameras: %w", err)
	}
	return nil
}

func logger(to io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(tint.NewTextHandler(to, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !isTerminal(to)}))
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == ""
}
