package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// subject is a way to record cameras. start gives the processes whose cost
// counts; what they write lies below dir as *.mp4 (or *.part).
type subject struct {
	name  string
	start func(ctx context.Context, urls []string, dir string) ([]*exec.Cmd, error)
}

func (b *bench) subjects() []subject {
	return []subject{{"ffmpeg", startFFmpeg}, {"istream", b.startIstream}}
}

// startFFmpeg starts one a camera, as the usual scripts do.
func startFFmpeg(ctx context.Context, urls []string, dir string) ([]*exec.Cmd, error) {
	var all []*exec.Cmd
	for i, url := range urls {
		folder := filepath.Join(dir, fmt.Sprintf("cam%d", i))
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return all, err
		}
		cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", url,
			"-map", "0:v", "-c", "copy", "-f", "segment", "-segment_time", "60", "-reset_timestamps", "1",
			"-segment_format_options", "movflags=+frag_keyframe+empty_moov+default_base_moof", filepath.Join(folder, "%05d.mp4"))
		if err := cmd.Start(); err != nil {
			return all, fmt.Errorf("starting ffmpeg: %w", err)
		}
		all = append(all, cmd)
	}
	return all, nil
}

// startIstream starts one recorder for all. No bus answers: what is told to it
// is made all the same, and the queue is bounded.
func (b *bench) startIstream(ctx context.Context, urls []string, dir string) ([]*exec.Cmd, error) {
	cameras := make([]string, len(urls))
	for i, url := range urls {
		cameras[i] = fmt.Sprintf("cam%d=%s", i, url)
	}
	cmd := exec.CommandContext(ctx, b.istream, "recorder")
	cmd.Env = append(os.Environ(), "SITE=bench", "NATS_URL=nats://127.0.0.1:1", "LOG_LEVEL=error", "HEALTH_DIR="+filepath.Join(dir, "health"),
		"CAMERAS="+strings.Join(cameras, ","), "LOCAL_SERVER_BACKUP_DIRECTORY="+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting istream: %w", err)
	}
	return []*exec.Cmd{cmd}, nil
}
