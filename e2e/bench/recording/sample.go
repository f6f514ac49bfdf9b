package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cost is what processes have taken so far, or in a window.
type cost struct {
	cpu      time.Duration // user and system
	rss, pss int64         // bytes
	writes   int64         // write calls
	written  int64         // bytes given to them
	wakeups  int64         // voluntary context switches of all threads
	frames   float64       // frames a camera and second on disk
	media    int64         // bytes of the files on disk
}

func measure(processes []*exec.Cmd) (cost, error) {
	var sum cost
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

// ticksPerSecond is USER_HZ, which Linux gives to programs as 100.
const ticksPerSecond = 100

func measureOne(proc string) (c cost, err error) {
	stat, err := os.ReadFile(filepath.Join(proc, "stat"))
	if err != nil {
		return c, err
	}
	// The name in parentheses may hold anything; utime and stime are the 14th
	// and 15th fields.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return c, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	if err != nil {
		return c, err
	}
	c.cpu = time.Duration(user+system) * time.Second / ticksPerSecond
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
	tasks, err := filepath.Glob(filepath.Join(proc, "task", "*", "status"))
	if err != nil {
		return c, err
	}
	for _, task := range tasks {
		if status, err := values(task); err == nil { // threads come and go
			c.wakeups += status["voluntary_ctxt_switches"]
		}
	}
	return c, nil
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

// count finds how many frames and bytes lie on disk.
func count(dir string) (frames, bytes int64, err error) {
	var files []string
	for _, pattern := range []string{"*/*.mp4", "*/*.part"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return 0, 0, err
		}
		files = append(files, found...)
	}
	for _, path := range files {
		out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v:0", "-count_packets",
			"-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", path).Output()
		if err != nil {
			continue // an open file whose header is not written yet
		}
		n, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(string(out)), ","), 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("counting the frames of %s: %w", path, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			return 0, 0, err
		}
		frames, bytes = frames+n, bytes+info.Size()
	}
	return frames, bytes, nil
}
