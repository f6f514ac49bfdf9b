package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime/pprof"
	"time"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder"
)

// profileVariable turns this program into a recorder that writes its CPU profile
// into the file named.
const profileVariable = "RECORDING_BENCH_PROFILE"

func (b *bench) startProfiled(ctx context.Context, urls []string, dir string) ([]*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(b.environment(urls, dir), profileVariable+"="+b.profile)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the profiled recorder: %w", err)
	}
	return []*exec.Cmd{cmd}, nil
}

func profiled() (status int) {
	ctx, stop := service.Signals(context.Background())
	defer stop()
	if err := recordProfiled(ctx, os.Getenv(profileVariable)); err != nil {
		fmt.Fprintf(os.Stderr, "recording: %v\n", err)
		return 1
	}
	return 0
}

// recordProfiled leaves out the start, whose cost is not that of recording.
func recordProfiled(ctx context.Context, path string) error {
	var cfg recorder.Config
	if err := setting.Load(ctx, &cfg, setting.Env()); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	started := time.AfterFunc(5*time.Second, func() {
		if err := pprof.StartCPUProfile(file); err != nil {
			fmt.Fprintf(os.Stderr, "recording: %v\n", err)
		}
	})
	defer func() {
		started.Stop()
		pprof.StopCPUProfile()
		_ = file.Close() // a profile cut short does not open
	}()
	return recorder.Run(ctx, cfg, recorder.Deps{Log: slog.New(slog.DiscardHandler), Health: service.NewHealth()})
}
