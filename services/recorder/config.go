package recorder

import (
	"errors"
	"time"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder/internal/rtsp"
)

// Config is the recorder's part of the environment.
type Config struct {
	Site        service.SiteConfig
	Credentials setting.Credentials // of cameras that bring none of their own
	Cameras     setting.Cameras     `env:"CAMERAS"` // by hand: bare streams, and options of others

	Segment   setting.Duration  `env:"SEGMENT_DURATION, default=60"`  // least duration of a segment
	Reconnect setting.Duration  `env:"RECONNECT_INTERVAL, default=2"` // first wait; doubles up to a minute
	Transport setting.Transport `env:"RTSP_TRANSPORT, default=tcp"`   // of cameras that bring none of their own
	Stream    setting.Quality   `env:"STREAM, default=main"`          // and the same
	CAFile    string            `env:"RTSPS_CA_FILE"`                 // certificates, PEM; empty: any will do
	Sync      setting.Duration  `env:"SYNC_INTERVAL, default=2"`      // at most so often is the disk synced
	Spool     string            `env:"LOCAL_SERVER_BACKUP_DIRECTORY, default=data/spool"`
}

// Bounds of the settings.
const (
	MinSegment   = time.Second
	MaxSegment   = time.Hour
	maxReconnect = time.Minute
	maxSync      = time.Minute
)

// Validate implements setting.Validator.
func (c Config) Validate() error {
	faults := []error{c.Site.Validate()}
	if d := c.Segment.Duration(); d < MinSegment || d > MaxSegment {
		faults = append(faults, setting.Fault("SEGMENT_DURATION", "must be from 1 s to 1 h", c.Segment))
	}
	if d := c.Reconnect.Duration(); d < 100*time.Millisecond || d > maxReconnect {
		faults = append(faults, setting.Fault("RECONNECT_INTERVAL", "must be from 0.1 s to 1 min", c.Reconnect))
	}
	if d := c.Sync.Duration(); d < 0 || d > maxSync {
		faults = append(faults, setting.Fault("SYNC_INTERVAL", "must be from 0 to 1 min", c.Sync))
	}
	if c.Spool == "" {
		faults = append(faults, setting.Fault("LOCAL_SERVER_BACKUP_DIRECTORY", "names no folder", ""))
	}
	if _, err := authorities(c.CAFile); err != nil {
		faults = append(faults, setting.Fault("RTSPS_CA_FILE", err.Error(), c.CAFile))
	}
	return errors.Join(faults...)
}

// authorities vouch for the cameras of rtsps; nil: nobody does.
func authorities(file string) (*rtsp.Authorities, error) {
	if file == "" {
		return nil, nil
	}
	return rtsp.LoadAuthorities(file)
}
