package recorder

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/camera"
	"github.com/donhk/istream/services/recorder/internal/disk"
	"github.com/donhk/istream/services/recorder/internal/fleet"
	"github.com/donhk/istream/services/recorder/internal/rtsp"
	"github.com/donhk/istream/services/recorder/internal/wallclock"
)

// Deps are what the recorder works with.
type Deps struct {
	Bus    *bus.Bus // nil: cameras by hand alone, and no news
	Log    *slog.Logger
	Health *service.Health
}

// Run records until ctx ends. It returns when sessions are closed, and segments
// closed and told of.
func Run(ctx context.Context, cfg Config, deps Deps) error {
	r := &recorder{Config: cfg, Deps: deps, site: cfg.Site.Site(), id: identity(), clock: wallclock.System(), missed: map[string]bool{}}
	err := r.run(ctx)
	if err != nil && ctx.Err() == nil {
		deps.Health.Set(events.ServiceRecorder, err)
		return fmt.Errorf("recording: %w", err)
	}
	return nil
}

type recorder struct {
	Config
	Deps
	site, id string
	spool    *spool.Spool
	fleet    *fleet.Fleet
	clock    wallclock.Clock

	authorities *rtsp.Authorities
	missed      map[string]bool // cameras that lack the stream that is wanted, and of which it was told
	backlog     disk.Backlog
}

func (r *recorder) run(ctx context.Context) error {
	var err error
	if r.authorities, err = authorities(r.CAFile); err != nil {
		return setting.Fault("RTSPS_CA_FILE", err.Error(), r.CAFile)
	}
	if r.spool, err = spool.Open(r.Spool); err != nil {
		return err
	}
	r.fleet = fleet.New(fleet.Options{Site: r.site, ID: r.id, Bus: r.Bus, Spool: r.spool, Manual: r.manual(), Target: r.target, New: r.camera, Log: r.Log})
	if r.Bus != nil {
		stop, err := service.Answer(r.Bus.NC, r.site, events.ServiceRecorder, func() any { return r.status() }, r.Log)
		if err != nil {
			return err
		}
		defer stop()
	}
	r.Health.Set(events.ServiceRecorder, nil)
	r.Log.Info("recorder started", "id", r.id, "spool", r.spool.Root(), "segment", r.Segment)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.fleet.Run(ctx) })
	g.Go(func() error { return r.sweep(ctx) })
	return g.Wait()
}

func (r *recorder) camera(t camera.Target) *camera.Camera {
	return camera.New(camera.Options{
		ID: t.ID, Site: r.site, Spool: r.spool,
		Segment: r.Segment.Duration(), Sync: r.Sync.Duration(), Reconnect: r.Reconnect.Duration(),
		Credentials: r.credentials, Authorities: r.authorities, News: r.news(), Backlog: &r.backlog, Clock: r.clock, Log: r.Log,
	}, t)
}

func (r *recorder) news() disk.News {
	if r.Bus == nil {
		return silence{}
	}
	return r.Bus
}

// silence is the news where nobody listens.
type silence struct{}

func (silence) Announce(events.Event) {}

func (r *recorder) status() events.RecorderStatus {
	s := events.RecorderStatus{Site: r.site, ID: r.id, Cameras: r.fleet.Status()}
	for _, c := range s.Cameras {
		if c.Cause == events.CauseDisk {
			s.Error = c.Error
		}
	}
	return s
}

// identity is this process's name among the recorders: no two are alike, also
// over restarts.
func identity() string {
	host, err := os.Hostname()
	if err != nil {
		host = "recorder"
	}
	tail := "-" + strconv.Itoa(os.Getpid()) + "-" + strconv.FormatUint(uint64(rand.Uint32()), 36)
	name := events.Token(host)
	return name[:min(len(name), events.MaxToken-len(tail))] + tail
}
