package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// asCommand turns the test binary into the command itself.
const asCommand = "CAMSIM_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(run())
	}
	testscript.Main(m, map[string]func(){"camsim": func() { os.Exit(run()) }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

func TestRunsUntilTerminated(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		command := exec.Command(os.Args[0], "--cameras", "3", "--name", "cam", "--fault", "2:no-frames", "--user", "admin")
		command.Env = append(os.Environ(), asCommand+"=1", "CAM_PASS=zaphod")
		var log strings.Builder
		command.Stderr = &log
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for i, want := range []string{"cam-1 onvif=http://127.0.0.1:", "cam-2 onvif=", "cam-3 onvif="} {
			if !lines.Scan() || !strings.HasPrefix(lines.Text(), want) || strings.Contains(lines.Text(), "zaphod") {
				t.Errorf("line %d: %q", i, lines.Text())
			}
			if faulty := strings.HasSuffix(lines.Text(), " faults=no-frames"); faulty != (i == 1) {
				t.Errorf("line %d: %q", i, lines.Text())
			}
		}
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if lines.Scan() {
			t.Errorf("unexpected line %q", lines.Text())
		}
		if err := command.Wait(); err != nil || log.Len() > 0 {
			t.Errorf("%v: ended with %v, %s", signal, err, log.String())
		}
	}
}
