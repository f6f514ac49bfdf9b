package onvif

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/use-go/onvif/networking"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// session is a talk with the device at one address.
type session struct {
	client      *Client
	base        *url.URL // of the device service
	credentials setting.Credentials
	offset      time.Duration // the device's clock minus ours
	digest      *digest       // where the device wants it instead of a token
}

// call sends a request, signed where there are credentials, and returns the
// body of the answer. A 401 that offers HTTP Digest is answered once, and once
// more where only the nonce was too old: a wrong password must not use up the
// attempts after which a camera locks.
func (s *session) call(ctx context.Context, to *url.URL, request any) (*xmltree.Node, error) {
	status, header, body, err := s.post(ctx, to, request, true)
	if err != nil {
		return nil, err
	}
	for tries := 0; status == http.StatusUnauthorized && s.credentials.User != "" && tries < 2; tries++ {
		next := challenge(header, s.credentials)
		if next == nil || s.digest != nil && !next.stale {
			break
		}
		s.digest = next
		if status, header, body, err = s.post(ctx, to, request, true); err != nil {
			return nil, err
		}
	}
	return s.answer(status, body)
}

// ask sends a request without credentials.
func (s *session) ask(ctx context.Context, to *url.URL, request any) (*xmltree.Node, error) {
	status, _, body, err := s.post(ctx, to, request, false)
	if err != nil {
		return nil, err
	}
	return s.answer(status, body)
}

func (s *session) post(ctx context.Context, to *url.URL, request any, sign bool) (status int, h http.Header, body []byte, err error) {
	header, digest := "", s.digest
	if !sign {
		digest = nil
	} else if digest == nil && s.credentials.User != "" {
		header = security(s.credentials, s.client.now().Add(s.offset), newNonce())
	}
	message, err := envelope(request, header)
	if err != nil {
		return 0, nil, nil, err
	}
	response, err := networking.SendSoap(s.client.http(ctx, digest), to.String(), message)
	if err != nil {
		return 0, nil, nil, unreached{cause(err)}
	}
	defer func() { _ = response.Body.Close() }() // exchange has read and closed the real one
	body, err = io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, nil, unreached{err}
	}
	return response.StatusCode, response.Header, body, nil
}

// cause leaves out which URL was posted to, since the caller says so.
func cause(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// answer finds the body of the envelope, or says what the answer is instead.
func (s *session) answer(status int, body []byte) (*xmltree.Node, error) {
	var soap *xmltree.Node
	// A web page has a body too.
	if root, err := xmltree.Parse(body); err == nil && strings.EqualFold(root.Name, "Envelope") {
		soap = root.Child("Body")
	}
	if soap != nil {
		if fault := soapFault(soap); fault != nil {
			return nil, s.explain(fault)
		}
	}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return nil, s.explain(&AuthError{Detail: fmt.Sprintf("HTTP %d", status)})
	case soap == nil || len(soap.Nodes) == 0 || status != http.StatusOK:
		return nil, &statusError{status: status}
	}
	return soap, nil
}

// explain adds what its owner can do about a refusal.
func (s *session) explain(fault error) error {
	refused, ok := errors.AsType[*AuthError](fault)
	if !ok {
		return fault
	}
	if s.credentials.User == "" {
		return &AuthError{Detail: "the camera wants a user and a password: set CAM_USER and CAM_PASS (" + refused.Detail + ")"}
	}
	return &AuthError{Detail: "the camera refuses CAM_USER and CAM_PASS (" + refused.Detail + ")"}
}
