package onvif

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// AuthError says that a device refuses the credentials, or wants some.
type AuthError struct{ Detail string }

func (e *AuthError) Error() string { return "authentication failed: " + e.Detail }

// ErrNoStream says that a device answers and offers nothing to record.
var ErrNoStream = errors.New("the camera offers no stream")

// statusError is an answer that is no SOAP.
type statusError struct{ status int }

func (e *statusError) Error() string {
	if e.status == http.StatusOK {
		return "the answer is not ONVIF"
	}
	return fmt.Sprintf("the answer is not ONVIF (HTTP %d)", e.status)
}

// soapError is a fault that says nothing of authentication.
type soapError struct{ reason string }

func (e *soapError) Error() string { return "the camera says: " + e.reason }

// unreached wraps what kept a call from any answer.
type unreached struct{ error }

func (e unreached) Unwrap() error { return e.error }

// refusals are the subcodes of faults that mean the credentials (ONVIF Core,
// 5.8.2; WS-Security, 12).
var refusals = []string{"NotAuthorized", "SenderNotAuthorized", "FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken", "FailedCheck"}

// refusalWords mean them in the reasons of devices that give another code.
var refusalWords = []string{"not authorized", "not authorised", "unauthorized", "authority failure", "authentication", "wrong password", "wrong username", "account is locked", "account locked"}

// soapFault reads a Fault of SOAP 1.2 or 1.1; nil where the body is none.
func soapFault(body *xmltree.Node) error {
	fault := body.Child("Fault")
	if fault == nil {
		return nil
	}
	reason := fault.At("Reason", "Text").Text()
	if reason == "" {
		reason = fault.Child("faultstring").Text()
	}
	codes := []string{fault.Child("faultcode").Text()}
	for value := range fault.Child("Code").All("Value") {
		codes = append(codes, value.Text())
	}
	if reason == "" {
		reason = local(codes[len(codes)-1])
	}
	reason = Plain(reason, 120)
	for _, code := range codes {
		for _, refusal := range refusals {
			if strings.EqualFold(local(code), refusal) {
				return &AuthError{Detail: reason}
			}
		}
	}
	for _, words := range refusalWords {
		if strings.Contains(strings.ToLower(reason), words) {
			return &AuthError{Detail: reason}
		}
	}
	return &soapError{reason: reason}
}

func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// Plain makes text that a device gave fit for a log: one line of printable
// characters, at most limit bytes.
func Plain(text string, limit int) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(text) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		for _, r := range word {
			if unicode.IsPrint(r) && r != unicode.ReplacementChar {
				b.WriteRune(r)
			}
		}
	}
	plain := b.String()
	if len(plain) > limit {
		plain = strings.ToValidUTF8(plain[:limit], "")
	}
	return strings.TrimSpace(plain)
}

// Unreached reports whether an error means that a device gave no answer.
func Unreached(err error) bool {
	_, ok := errors.AsType[unreached](err)
	return ok
}
