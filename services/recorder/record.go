package recorder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/camera"
	"github.com/donhk/istream/services/recorder/internal/rtsp"
)

// RecordOptions say what Record records.
type RecordOptions struct {
	URL         string // rtsp or rtsps; credentials in it come before Credentials
	Credentials setting.Credentials
	Dir         string            // becomes a spool: <Dir>/<Camera>/<start>.mp4
	Camera      string            // token; empty: made of the URL's host and path
	Transport   setting.Transport // "": TCP
	CAFile      string            // of who vouches for a camera of rtsps; empty: nobody

	SegmentDuration   time.Duration // 0: a minute
	ReconnectInterval time.Duration // 0: 2 s
	SyncInterval      time.Duration // 0: 2 s
	Patience          time.Duration // with a camera that says nothing; 0: 10 s
	Log               *slog.Logger
}

// Fault is why a camera can't be recorded, in one plain sentence without
// credentials.
type Fault = rtsp.Fault

// Record records one stream into a folder until ctx ends, without a bus. Before
// the first footage it fails at once, with a Fault as a rule, and leaves nothing
// behind; after it, it connects again for ever, as the service does.
func Record(ctx context.Context, o RecordOptions) error {
	target, credentials, err := o.target()
	if err != nil {
		return err
	}
	authorities, err := authorities(o.CAFile)
	if err != nil {
		return setting.Fault("RTSPS_CA_FILE", err.Error(), o.CAFile)
	}
	made := missing(o.Dir)
	s, err := spool.Open(o.Dir)
	if err != nil {
		return fmt.Errorf("recording into %s: %w", o.Dir, err)
	}
	c := camera.New(camera.Options{
		ID: target.ID, Site: "record", Spool: s,
		Segment: or(o.SegmentDuration, time.Minute), Reconnect: or(o.ReconnectInterval, 2*time.Second), Sync: or(o.SyncInterval, 2*time.Second),
		Patience: o.Patience, Credentials: func(camera.Target) setting.Credentials { return credentials }, Authorities: authorities,
		News: silence{}, NoLedger: true, Log: o.Log,
		FirstFault: func(error) bool { return false },
	}, target)
	err = c.Run(ctx, 0)
	if c.Status().Frame.IsZero() {
		err = errors.Join(err, removeEmpty(made))
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// target takes the credentials out of the URL.
func (o RecordOptions) target() (camera.Target, setting.Credentials, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" {
		// The text is not shown: it may hold credentials.
		return camera.Target{}, setting.Credentials{}, errors.New("the address is no valid URL: it should be like rtsp://10.0.0.5:554/stream, with special characters of user and password percent-encoded")
	}
	credentials := o.Credentials
	if u.User != nil {
		pass, _ := u.User.Password()
		credentials = setting.Credentials{User: u.User.Username(), Pass: setting.Secret(pass)}
		u.User = nil
	}
	id := o.Camera
	if id == "" {
		id = events.Token(u.Host + u.Path)
	}
	if !events.ValidToken(id) {
		return camera.Target{}, credentials, fmt.Errorf("the camera's name %q must be 1 to 64 of [a-z0-9_-]", id)
	}
	return camera.Target{ID: id, URI: u.String(), Address: u.Host, Transport: o.Transport}, credentials, nil
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// missing lists the folders that making dir would make, innermost first.
func missing(dir string) []string {
	var all []string
	dir, err := filepath.Abs(dir)
	for err == nil {
		if _, err = os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		all = append(all, dir)
		dir, err = filepath.Dir(dir), nil
	}
	return all
}

// removeEmpty removes the folders if nothing has come into them.
func removeEmpty(dirs []string) error {
	for _, dir := range dirs {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			return err
		}
		if err := os.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}
