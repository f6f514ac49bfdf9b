package deliver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

// ErrNoSegment says that a file is no segment that can be read. It is shipped
// all the same: bytes are bytes.
var ErrNoSegment = errors.New("the file is no segment that can be read")

// Describe is what there is to say of a closed file: what the recorder told
// (nil: nothing), where that fits the file's size, else what the file tells of
// itself. Where it tells nothing the error wraps ErrNoSegment and the segment
// has size and checksum alone. fs.ErrNotExist means that it is gone.
func Describe(path string, name events.Name, told *events.Segment) (events.Segment, error) {
	about := events.NewSegment(events.Uploaded, name, time.Now())
	about.Clock = events.ClockUnknown
	stat, err := os.Stat(path)
	if err != nil {
		return about, fmt.Errorf("looking at a segment: %w", err)
	}
	if told != nil {
		about.Clock, about.Step, about.Was = told.Clock, told.Step, told.Was
		if told.Bytes == stat.Size() && isSHA256(told.SHA256) && told.Duration > 0 {
			about.Duration, about.Bytes, about.SHA256, about.Codec = told.Duration, told.Bytes, told.SHA256, told.Codec
			return about, nil
		}
	}
	info, err := spool.Describe(path)
	if err == nil {
		about.Duration, about.Bytes, about.SHA256, about.Codec = events.Seconds(info.Duration), info.Size, info.SHA256, info.Codec
		if info.Stamp != nil {
			about.Clock, about.Step = info.Stamp.Clock(name.Start), events.Seconds(info.Stamp.Step)
		}
		return about, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return about, err
	}
	var unreadable error
	if about.Bytes, about.SHA256, unreadable = digest(path); unreadable != nil {
		return about, unreadable
	}
	return about, fmt.Errorf("%w: %w", ErrNoSegment, err)
}

func isSHA256(text string) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == sha256.Size
}

func digest(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", fmt.Errorf("reading a segment: %w", err)
	}
	h := sha256.New()
	size, err = io.Copy(h, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, "", fmt.Errorf("reading a segment: %w", err)
	}
	return size, hex.EncodeToString(h.Sum(nil)), nil
}
