package rtsp

import (
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

// TestLogin: which challenges are answered, so that no camera counts more than
// one wrong password.
func TestLogin(t *testing.T) {
	challenge := func(nonce string) base.HeaderValue {
		return base.HeaderValue{`Digest realm="IPC", nonce="` + nonce + `"`}
	}
	request := func() *base.Request {
		return &base.Request{Method: base.Describe, URL: &base.URL{Scheme: "rtsp", Host: "camera"}}
	}
	l := login{user: "admin"} // an empty password is one
	r := request()
	if l.sign(r); r.Header["Authorization"] != nil {
		t.Fatal("signed without a challenge")
	}
	step := func(what string, with base.HeaderValue, earlier int, want bool) {
		t.Helper()
		if again, err := l.challenged(with, earlier); err != nil || again != want {
			t.Errorf("%s: %v, %v, want %v", what, again, err, want)
		}
	}
	step("the first", challenge("1"), 0, true)
	one := l.sign(request())
	step("the same again", challenge("1"), one, false)
	step("another, though none was accepted", challenge("2"), one, false)
	l.accepted(one)
	step("another after one was accepted", challenge("3"), one, true)
	step("to a request that was on its way", challenge("4"), one, true)
	three := l.sign(request())
	step("to a request that was on its way, after an answer", challenge("5"), one, true)
	four := l.sign(request())
	l.accepted(three)
	step("refused, though an older answer was accepted", challenge("6"), four, false)
	if _, err := l.challenged(base.HeaderValue{"Negotiate"}, one); err == nil {
		t.Error("a challenge that nobody can answer is no fault")
	}
	if none := (&login{}); none.known() {
		t.Error("nothing is known")
	} else if again, err := none.challenged(challenge("1"), 0); again || err != nil {
		t.Error("answered without credentials")
	}
}
