package rtsp

import (
	"crypto/rand"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
)

// handler answers what the RTSP library asks of a Server.
type handler Server

// OnConnOpen implements gortsplib.ServerHandlerOnConnOpen.
func (h *handler) OnConnOpen(ctx *gortsplib.ServerHandlerOnConnOpenCtx) {
	h.guests.connected(ctx.Conn)
}

// OnConnClose implements gortsplib.ServerHandlerOnConnClose.
func (h *handler) OnConnClose(ctx *gortsplib.ServerHandlerOnConnCloseCtx) {
	h.guests.disconnected(ctx.Conn)
	h.config.Log.Debug("RTSP connection closed", "peer", ctx.Conn.NetConn().RemoteAddr(), "cause", ctx.Error)
}

// OnDescribe implements gortsplib.ServerHandlerOnDescribe.
func (h *handler) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return h.admit(ctx.Conn, ctx.Request, ctx.Path)
}

// OnSetup implements gortsplib.ServerHandlerOnSetup.
func (h *handler) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	return h.admit(ctx.Conn, ctx.Request, ctx.Path)
}

// OnPlay implements gortsplib.ServerHandlerOnPlay.
func (h *handler) OnPlay(ctx *gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	playing, ok := (*Server)(h).find(ctx.Path)
	if !ok {
		return status(base.StatusNotFound), nil
	}
	h.guests.watching(ctx.Session, playing)
	h.config.Log.Debug("RTSP play", "peer", ctx.Conn.NetConn().RemoteAddr(), "path", ctx.Path)
	return status(base.StatusOK), nil
}

// OnPause implements gortsplib.ServerHandlerOnPause.
func (h *handler) OnPause(ctx *gortsplib.ServerHandlerOnPauseCtx) (*base.Response, error) {
	h.guests.watching(ctx.Session, nil)
	return status(base.StatusOK), nil
}

// OnSessionClose implements gortsplib.ServerHandlerOnSessionClose.
func (h *handler) OnSessionClose(ctx *gortsplib.ServerHandlerOnSessionCloseCtx) {
	h.guests.left(ctx.Session)
}

func (h *handler) admit(conn *gortsplib.ServerConn, request *base.Request, path string) (*base.Response, *gortsplib.ServerStream, error) {
	if !h.allowed(conn, request) {
		return status(base.StatusUnauthorized), nil, liberrors.ErrServerAuth{}
	}
	playing, ok := (*Server)(h).find(path)
	if !ok || h.config.Faults.RTSPNotFound {
		return status(base.StatusNotFound), nil, nil
	}
	return status(base.StatusOK), playing.out, nil
}

func (h *handler) allowed(conn *gortsplib.ServerConn, request *base.Request) bool {
	user, password := h.config.User, h.config.Password
	if h.config.Faults.WrongPassword || h.config.Faults.RTSPRefuses {
		// Nobody knows it; the check goes on as usual, with its challenge.
		user, password = "admin", rand.Text()
	}
	return user == "" || conn.VerifyCredentials(request, user, password)
}

func status(code base.StatusCode) *base.Response {
	return &base.Response{StatusCode: code}
}
