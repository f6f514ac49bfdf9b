package onvif

import (
	"bytes"
	"net/http"
	"time"

	"github.com/donhk/istream/pkg/pause"
)

// misbehave does what a faulty device does instead of an answer; true where that
// was all.
func (d *Device) misbehave(w http.ResponseWriter, r *http.Request) bool {
	bad := &d.config.Faults
	switch {
	case bad.HTTPHangs:
		<-r.Context().Done()
		return true
	case bad.HTTPFails:
		w.WriteHeader(http.StatusInternalServerError)
		return true
	case bad.HTMLReply:
		w.Header().Set("Content-Type", "text/html")
		d.deliver(w, r, http.StatusOK, []byte(loginPage))
		return true
	}
	return bad.HTTPSlow > 0 && pause.For(r.Context(), bad.HTTPSlow) != nil
}

// deliver writes the body as fast, and as long, as the faults want it.
func (d *Device) deliver(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.WriteHeader(status)
	var err error
	switch bad := &d.config.Faults; {
	case bad.HTTPDrips:
		err = drip(w, r, body)
	case bad.HugeReply:
		err = pad(w, body)
	default:
		_, err = w.Write(body)
	}
	if err != nil {
		d.config.Log.Debug("ONVIF reply not taken", "peer", r.RemoteAddr, "err", err)
	}
}

func drip(w http.ResponseWriter, r *http.Request, body []byte) error {
	control := http.NewResponseController(w)
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return err
		}
		if err := control.Flush(); err != nil {
			return err
		}
		if pause.For(r.Context(), time.Second) != nil { // the asker went away
			return r.Context().Err()
		}
	}
	return nil
}

const (
	paddingBlock  = 64 << 10
	paddingBlocks = 1 << 10
)

// pad puts 64 MB of white space before the last tag.
func pad(w http.ResponseWriter, body []byte) error {
	last := max(bytes.LastIndexByte(body, '<'), 0)
	if _, err := w.Write(body[:last]); err != nil {
		return err
	}
	block := bytes.Repeat([]byte{' '}, paddingBlock)
	for range paddingBlocks {
		if _, err := w.Write(block); err != nil {
			return err
		}
	}
	_, err := w.Write(body[last:])
	return err
}
