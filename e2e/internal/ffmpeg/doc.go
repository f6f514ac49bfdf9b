// Package ffmpeg looks at footage with Debian's ffmpeg and ffprobe, as a judge
// that shares no code with iStream.
package ffmpeg
