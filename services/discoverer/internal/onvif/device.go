package onvif

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/use-go/onvif/device"

	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// maxName bounds what a device says of itself, in bytes.
const maxName = 64

// Info is who a device says it is.
type Info struct {
	Manufacturer, Model, Firmware, Serial string
	MAC                                   string // 12 lower hex digits
}

// information asks GetDeviceInformation (ONVIF Core, 8.3.1). Devices that
// don't know the call stay nameless; only a refusal or silence is an error.
func (s *session) information(ctx context.Context) (Info, error) {
	body, err := s.call(ctx, s.base, device.GetDeviceInformation{})
	if err != nil {
		return Info{}, serious(err)
	}
	text := func(name string) string { return Plain(body.First(name).Text(), maxName) }
	return Info{
		Manufacturer: text("Manufacturer"), Model: text("Model"),
		Firmware: text("FirmwareVersion"), Serial: text("SerialNumber"),
	}, nil
}

// serious lets pass what only means that a call is unknown to the device.
func serious(err error) error {
	if _, ok := errors.AsType[*AuthError](err); ok {
		return err
	}
	if Unreached(err) {
		return err
	}
	return nil
}

// mac asks for the first hardware address (ONVIF Core, 8.2.8); "" where the
// device does not tell.
func (s *session) mac(ctx context.Context) string {
	body, err := s.call(ctx, s.base, device.GetNetworkInterfaces{})
	if err != nil {
		return "" // another key serves
	}
	for n := range body.All("HwAddress") {
		if mac := hexDigits(n.Text()); mac != "" {
			return mac
		}
	}
	return ""
}

// hexDigits is a MAC as 12 lower hex digits; "" for any other text.
func hexDigits(text string) string {
	digits := strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "").Replace(text))
	if len(digits) != 12 || strings.Trim(digits, "0123456789abcdef") != "" {
		return ""
	}
	return digits
}

// services are where the media services of a device are, best first.
type services struct{ media2, media1 []*url.URL }

// services asks GetServices, or GetCapabilities where that is not known
// (ONVIF Core, 8.1). A device that tells neither has media where it has all.
func (s *session) services(ctx context.Context) (services, error) {
	body, err := s.call(ctx, s.base, device.GetServices{})
	if err == nil {
		found := s.listed(body)
		if found.media1 != nil || found.media2 != nil {
			return found, nil
		}
	}
	if err := serious(err); err != nil {
		return services{}, err
	}
	if body, err = s.call(ctx, s.base, device.GetCapabilities{Category: "All"}); err == nil {
		if media := body.First("Media"); media != nil {
			return services{media1: s.bases(media.Child("XAddr").Text())}, nil
		}
	}
	if err := serious(err); err != nil {
		return services{}, err
	}
	return services{media1: []*url.URL{s.base}}, nil
}

func (s *session) listed(body *xmltree.Node) services {
	var found services
	for service := range body.All("Service") {
		at := service.Child("XAddr").Text()
		switch strings.TrimRight(service.Child("Namespace").Text(), "/") {
		case namespaces["tr2"]:
			found.media2 = s.bases(at)
		case namespaces["trt"]:
			found.media1 = s.bases(at)
		}
	}
	return found
}

// callAny calls a service that is at one of several addresses; the one that
// answered is kept as the only one.
func (s *session) callAny(ctx context.Context, at *[]*url.URL, request any) (body *xmltree.Node, err error) {
	for _, u := range *at {
		if body, err = s.call(ctx, u, request); err == nil {
			*at = []*url.URL{u}
			return body, nil
		}
		if _, refused := errors.AsType[*AuthError](err); refused || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, err
}
