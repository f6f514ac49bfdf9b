// Package proc runs programs as a test's own processes: nothing of them
// outlives the test, all they say is kept, and their end is told apart.
package proc

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Command is a program to run.
type Command struct {
	Name string // in the log's file name and in failures
	Path string
	Args []string
	Env  []string // NAME=value, beside PATH, HOME and TMPDIR; nothing else is inherited
	Dir  string   // empty: the test's
	Logs string   // folder for <Name>.log, which is appended to; empty: none
}

// Process is a program that was started.
type Process struct {
	name   string
	cmd    *exec.Cmd
	output *output
	done   chan struct{}
	err    error // of Wait, once done is closed
}

// Start runs the command until the test ends, or Kill or Stop ends it.
func Start(t testing.TB, c Command) *Process {
	t.Helper()
	p := &Process{name: c.Name, cmd: exec.Command(c.Path, c.Args...), output: &output{}, done: make(chan struct{})}
	p.cmd.Env = append(inherited(), c.Env...)
	p.cmd.Dir = c.Dir
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	// The whole group goes at the end, also where the program has children.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// A child that holds the pipes open must not hold the test.
	p.cmd.WaitDelay = 5 * time.Second
	var file *os.File
	if c.Logs != "" {
		var err error
		if file, err = os.OpenFile(filepath.Join(c.Logs, c.Name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
			t.Fatal(err)
		}
		p.output.file = file
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", c.Name, err)
	}
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
		if file != nil {
			p.err = errors.Join(p.err, file.Close())
		}
	}()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", c.Name, p.output.tail(60))
		}
	})
	return p
}

func inherited() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// Output is all that the process has said so far, on either stream.
func (p *Process) Output() string { return p.output.text() }

// PID is the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends the process and its children as kill -9 does, and returns when it
// is gone.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // fails where it is gone already
	<-p.done
}

// Stop asks the process to end, as a supervisor does, and returns its exit
// status; one that takes longer than limit fails the test.
func (p *Process) Stop(t testing.TB, limit time.Duration) int {
	t.Helper()
	return p.end(t, syscall.SIGTERM, limit)
}

// Interrupt does the same as Ctrl-C does.
func (p *Process) Interrupt(t testing.TB, limit time.Duration) int {
	t.Helper()
	return p.end(t, syscall.SIGINT, limit)
}

func (p *Process) end(t testing.TB, signal os.Signal, limit time.Duration) int {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatalf("stopping %s: %v", p.name, err)
	}
	return p.Wait(t, limit)
}

// Wait returns the exit status of a process that ends by itself within limit;
// -1: a signal ended it.
func (p *Process) Wait(t testing.TB, limit time.Duration) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(limit):
		t.Fatalf("%s did not end within %v", p.name, limit)
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		t.Fatalf("waiting for %s: %v", p.name, p.err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Run runs the command to its end, and returns what it said and its status.
func Run(t testing.TB, limit time.Duration, c Command) (said string, status int) {
	t.Helper()
	p := Start(t, c)
	status = p.Wait(t, limit)
	return p.Output(), status
}

// output keeps what is written to it, and passes it on to a file.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	file *os.File
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf.Write(b)
	if o.file != nil {
		return o.file.Write(b)
	}
	return len(b), nil
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func (o *output) tail(lines int) string {
	all := strings.Split(strings.TrimRight(o.text(), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
