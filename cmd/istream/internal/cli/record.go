package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder"
)

// recordConfig is what recording one stream needs.
type recordConfig struct {
	Log         service.LogConfig
	Credentials setting.Credentials
	Segment     setting.Duration  `env:"SEGMENT_DURATION, default=60"`
	Reconnect   setting.Duration  `env:"RECONNECT_INTERVAL, default=2"`
	Sync        setting.Duration  `env:"SYNC_INTERVAL, default=2"`
	Transport   setting.Transport `env:"RTSP_TRANSPORT, default=tcp"`
	CAFile      string            `env:"RTSPS_CA_FILE"`
}

// Validate implements setting.Validator.
func (c recordConfig) Validate() error {
	faults := []error{c.Log.Validate()}
	for name, d := range map[string]setting.Duration{"SEGMENT_DURATION": c.Segment, "RECONNECT_INTERVAL": c.Reconnect, "SYNC_INTERVAL": c.Sync} {
		if d <= 0 {
			faults = append(faults, setting.Fault(name, "is not above 0", d))
		}
	}
	return errors.Join(faults...)
}

func (a *app) record() *cobra.Command {
	var transport string
	c := &cobra.Command{
		Use: "record URL DIR", Short: "Record one stream into a folder", GroupID: "step", Args: exactly(2, "a URL and a folder"),
		Long: `Records one RTSP stream into DIR/<camera>/<start>.mp4, a segment a
SEGMENT_DURATION, until Ctrl-C. No bus and no store is needed. User and password
are best given as CAM_USER and CAM_PASS, since the command line is for all of
this machine to read. Where nothing can be recorded it says why, leaves nothing
behind, and ends with a status other than 0.

rtsps:// is RTSP through TLS; RTSPS_CA_FILE says whose certificates are trusted,
else any is. --transport (or RTSP_TRANSPORT) is how packets come: tcp, udp, http
(through the camera's web server), or auto (tcp, or udp where that is refused).`,
		Example: "  istream record rtsp://192.0.2.10:554/stream1 footage\n  istream record --transport udp rtsp://192.0.2.10/ch0 footage\n  CAM_USER=admin CAM_PASS_FILE=pass SEGMENT_DURATION=300 istream record rtsp://192.0.2.10/ch0 .",
		RunE: func(c *cobra.Command, args []string) error {
			var cfg recordConfig
			if transport != "" {
				a.env = setting.First(setting.Map{"RTSP_TRANSPORT": transport}, a.env)
			}
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			log, err := a.logger(cfg.Log)
			if err != nil {
				return err
			}
			return recorder.Record(c.Context(), recorder.RecordOptions{
				URL: args[0], Dir: args[1], Credentials: cfg.Credentials, Transport: cfg.Transport, CAFile: cfg.CAFile,
				SegmentDuration: cfg.Segment.Duration(), ReconnectInterval: cfg.Reconnect.Duration(), SyncInterval: cfg.Sync.Duration(),
				Log: log,
			})
		},
	}
	c.Flags().StringVar(&transport, "transport", "", "how packets come: tcp, udp, http or auto (default RTSP_TRANSPORT, else tcp)")
	return c
}
