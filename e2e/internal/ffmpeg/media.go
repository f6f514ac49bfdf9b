package ffmpeg

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Media is what ffprobe tells of a file.
type Media struct {
	Duration time.Duration
	Codecs   []string // one a stream: "h264", "aac"
}

// Probe opens the file.
func Probe(ctx context.Context, path string) (Media, error) {
	out, err := run(ctx, "ffprobe", "-v", "error", "-show_entries", "format=duration:stream=codec_name", "-of", "json", path)
	if err != nil {
		return Media{}, err
	}
	var told struct {
		Streams []struct {
			Codec string `json:"codec_name"`
		} `json:"streams"`
		Format struct {
			Duration string `json:"duration"`
		} `json:"format"`
	}
	if err := json.Unmarshal([]byte(out), &told); err != nil {
		return Media{}, fmt.Errorf("reading what ffprobe told of %s: %w", path, err)
	}
	seconds, err := strconv.ParseFloat(told.Format.Duration, 64)
	if err != nil {
		return Media{}, fmt.Errorf("duration of %s: %w", path, err)
	}
	m := Media{Duration: time.Duration(seconds * float64(time.Second))}
	for _, s := range told.Streams {
		m.Codecs = append(m.Codecs, s.Codec)
	}
	return m, nil
}

// Decode decodes every stream of the file from end to end, and fails at the
// first thing that ffmpeg has to complain of.
func Decode(ctx context.Context, path string) error {
	_, err := run(ctx, "ffmpeg", "-nostdin", "-v", "error", "-xerror", "-i", path, "-map", "0", "-f", "null", "-")
	return err
}

// StartsWithKeyframe reports whether the first video packet is a keyframe.
func StartsWithKeyframe(ctx context.Context, path string) (bool, error) {
	out, err := run(ctx, "ffprobe", "-v", "error", "-select_streams", "v:0",
		"-show_entries", "packet=flags", "-read_intervals", "%+#1", "-of", "csv=p=0", path)
	return strings.HasPrefix(out, "K"), err
}

// Frames lists the MD5 of each decoded picture, in the order of presentation.
func Frames(ctx context.Context, path string) ([]string, error) {
	return hashes(ctx, path, "-map", "0:v:0", "-fps_mode", "passthrough")
}

// AudioPackets lists the MD5 of each audio packet, as it is stored.
func AudioPackets(ctx context.Context, path string) ([]string, error) {
	return hashes(ctx, path, "-map", "0:a:0", "-c", "copy")
}

// hashes reads the last column of ffmpeg's framemd5.
func hashes(ctx context.Context, path string, how ...string) ([]string, error) {
	args := append([]string{"-nostdin", "-v", "error", "-i", path}, how...)
	out, err := run(ctx, "ffmpeg", append(args, "-f", "framemd5", "-")...)
	if err != nil {
		return nil, err
	}
	var all []string
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSpace(line), ",")
		all = append(all, strings.TrimSpace(fields[len(fields)-1]))
	}
	return all, nil
}

// Repeat writes the clip several times over into one file, by copy, with
// timestamps that go on growing.
func Repeat(ctx context.Context, clip, into string, times int) error {
	_, err := run(ctx, "ffmpeg", "-nostdin", "-v", "error", "-stream_loop", strconv.Itoa(times-1), "-i", clip, "-map", "0", "-c", "copy", into)
	return err
}

// Noise writes a clip that is large for its length: 10 s of H.264 at 3.2 Mb/s,
// 15 frames/s, a keyframe each second.
func Noise(ctx context.Context, into string) error {
	_, err := run(ctx, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi",
		"-i", "testsrc2=size=640x360:rate=15:duration=10,noise=alls=60:allf=t",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "15", "-keyint_min", "15", "-sc_threshold", "0", "-bf", "0",
		"-b:v", "3200k", "-minrate", "3200k", "-maxrate", "3200k", "-bufsize", "1600k", into)
	return err
}

// Encode writes a clip of 16 s at 15 frames/s, a keyframe each second, with a tone
// where an audio encoder is named: each a codec, then its options.
func Encode(ctx context.Context, into string, video, audio []string) error {
	args := []string{"-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x176:rate=15:duration=16"}
	if audio != nil {
		args = append(args, "-f", "lavfi", "-i", "sine=sample_rate=16000:duration=16", "-c:a")
		args = append(args, audio...)
	}
	args = append(append(args, "-pix_fmt", "yuv420p", "-g", "15", "-c:v"), video...)
	_, err := run(ctx, "ffmpeg", append(args, into)...)
	return err
}

// Blocks seeks to a time in seconds and reads the lowest ninth of the picture
// there, as 16 grey bytes.
func Blocks(ctx context.Context, path string, at float64) ([]byte, error) {
	out, err := run(ctx, "ffmpeg", "-nostdin", "-v", "error", "-ss", strconv.FormatFloat(at, 'f', 6, 64), "-i", path, "-frames:v", "1",
		"-vf", "crop=iw:ih/9:0:ih*8/9,scale=16:1:flags=area,format=gray", "-f", "rawvideo", "-")
	return []byte(out), err
}

// Date is when a file tells that its footage began.
func Date(ctx context.Context, path string) (time.Time, error) {
	out, err := run(ctx, "ffprobe", "-v", "error", "-show_entries", "format_tags=date", "-of", "csv=p=0", path)
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, strings.TrimSpace(out))
}

// Parse has GStreamer take the file apart to its end, which is strict where ffmpeg
// forgives.
func Parse(ctx context.Context, path string) error {
	_, err := run(ctx, "gst-launch-1.0", "-q", "filesrc", "location="+path, "!", "qtdemux", "name=demux",
		"demux.video_0", "!", "queue", "!", "fakesink", "sync=false", "demux.audio_0", "!", "queue", "!", "fakesink", "sync=false")
	return err
}
