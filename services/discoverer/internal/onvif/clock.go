package onvif

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/use-go/onvif/device"

	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// greet asks the time, the one call that needs no credentials (ONVIF Core,
// 8.3.6), to learn whether a device service is at the session's address and
// how far its clock is off. Strictly, only SOAP counts as an answer; else a
// device that refuses the call is there too.
func (s *session) greet(ctx context.Context, strict bool) error {
	begin := s.client.now()
	body, err := s.ask(ctx, s.base, device.GetSystemDateAndTime{})
	if err == nil {
		middle := begin.Add(s.client.now().Sub(begin) / 2)
		s.offset = clockOffset(body, middle)
		return nil
	}
	if there(err, strict) {
		return nil
	}
	return err
}

func there(err error, strict bool) bool {
	if _, ok := errors.AsType[*soapError](err); ok {
		return true // the call is not implemented, but understood
	}
	if _, ok := errors.AsType[*AuthError](err); ok {
		return !strict
	}
	if answer, ok := errors.AsType[*statusError](err); ok && !strict {
		switch answer.status {
		case http.StatusBadRequest, http.StatusInternalServerError, http.StatusNotImplemented:
			return true
		}
	}
	return false
}

// clockOffset is the device's time minus now, in whole seconds; 0 where the
// device tells no time, or an impossible one.
func clockOffset(body *xmltree.Node, now time.Time) time.Duration {
	utc := body.First("UTCDateTime")
	date, clock := utc.Child("Date"), utc.Child("Time")
	year, month, day := bounded(date.Child("Year"), 1970, 2199), bounded(date.Child("Month"), 1, 12), bounded(date.Child("Day"), 1, 31)
	hour, minute, second := bounded(clock.Child("Hour"), 0, 23), bounded(clock.Child("Minute"), 0, 59), bounded(clock.Child("Second"), 0, 60)
	if min(year, month, day, hour, minute, second) < 0 {
		return 0
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	// The device has dropped its fraction of a second: half of one on average.
	return t.Add(time.Second / 2).Sub(now).Truncate(time.Second)
}

// bounded is -1 for anything outside the bounds.
func bounded(n *xmltree.Node, least, most int) int {
	value, ok := n.Int()
	if !ok || value < least || value > most {
		return -1
	}
	return value
}

// Alive reports whether a device service answers at an address that it had
// before; it costs one small call without credentials.
func (c *Client) Alive(ctx context.Context, base *url.URL) bool {
	s := session{client: c, base: base}
	return s.greet(ctx, false) == nil
}
