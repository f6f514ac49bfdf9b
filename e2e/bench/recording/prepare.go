package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// firstPort is below the range from which the kernel takes free ports.
const firstPort = 21554

// prepare makes the cameras' program and what they play.
func (b *bench) prepare(ctx context.Context) error {
	b.camsim = filepath.Join(b.dir, "camsim")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.camsim, "github.com/donhk/istream/cmd/camsim").CombinedOutput(); err != nil {
		return fmt.Errorf("building camsim: %w\n%s", err, out)
	}
	if b.clip == "" {
		if err := b.makeClip(ctx); err != nil {
			return err
		}
	}
	return b.readRate(ctx)
}

// makeClip makes what the cameras play.
func (b *bench) makeClip(ctx context.Context) error {
	b.clip = filepath.Join(b.dir, "clip.mp4")
	out, err := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=25:duration=20,noise=alls=12:allf=t",
		"-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-pix_fmt", "yuv420p", "-bf", "0",
		"-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-b:v", "4M", "-maxrate", "4M", "-bufsize", "4M", b.clip).CombinedOutput()
	if err != nil {
		return fmt.Errorf("making the clip: %w\n%s", err, out)
	}
	return nil
}

// readRate finds how many frames a second the clip has.
func (b *bench) readRate(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate", "-of", "csv=p=0", b.clip).Output()
	if err != nil {
		return fmt.Errorf("looking at the clip: %w", err)
	}
	var frames, seconds float64
	if _, err := fmt.Sscanf(string(out), "%g/%g", &frames, &seconds); err != nil || frames <= 0 || seconds <= 0 {
		return fmt.Errorf("the clip has %q frames a second", out)
	}
	b.rate = frames / seconds
	return nil
}

// startCameras starts n of them, whose first frames were due at began; stop ends
// them.
func (b *bench) startCameras(ctx context.Context, n int) (urls []string, began time.Time, stop func(), err error) {
	cmd := exec.CommandContext(ctx, b.camsim, "--no-discovery", "--cameras", fmt.Sprint(n), "--clip", b.clip, "--rtsp-port", fmt.Sprint(firstPort))
	cmd.Stderr = &few{w: os.Stderr, left: 10}
	// They are to cost little beside those that are measured.
	cmd.Env = append(os.Environ(), "GOGC=400")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, began, nil, err
	}
	began = time.Now()
	if err := cmd.Start(); err != nil {
		return nil, began, nil, fmt.Errorf("starting the cameras: %w", err)
	}
	lines := bufio.NewScanner(out)
	for i := range n {
		if !lines.Scan() {
			return nil, began, nil, fmt.Errorf("the cameras did not start: %w", cmd.Wait())
		}
		if i == 0 {
			began = time.Now()
		}
		urls = append(urls, fmt.Sprintf("rtsp://127.0.0.1:%d/stream1", firstPort+i))
	}
	drained := make(chan struct{})
	go func() { defer close(drained); _, _ = io.Copy(io.Discard, out) }() // ends with the process
	return urls, began, func() { end(cmd); <-drained }, nil
}

// end lets a process finish what it writes.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGTERM) // gone already: just as well
	hard := time.AfterFunc(15*time.Second, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait() // ffmpeg tells 255 when told to stop
	hard.Stop()
}

// few lets some lines through: a camera whose packets nobody takes tells of each.
type few struct {
	w    io.Writer
	left int
}

func (f *few) Write(b []byte) (int, error) {
	if f.left--; f.left < 0 {
		return len(b), nil
	}
	return f.w.Write(b)
}
