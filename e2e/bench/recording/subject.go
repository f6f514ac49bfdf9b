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

// subjects begin with the one that the others are compared to.
func (b *bench) subjects() []subject {
	all := []subject{{"ffmpeg", b.startFFmpeg}, {"istream", b.startIstream}}
	if _, err := exec.LookPath("mediamtx"); err == nil {
		all = append(all, subject{"mediamtx", b.startMediaMTX})
	}
	return all
}

// startFFmpeg starts one a camera, as the usual scripts do: by copy over TCP into
// segments of fragments, so that a file cut short can be played.
func (b *bench) startFFmpeg(ctx context.Context, urls []string, dir string) ([]*exec.Cmd, error) {
	var all []*exec.Cmd
	for i, url := range urls {
		into := filepath.Join(dir, folder(i))
		if err := os.MkdirAll(into, 0o750); err != nil {
			return all, err
		}
		cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "fatal", "-rtsp_transport", "tcp", "-i", url,
			"-map", "0:v", "-c", "copy", "-f", "segment", "-segment_time", fmt.Sprint(b.segment.Seconds()), "-reset_timestamps", "1",
			"-segment_format_options", "movflags=+frag_keyframe+empty_moov+default_base_moof", filepath.Join(into, "%05d.mp4"))
		if err := cmd.Start(); err != nil {
			return all, fmt.Errorf("starting ffmpeg: %w", err)
		}
		all = append(all, cmd)
	}
	return all, nil
}

// environment is the recorder's. No bus answers: what is told to it is made all
// the same, and the queue is bounded.
func (b *bench) environment(urls []string, dir string) []string {
	cameras := make([]string, len(urls))
	for i, url := range urls {
		cameras[i] = folder(i) + "=" + url
	}
	return append(os.Environ(), "SITE=bench", "NATS_URL=nats://127.0.0.1:1", "LOG_LEVEL=error", "HEALTH_DIR="+filepath.Join(b.dir, "health"),
		"SEGMENT_DURATION="+fmt.Sprint(b.segment.Seconds()), "CAMERAS="+strings.Join(cameras, ","), "LOCAL_SERVER_BACKUP_DIRECTORY="+dir)
}

// startIstream starts one recorder for all.
func (b *bench) startIstream(ctx context.Context, urls []string, dir string) ([]*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, b.istream, "recorder")
	cmd.Env = b.environment(urls, dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting istream: %w", err)
	}
	return []*exec.Cmd{cmd}, nil
}

// startMediaMTX starts one for all, with nothing but its recording.
func (b *bench) startMediaMTX(ctx context.Context, urls []string, dir string) ([]*exec.Cmd, error) {
	var c strings.Builder
	fmt.Fprintf(&c, "logLevel: error\nrtsp: no\nrtmp: no\nhls: no\nwebrtc: no\nsrt: no\n")
	fmt.Fprintf(&c, "pathDefaults:\n  rtspTransport: tcp\n  record: yes\n  recordFormat: fmp4\n  recordPartDuration: 1s\n  recordSegmentDuration: %v\n", b.segment)
	fmt.Fprintf(&c, "  recordPath: %s/%%path/%%Y-%%m-%%d_%%H-%%M-%%S-%%f\npaths:\n", dir)
	for i, url := range urls {
		fmt.Fprintf(&c, "  %s:\n    source: %s\n", folder(i), url)
	}
	config := filepath.Join(b.dir, "mediamtx.yml")
	if err := os.WriteFile(config, []byte(c.String()), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "mediamtx", config)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting mediamtx: %w", err)
	}
	return []*exec.Cmd{cmd}, nil
}
