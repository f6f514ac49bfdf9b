package camera

import (
	"context"
	"net"
	"net/url"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/cmd/camsim/internal/rtsp"
)

// The paths of the two streams.
const (
	mainPath = "/stream1"
	subPath  = "/stream2"
)

// Camera is a camera that runs.
type Camera struct {
	config Config
	rtsp   *rtsp.Server
	stop   context.CancelFunc
	group  *errgroup.Group
}

// Start opens the camera's ports and runs it until the context ends or Close.
func Start(ctx context.Context, config Config) (*Camera, error) {
	config, err := config.complete()
	if err != nil {
		return nil, err
	}
	c := &Camera{config: config}
	if err := c.listen(); err != nil {
		return nil, err
	}
	ctx, c.stop = context.WithCancel(ctx)
	c.group, ctx = errgroup.WithContext(ctx)
	c.group.Go(func() error { return c.rtsp.Run(ctx) })
	return c, nil
}

func (c *Camera) listen() error {
	var err error
	c.rtsp, err = rtsp.Listen(rtsp.Config{
		Address:  c.config.address(c.config.RTSPPort),
		User:     c.config.User,
		Password: c.config.Password,
		Camera:   c.config.Name,
		Streams:  []rtsp.Stream{{Path: mainPath, Clip: c.config.Main}, {Path: subPath, Clip: c.config.Sub}},
		Speed:    c.config.Speed,
		Faults:   c.config.Faults,
		Log:      c.config.Log,
	})
	return err
}

// Close stops the camera and waits for it; it returns what made the camera fail
// before, if anything did.
func (c *Camera) Close() error {
	c.stop()
	return c.group.Wait()
}

// RTSPURL is the main stream's address, without credentials.
func (c *Camera) RTSPURL() string { return c.streamURL(mainPath) }

// SubRTSPURL is the small stream's address, without credentials.
func (c *Camera) SubRTSPURL() string { return c.streamURL(subPath) }

func (c *Camera) streamURL(path string) string {
	at := c.rtsp.Addr()
	host := net.TCPAddr{IP: c.config.reachable(), Port: at.Port}
	return (&url.URL{Scheme: "rtsp", Host: host.String(), Path: path}).String()
}
