package camera

import (
	"context"
	"errors"
	"net"
	"net/url"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/cmd/camsim/internal/onvif"
	"github.com/donhk/istream/cmd/camsim/internal/rtsp"
	"github.com/donhk/istream/cmd/camsim/internal/wsd"
)

// Camera is a camera that runs.
type Camera struct {
	config    Config
	rtsp      *rtsp.Server
	onvif     *onvif.Device
	discovery *wsd.Responder
	stop      context.CancelFunc
	group     *errgroup.Group
}

// Start opens the camera's ports and runs it until the context ends or Close.
// Once it returns, the camera is found by discovery and plays.
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
	c.group.Go(func() error { return c.onvif.Run(ctx) })
	c.group.Go(func() error { return c.discovery.Run(ctx) })
	return c, nil
}

func (c *Camera) listen() error {
	var err error
	if c.rtsp, err = rtsp.Listen(c.rtspConfig()); err != nil {
		return err
	}
	if c.onvif, err = onvif.Listen(c.onvifConfig()); err != nil {
		c.rtsp.Close()
		return err
	}
	if c.discovery, err = wsd.Listen(c.discoveryConfig()); err != nil {
		c.rtsp.Close()
		return errors.Join(err, c.onvif.Close())
	}
	return nil
}

func (c *Camera) rtspConfig() rtsp.Config {
	return rtsp.Config{
		Address:  c.config.address(c.config.RTSPPort),
		User:     c.config.User,
		Password: c.config.Password,
		Camera:   c.config.Name,
		Streams:  []rtsp.Stream{{Path: mainPath, Clip: c.config.Main}, {Path: subPath, Clip: c.config.Sub}},
		Speed:    c.config.Speed,
		Faults:   c.config.Faults,
		Log:      c.config.Log,
	}
}

func (c *Camera) onvifConfig() onvif.Config {
	own := c.config.Identity
	return onvif.Config{
		Address:  c.config.address(c.config.HTTPPort),
		Auth:     c.config.Auth,
		User:     c.config.User,
		Password: c.config.Password,
		Identity: onvif.Identity{
			Manufacturer: own.Manufacturer, Model: own.Model, Firmware: own.Firmware, Serial: own.Serial,
			Hardware: own.Model, MAC: own.MAC, Scopes: own.scopes(c.config.Name),
		},
		Profiles: c.config.profiles(),
		Media2:   c.config.Media2,
		RTSPPort: c.rtsp.Addr().Port,
		Faults:   c.config.Faults,
		Log:      c.config.Log,
	}
}

func (c *Camera) discoveryConfig() wsd.Config {
	return wsd.Config{
		NICs:     c.config.NICs,
		Group:    c.config.Group,
		Endpoint: c.config.Identity.Endpoint,
		Scopes:   c.config.Identity.scopes(c.config.Name),
		XAddr:    c.xaddr,
		Faults:   c.config.Faults,
		Log:      c.config.Log,
	}
}

// Close says Bye, stops the camera and waits for it; it returns what made the
// camera fail before, if anything did.
func (c *Camera) Close() error {
	c.stop()
	return c.group.Wait()
}

// Wait returns once the camera has stopped, with what made it fail.
func (c *Camera) Wait() error { return c.group.Wait() }

// Name is the camera's name, as in the stamps of its frames.
func (c *Camera) Name() string { return c.config.Name }

// Endpoint is WS-Discovery's endpoint reference, urn:uuid:...
func (c *Camera) Endpoint() string { return c.config.Identity.Endpoint }

// Identity is what the camera says of itself.
func (c *Camera) Identity() Identity { return c.config.Identity }

// XAddr is the address of the ONVIF device service.
func (c *Camera) XAddr() string { return c.xaddr(c.home()) }

// RTSPURL is the main stream's address, without credentials.
func (c *Camera) RTSPURL() string { return c.streamURL(mainPath) }

// SubRTSPURL is the small stream's address, without credentials.
func (c *Camera) SubRTSPURL() string { return c.streamURL(subPath) }

// Connections is how many RTSP connections there have been, refused ones too,
// and how often an address was banned.
func (c *Camera) Connections() (ever, bans int) { return c.rtsp.Connections() }

// Newest is the number of the latest frame that the main stream has sent, as in
// its stamp; false where it has sent none.
func (c *Camera) Newest() (uint64, bool) { return c.rtsp.Newest(mainPath) }

// home is where a camera that listens on all addresses says it is: on its first
// NIC.
func (c *Camera) home() net.IP {
	if ip := c.discovery.FirstIP(); ip != nil {
		return ip
	}
	return net.IPv4(127, 0, 0, 1)
}

func (c *Camera) xaddr(nic net.IP) string {
	host := net.TCPAddr{IP: c.config.reachable(nic), Port: c.onvif.Addr().Port}
	return (&url.URL{Scheme: "http", Host: host.String(), Path: "/onvif/device_service"}).String()
}

func (c *Camera) streamURL(path string) string {
	host := net.TCPAddr{IP: c.config.reachable(c.home()), Port: c.rtsp.Addr().Port}
	return (&url.URL{Scheme: "rtsp", Host: host.String(), Path: path}).String()
}
