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
	number     int          // of the challenge; 0: there was none
	sender     *auth.Sender // of the answer
	signed     bool         // the challenge has been answered
	welcome    bool         // and the answer accepted
}

func (l *login) known() bool { return l.user != "" || l.pass != "" }

// sign adds the answer to the latest challenge, whose number it returns.
// Credentials go out for a challenge alone.
func (l *login) sign(r *base.Request) int {
	if l.sender != nil {
		l.sender.AddAuthorization(r)
		l.signed = true
	}
	return l.number
}

// accepted notes that the answer to a challenge was right.
func (l *login) accepted(number int) {
	l.welcome = l.welcome || l.signed && number == l.number
}

// challenged takes the challenge that refused the answer to an earlier one, and
// tells whether an answer to it may succeed: to the first of a connection; to a
// new one, after one that had been accepted, or while another was on its way.
// Anything else is a refusal, and asking again would count as one more wrong
// password.
func (l *login) challenged(with base.HeaderValue, earlier int) (again bool, err error) {
	if !l.known() || slices.Equal(with, l.challenge) {
		return false, nil
	}
	if l.signed && !l.welcome && earlier == l.number {
		return false, nil
	}
	sender := &auth.Sender{WWWAuth: with, User: l.user, Pass: l.pass}
	if err := sender.Initialize(); err != nil {
		return false, err
	}
	l.challenge, l.sender, l.signed, l.welcome = with, sender, false, false
	l.number++
	return true, nil
}
