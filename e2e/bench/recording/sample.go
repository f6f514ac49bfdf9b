package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cost is what processes have taken so far, or in a window.
type cost struct {
	cpu      time.Duration // user and system
	rss, pss int64         // bytes
	writes   int64         // write calls
	written  int64         // bytes given to them
	wakeups  int64         // voluntary context switches of all threads
	media    int64         // bytes of samples on disk
	frames   float64       // share of the frames sent
}

// since is what was taken after the earlier cost was; memory is what it is.
func (c cost) since(earlier cost) cost {
	c.cpu -= earlier.cpu
	c.writes, c.written = c.writes-earlier.writes, c.written-earlier.written
	c.wakeups, c.media = c.wakeups-earlier.wakeups, c.media-earlier.media
	return c
}

func measure(processes []*exec.Cmd, dir string) (sum cost, err error) {
	if sum.media, err = media(dir); err != nil {
		return cost{}, err
	}
	for _, p := range processes {
		c, err := measureOne(filepath.Join("/proc", strconv.Itoa(p.Process.Pid)))
		if err != nil {
			return cost{}, fmt.Errorf("measuring %s (has it ended?): %w", p.Path, err)
		}
		sum.cpu += c.cpu
		sum.rss, sum.pss = sum.rss+c.rss, sum.pss+c.pss
		sum.writes, sum.written = sum.writes+c.writes, sum.written+c.written
		sum.wakeups += c.wakeups
	}
	return sum, nil
}

func measureOne(proc string) (c cost, err error) {
	memory, err := values(filepath.Join(proc, "smaps_rollup"))
	if err != nil {
		return c, err
	}
	io, err := values(filepath.Join(proc, "io"))
	if err != nil {
		return c, err
	}
	c.rss, c.pss = memory["Rss"]*1024, memory["Pss"]*1024
	c.writes, c.written = io["syscw"], io["wchar"]
	tasks, err := filepath.Glob(filepath.Join(proc, "task", "*"))
	if err != nil {
		return c, err
	}
	for _, task := range tasks {
		status, err := values(filepath.Join(task, "status"))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // threads come and go
		}
		if err != nil {
			return c, err
		}
		c.wakeups += status["voluntary_ctxt_switches"]
		ran, err := running(task)
		if err != nil {
			return c, err
		}
		c.cpu += ran
	}
	return c, nil
}

// running is how long a thread has run, user and system, to the nanosecond: the
// ticks of its stat are too coarse for what takes a thousandth of a core.
func running(task string) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join(task, "schedstat"))
	if err != nil {
		return 0, err
	}
	ns, _, _ := strings.Cut(string(text), " ")
	n, err := strconv.ParseInt(ns, 10, 64)
	return time.Duration(n), err
}

// values reads "name: number unit" lines.
func values(path string) (map[string]int64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := map[string]int64{}
	for line := range strings.Lines(string(content)) {
		name, rest, ok := strings.Cut(line, ":")
		fields := strings.Fields(rest)
		if !ok || len(fields) == 0 {
			continue
		}
		if n, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
			all[name] = n
		}
	}
	return all, nil
}
