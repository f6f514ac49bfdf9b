package setting

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration takes bare seconds ("60", "0.5") or Go's notation ("1m30s").
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(s) || math.Abs(s) > math.MaxInt64/float64(time.Second) {
			return fmt.Errorf("is out of range")
		}
		*d = Duration(s * float64(time.Second))
		return nil
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("is no duration: give seconds (60) or units (1m30s)")
	}
	*d = Duration(parsed)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d Duration) String() string { return time.Duration(d).String() }

// Duration is d as the time package knows it.
func (d Duration) Duration() time.Duration { return time.Duration(d) }

// Size is a number of bytes; a bare number counts megabytes (10^6 bytes).
type Size int64

// MB is 10^6 bytes, the unit of every bare size.
const MB Size = 1_000_000

var units = []struct {
	suffix string
	bytes  float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
	{"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"t", 1e12}, {"b", 1},
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(b []byte) error {
	text, factor := strings.ToLower(strings.TrimSpace(string(b))), float64(MB)
	for _, u := range units {
		if number, ok := strings.CutSuffix(text, u.suffix); ok {
			text, factor = strings.TrimSpace(number), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) {
		return fmt.Errorf("is no size: give megabytes (15) or units (15MB, 2GB, 512MiB)")
	}
	if n *= factor; n < 0 || n >= math.MaxInt64 {
		return fmt.Errorf("is out of range")
	}
	*s = Size(n)
	return nil
}

// MarshalText implements encoding.TextMarshaler; UnmarshalText reads it back.
func (s Size) MarshalText() ([]byte, error) {
	return append(strconv.AppendInt(nil, int64(s), 10), "b"...), nil
}

// String shows s in megabytes.
func (s Size) String() string {
	return strconv.FormatFloat(float64(s)/float64(MB), 'f', -1, 64) + " MB"
}

// Bytes is s as a plain number.
func (s Size) Bytes() int64 { return int64(s) }

// Secret is text that no log, error or JSON may show.
type Secret string

const hidden = "[hidden]"

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return s.String() }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Reveal is the secret itself, for the one place that has to send it.
func (s Secret) Reveal() string { return string(s) }
