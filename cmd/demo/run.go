package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/demo/browse"
	"github.com/donhk/istream/cmd/demo/store"
	"github.com/donhk/istream/cmd/istream/pipeline"
	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
)

const (
	site   = "demo"
	bucket = "footage"
	nic    = "lo" // where the simulated camera is looked for
)

type options struct {
	camera, dir, listen string
	segment, quota      int
}

// run brings up one part after the other and takes them down in turn.
func (o options) run(ctx context.Context, stdout, stderr io.Writer) error {
	if o.dir == "" {
		o.dir = filepath.Join(os.TempDir(), "istream-demo")
	}
	// The store changes the working directory.
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return fmt.Errorf("finding the folder: %w", err)
	}
	o.dir = dir
	log, err := service.NewLogger(stderr, service.LogConfig{Level: "info", Format: "text"})
	if err != nil {
		return err
	}
	busServer, err := bus.Start(bus.Config{Listen: "127.0.0.1:0", Dir: filepath.Join(dir, "bus"), MaxMemory: 16 * setting.MB, MaxStore: 256 * setting.MB}, log)
	if err != nil {
		return err
	}
	defer busServer.Close()
	b, err := bus.Connect(bus.Config{}, busServer, "istream-demo", log)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.Ready(ctx); err != nil {
		return err
	}
	keys := credentials{access: "demo", secret: rand.Text()}
	objects, err := store.Start(ctx, store.Config{
		Dir: filepath.Join(dir, "store"), Bucket: bucket,
		AccessKey: keys.access, SecretKey: keys.secret, Events: tellBus(b, log),
	})
	if err != nil {
		return err
	}
	defer closing(log, "store", objects.Close)
	page, err := browse.Start(objects.Folder(), o.listen)
	if err != nil {
		return err
	}
	defer closing(log, "page", page.Close)
	if o.camera == "" {
		simulated, err := camera.Start(ctx, simulation(log))
		if err != nil {
			return err
		}
		defer closing(log, "camera", simulated.Close)
	}
	cfg := pipeline.All()
	if err := setting.Load(ctx, &cfg, o.settings(objects.Endpoint(), keys)); err != nil {
		return err
	}
	guide := guide{out: stdout, page: page, path: objects.Path, bus: busServer.URL(), dir: dir}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return guide.tell(ctx, b) })
	group.Go(func() error { return pipeline.Run(ctx, cfg, b, log) })
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

type credentials struct{ access, secret string }

// settings are what a user would put into .env.
//
// Of the environment only the credentials of the user's own camera are taken:
// other settings are meant for a pipeline of theirs.
func (o options) settings(endpoint string, keys credentials) setting.Lookuper {
	m := setting.Map{
		"SITE": site, "HEALTH_DIR": filepath.Join(o.dir, "health"),
		"LOCAL_SERVER_BACKUP_DIRECTORY": filepath.Join(o.dir, "spool"),
		"SEGMENT_DURATION":              strconv.Itoa(o.segment), "MAX_USED_SPACE": strconv.Itoa(o.quota),
		"S3_ENDPOINT": endpoint, "S3_BUCKET": bucket, "S3_ACCESS_KEY": keys.access, "S3_SECRET_KEY": keys.secret,
		"BROADCAST_NIC": nic,
	}
	if o.camera == "" {
		m["CAM_USER"], m["CAM_PASS"] = simulatedUser, simulatedPass
		return m
	}
	m["BROADCAST_NIC"], m["CAMERAS"] = "none", "camera="+o.camera
	for _, name := range []string{"CAM_USER", "CAM_USER_FILE", "CAM_PASS", "CAM_PASS_FILE"} {
		if value, ok := setting.Env().Lookup(name); ok {
			m[name] = value
		}
	}
	return m
}

func closing(log *slog.Logger, what string, shut func() error) {
	if err := shut(); err != nil {
		log.Warn("closing the "+what+" failed", "error", err)
	}
}
