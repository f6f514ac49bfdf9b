package rtsp

import (
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/headers"
)

var interleaved = regexp.MustCompile(`;?interleaved=[^;]*`)

// OnRequest implements gortsplib.ServerHandlerOnRequest.
func (h *handler) OnRequest(conn *gortsplib.ServerConn, request *base.Request) {
	if given := request.Header["Transport"]; len(given) == 1 && h.config.Faults.OtherChannels {
		// The library chooses, and does not know of the shift.
		request.Header["Transport"] = base.HeaderValue{interleaved.ReplaceAllString(given[0], "")}
	}
	if h.config.Faults.NoGetParam && request.Method == base.GetParameter {
		return
	}
	h.guests.alive(conn.Session(), time.Now())
}

// OnGetParameter implements gortsplib.ServerHandlerOnGetParameter.
func (h *handler) OnGetParameter(*gortsplib.ServerHandlerOnGetParameterCtx) (*base.Response, error) {
	if h.config.Faults.NoGetParam {
		return status(base.StatusParameterNotUnderstood), nil
	}
	return status(base.StatusOK), nil
}

// OnResponse implements gortsplib.ServerHandlerOnResponse.
func (h *handler) OnResponse(conn *gortsplib.ServerConn, reply *base.Response) {
	bad := &h.config.Faults
	if given := reply.Header["Content-Base"]; len(given) == 1 {
		reply.Header["Content-Base"] = base.HeaderValue{h.contentBase(given[0])}
		reply.Body = disfigure(reply.Body, bad)
		if bent, ok := conn.NetConn().(*bentConn); ok && h.hung.Add(1) <= int64(bad.HangsUp) {
			bent.last.Store(true)
		}
	}
	if given := reply.Header["Transport"]; len(given) == 1 && bad.OtherChannels {
		reply.Header["Transport"] = base.HeaderValue{bentTransport(given[0])}
	}
	if bad.KeepAlive > 0 {
		h.tellTimeout(reply)
	}
}

func (h *handler) contentBase(given string) string {
	bare := strings.TrimPrefix(given, "rtsp://")
	switch bad := &h.config.Faults; {
	case bad.BaseTwice:
		return "rtsp://rtsp://" + bare
	case bad.BaseBare:
		return bare
	case bad.BaseMapped:
		return "rtsp://::ffff:" + bare
	}
	return given
}

func (h *handler) tellTimeout(reply *base.Response) {
	var session headers.Session
	if session.Unmarshal(reply.Header["Session"]) != nil { // no session yet
		return
	}
	seconds := uint(math.Ceil(h.config.Faults.KeepAlive.Seconds()))
	session.Timeout = &seconds
	reply.Header["Session"] = session.Marshal()
}
