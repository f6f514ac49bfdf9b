package wsd

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/xml"
	"fmt"
	"strings"
	"text/template"
)

//go:embed messages
var files embed.FS

// The messages a device sends.
const (
	helloMessage = "Hello.xml"
	byeMessage   = "Bye.xml"
	matchMessage = "ProbeMatches.xml"
)

func templates() (*template.Template, error) {
	parsed, err := template.New("").Funcs(template.FuncMap{"xml": escape}).ParseFS(files, "messages/*.xml")
	if err != nil {
		return nil, fmt.Errorf("reading the message templates: %w", err)
	}
	return parsed, nil
}

func escape(text string) (string, error) {
	var escaped strings.Builder
	err := xml.EscapeText(&escaped, []byte(text))
	return escaped.String(), err
}

// message is what the templates are filled from.
type message struct {
	MessageID string
	RelatesTo string
	Instance  int64
	Number    int64
	Endpoint  string
	Scopes    string
	XAddrs    string
}

// render makes one message; xaddrs are those of the NIC it leaves by.
func (r *Responder) render(name, relatesTo string, xaddrs []string) ([]byte, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = r.templates.ExecuteTemplate(&text, name, message{
		MessageID: id,
		RelatesTo: relatesTo,
		Instance:  r.instance,
		Number:    r.number.Add(1),
		Endpoint:  r.config.Endpoint,
		Scopes:    strings.Join(r.config.Scopes, " "),
		XAddrs:    strings.Join(xaddrs, " "),
	})
	if err != nil {
		return nil, fmt.Errorf("filling %s: %w", name, err)
	}
	return text.Bytes(), nil
}

// newID is a random UUID (RFC 9562, 5.4) as a URN.
func newID() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("making a message id: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
