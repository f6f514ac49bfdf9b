package deliver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/service"
)

var (
	// ErrChanged says that the file is not the one that was described.
	ErrChanged = errors.New("the file has another size than before")
	// ErrStore marks what the store, or the line to it, is to blame for.
	ErrStore = errors.New("the store did not take a segment")
)

// Put stores the file's bytes as the segment's object. When it returns without
// an error, the store has confirmed them.
func Put(ctx context.Context, store objstore.Writer, path string, about events.Segment) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening a segment: %w", err)
	}
	// Read only: nothing is lost where closing fails.
	defer func() { _ = f.Close() }()
	stat, err := f.Stat()
	if err != nil {
		return fmt.Errorf("looking at a segment: %w", err)
	}
	if stat.Size() != about.Bytes {
		return ErrChanged
	}
	err = store.Put(ctx, about.Key, f, about.Bytes, objstore.PutOptions{ContentType: "video/mp4", Metadata: Metadata(about)})
	if err != nil {
		return &refused{err}
	}
	return nil
}

// refused is ErrStore in the words of its cause.
type refused struct{ cause error }

func (r *refused) Error() string   { return r.cause.Error() }
func (r *refused) Unwrap() []error { return []error{ErrStore, r.cause} }

// Metadata is what an object tells of its segment, by names that S3 keeps in
// lower case. What is not known is left out.
func Metadata(about events.Segment) map[string]string {
	all := map[string]string{
		"start":           stamp(about.Start),
		"end":             stamp(about.Start.Add(about.Duration.Duration())),
		"duration":        strconv.FormatFloat(about.Duration.Duration().Round(time.Millisecond).Seconds(), 'f', -1, 64),
		"codec":           about.Codec,
		"sha256":          about.SHA256,
		"clock":           string(about.Clock),
		"istream-version": service.Version(),
	}
	if about.Duration <= 0 { // nothing could be read
		delete(all, "end")
		delete(all, "duration")
	}
	if about.Step != 0 {
		all["clock-step"] = about.Step.Duration().String()
	}
	for name, value := range all {
		if value == "" {
			delete(all, name)
		}
	}
	return all
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
