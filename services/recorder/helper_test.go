package recorder_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder"
)

// helperVariable turns this test binary into a recorder of its own process, so
// that it can be killed.
const helperVariable = "RECORDER_TEST_HELPER"

// job is what the helper does.
type job struct {
	Env      setting.Map
	NATS     string // "": no bus
	MaxBytes uint64 // of a file; 0: no limit
}

func helper() int {
	var j job
	if err := json.Unmarshal([]byte(os.Getenv(helperVariable)), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if j.MaxBytes > 0 {
		signal.Ignore(syscall.SIGXFSZ)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: j.MaxBytes, Max: j.MaxBytes}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
	}
	var cfg recorder.Config
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	deps := recorder.Deps{Log: log, Health: service.NewHealth()}
	err := setting.Load(context.Background(), &cfg, j.Env)
	if err == nil && j.NATS != "" {
		deps.Bus, err = bus.Connect(bus.Config{URL: j.NATS}, nil, "recorder", log)
	}
	if err == nil {
		ctx, stop := service.Signals(context.Background())
		defer stop()
		err = recorder.Run(ctx, cfg, deps)
	}
	if deps.Bus != nil {
		deps.Bus.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is a recorder that can be killed.
type process struct{ cmd *exec.Cmd }

func start(t *testing.T, j job) *process {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVariable+"="+string(text))
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd}
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
	})
	return p
}

// kill ends it as a power switch would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.cmd = nil
}

// term ends it as an operator does.
func (p *process) term() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := p.cmd.Wait()
	p.cmd = nil
	return err
}
