package rtsp

import (
	"fmt"

	"github.com/donhk/istream/pkg/events"
)

// Kind is what is wrong with a camera, as far as it decides what happens next.
type Kind int

// The kinds of fault.
const (
	KindAddress     Kind = iota + 1 // the URL or the host's name is wrong
	KindHost                        // nothing answers at the address
	KindRefused                     // the port is closed
	KindNoRTSP                      // something else than RTSP answers, or nothing does
	KindAuth                        // the credentials are refused or missing
	KindStream                      // there is no such stream
	KindNoVideo                     // the stream has no picture
	KindCodec                       // its picture can't be stored
	KindAnswer                      // the camera answers with an error
	KindSilent                      // it sends no picture
	KindClosed                      // it ended the session
	KindNetwork                     // the connection broke
	KindTransport                   // it does not send its stream in the way that was asked for
	KindCertificate                 // it does not show a certificate that is trusted
)

// Fault is one plain sentence about a camera that can't be recorded. It never
// holds credentials.
type Fault struct {
	Kind Kind
	text string
	err  error
}

func (f *Fault) Error() string { return f.text }

// Unwrap is the error beneath, which is not for people and may hold anything;
// it is for errors.Is alone.
func (f *Fault) Unwrap() error { return f.err }

// Cause is why there is no footage, as the ledger words it.
func (f *Fault) Cause() events.Cause {
	switch f.Kind {
	case KindAuth:
		return events.CauseAuth
	case KindAddress, KindHost, KindRefused, KindNetwork:
		return events.CauseNetwork
	}
	return events.CauseCamera
}

// NewSilent is the fault of a camera that sends nothing to begin a recording with.
func NewSilent(format string, args ...any) *Fault { return fault(KindSilent, nil, format, args...) }

func fault(k Kind, err error, format string, args ...any) *Fault {
	return &Fault{Kind: k, text: fmt.Sprintf(format, args...), err: err}
}
