package clip

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// The embedded clips.
const (
	Main     = "h264"  // H.264 Main, 640x360, 15 fps, GOP 1 s, AAC
	BFrames  = "h264b" // the same with two B-frames in a row
	MainH265 = "h265"  // H.265 Main, 640x360, 15 fps, GOP 1 s, AAC
	Sub      = "sub"   // H.264 Main, 320x180, 15 fps, GOP 2 s, AAC
	Rare     = "rare"  // H.264 Main, 320x180, 15 fps, GOP 64 s, silent
)

// Names lists the embedded clips.
func Names() []string { return []string{Main, BFrames, MainH265, Sub, Rare} }

//go:embed h264.mp4 h264b.mp4 h265.mp4 sub.mp4 rare.mp4
var files embed.FS

var opened sync.Map // name to *Clip: many cameras share one copy

// Open gives the embedded clip of that name.
func Open(name string) (*Clip, error) {
	if found, ok := opened.Load(name); ok {
		return found.(*Clip), nil
	}
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("unknown clip %q: choose one of %s", name, strings.Join(Names(), ", "))
	}
	content, err := files.ReadFile(name + ".mp4")
	if err != nil {
		return nil, fmt.Errorf("reading the embedded clip %s: %w", name, err)
	}
	parsed, err := Parse(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("parsing the embedded clip %s: %w", name, err)
	}
	kept, _ := opened.LoadOrStore(name, parsed)
	return kept.(*Clip), nil
}

// Load reads a clip from a plain (not fragmented) MP4 file with one H.264 or
// H.265 track and at most one AAC track, whole into memory. The first frame has
// to be a keyframe; for a loop without a seam all GOPs have to be closed.
func Load(path string) (*Clip, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the clip: %w", err)
	}
	parsed, err := Parse(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("parsing the clip %s: %w", path, err)
	}
	return parsed, nil
}
