package rtsp

import (
	"slices"

	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

// login answers a camera's challenges. It is kept out of gortsplib, which takes
// one challenge a connection: cameras give a new one whenever they like.
type login struct {
	user, pass string
	challenge  base.HeaderValue
	sender     *auth.Sender // nil until there is a challenge
	signed     bool         // the challenge has been answered
	welcome    bool         // an answer has been accepted
}

func (l *login) known() bool { return l.user != "" || l.pass != "" }

// sign adds the answer to the latest challenge. Credentials go out for a
// challenge alone.
func (l *login) sign(r *base.Request) {
	if l.sender != nil {
		l.sender.AddAuthorization(r)
		l.signed = true
	}
}

// accepted notes that an answer was right.
func (l *login) accepted() { l.welcome = l.welcome || l.signed }

// challenged takes a challenge, and tells whether an answer to it may succeed
// where none did before: the first of a connection, or a new one after another
// was accepted. Anything else is a refusal, and asking again would count as one
// more wrong password.
func (l *login) challenged(with base.HeaderValue) (again bool, err error) {
	if !l.known() {
		return false, nil
	}
	other := !slices.Equal(with, l.challenge)
	if again = other && (!l.signed || l.welcome); !again {
		return false, nil
	}
	sender := &auth.Sender{WWWAuth: with, User: l.user, Pass: l.pass}
	if err := sender.Initialize(); err != nil {
		return false, err
	}
	l.challenge, l.sender, l.signed, l.welcome = with, sender, false, false
	return true, nil
}
