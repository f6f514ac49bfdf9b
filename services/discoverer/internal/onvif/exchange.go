package onvif

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"
)

// maxBody bounds a reply, in bytes.
const maxBody = 1 << 20

var errTooLarge = errors.New("the reply is larger than 1 MiB")

// exchange is one call: a RoundTripper that ends with its context and in its
// time, and has read and closed the body when it returns, so that whoever
// forgets to can do no harm.
type exchange struct {
	base   http.RoundTripper
	ctx    context.Context
	limit  time.Duration
	digest *digest
}

// RoundTrip implements http.RoundTripper.
func (e *exchange) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(e.ctx, e.limit)
	defer cancel()
	request = request.Clone(ctx)
	if e.digest != nil {
		request.Header.Set("Authorization", e.digest.authorize(request.Method, request.URL.RequestURI()))
	}
	response, err := e.base.RoundTrip(request)
	if err != nil {
		return nil, e.plainly(ctx, err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if closing := response.Body.Close(); err == nil {
		err = closing
	}
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	if err != nil {
		return nil, e.plainly(ctx, err)
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return response, nil
}

// plainly says that the time is over instead of how Go noticed it, and of the
// system's errors only what they mean.
func (e *exchange) plainly(ctx context.Context, err error) error {
	switch {
	case e.ctx.Err() != nil:
		return e.ctx.Err()
	case ctx.Err() != nil:
		return fmt.Errorf("no answer within %v", e.limit)
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number
	}
	return err
}
