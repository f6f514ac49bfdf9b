package s3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/donhk/istream/pkg/objstore"
)

// fault is an error of a store with its class, in words that are the same
// whenever the same thing happens again.
type fault struct {
	class error // of objstore; nil: unknown
	text  string
	cause error
}

func (f *fault) Error() string {
	if f.class == nil {
		return f.text
	}
	return f.class.Error() + ": " + f.text
}

// Unwrap implements what errors.Is and errors.As ask for.
func (f *fault) Unwrap() []error {
	if f.class == nil {
		return []error{f.cause}
	}
	return []error{f.class, f.cause}
}

// classify makes err one of objstore's. The caller's own end of ctx is no
// fault of the store.
func classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	var reply minio.ErrorResponse
	if errors.As(err, &reply) {
		return &fault{class: classOf(reply), text: textOf(reply), cause: err}
	}
	return &fault{class: objstore.ErrUnavailable, text: textOfLine(err), cause: err}
}

// codes that name their class, as in S3's API reference ("Error responses"),
// MinIO's and VersityGW's sources. A key's outcome in a batch has no status,
// so that codes stand here which the status would tell otherwise.
var codes = map[string]error{
	"RequestTimeTooSkewed": objstore.ErrClockSkew,
	"RequestExpired":       objstore.ErrClockSkew,

	"NoSuchBucket": objstore.ErrNoBucket,
	"NoSuchKey":    objstore.ErrNotFound,

	"AccessDenied":          objstore.ErrDenied,
	"AllAccessDisabled":     objstore.ErrDenied,
	"AccountProblem":        objstore.ErrDenied,
	"ExpiredToken":          objstore.ErrDenied,
	"InvalidAccessKeyId":    objstore.ErrDenied,
	"InvalidToken":          objstore.ErrDenied,
	"SignatureDoesNotMatch": objstore.ErrDenied,
	"XAdminUserNotFound":    objstore.ErrDenied,

	"BadDigest":                   objstore.ErrCorrupt,
	"InvalidDigest":               objstore.ErrCorrupt,
	"XAmzContentChecksumMismatch": objstore.ErrCorrupt,

	"IncompleteBody":   objstore.ErrUnavailable, // the line was cut
	"InternalError":    objstore.ErrUnavailable,
	"OperationAborted": objstore.ErrUnavailable,
	"RequestTimeout":   objstore.ErrUnavailable,
	"ServerBusy":       objstore.ErrUnavailable,
	"SlowDown":         objstore.ErrUnavailable,
	"SlowDownRead":     objstore.ErrUnavailable,
	"SlowDownWrite":    objstore.ErrUnavailable,
}

func classOf(reply minio.ErrorResponse) error {
	if class, ok := codes[reply.Code]; ok {
		return class
	}
	switch status := reply.StatusCode; {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return objstore.ErrDenied
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status == 499 || status >= 500:
		return objstore.ErrUnavailable
	}
	return nil
}

// textOf leaves out the request's number, which is another each time.
func textOf(reply minio.ErrorResponse) string {
	switch {
	case reply.Code == "":
		return reply.Error()
	case reply.Message == "":
		return reply.Code
	}
	return reply.Code + ": " + reply.Message
}

// textOfLine leaves out the key, and the local port, which are others each
// time.
func textOfLine(err error) string {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if strings.Contains(err.Error(), "Connection closed by foreign host") { // minio-go's word for an EOF, with the URL
		return "the connection was closed"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return fmt.Sprintf("%s %s: %v", op.Op, op.Addr, op.Err)
	}
	return err.Error()
}
