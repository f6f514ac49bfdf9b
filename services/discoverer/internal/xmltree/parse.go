package xmltree

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The bounds of a document.
const (
	MaxNodes = 16384
	MaxDepth = 64
)

// The faults of a document that callers tell apart.
var (
	ErrEmpty     = errors.New("no XML")
	ErrTruncated = errors.New("XML that ends too early")
	ErrTooLarge  = errors.New("XML with too many elements")
)

// Parse reads the first element of b and all that is in it. It never fails
// for what is only sloppy.
func Parse(b []byte) (*Node, error) {
	d := xml.NewDecoder(bytes.NewReader(clean(b)))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	// clean has left UTF-8, whatever a second prolog may say.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	t := tree{}
	for {
		// Raw, since Token refuses a stray end tag and we resolve names ourselves.
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) || err != nil && strings.Contains(err.Error(), "unexpected EOF") {
			return nil, t.unfinished()
		}
		if err != nil {
			return nil, fmt.Errorf("reading XML: %w", err)
		}
		done, err := t.add(token)
		if err != nil {
			return nil, err
		}
		if done {
			return t.root, nil
		}
	}
}

type tree struct {
	root  *Node
	open  []*Node
	count int
}

func (t *tree) unfinished() error {
	if t.root == nil {
		return ErrEmpty
	}
	return ErrTruncated
}

func (t *tree) add(token xml.Token) (done bool, err error) {
	switch token := token.(type) {
	case xml.StartElement:
		return false, t.start(token.Copy())
	case xml.EndElement:
		t.end(token.Name)
		return t.root != nil && len(t.open) == 0, nil
	case xml.CharData:
		if len(t.open) > 0 {
			t.open[len(t.open)-1].text.Write(token)
		}
	}
	return false, nil
}

func (t *tree) start(e xml.StartElement) error {
	if t.count++; t.count > MaxNodes || len(t.open) >= MaxDepth {
		return ErrTooLarge
	}
	n := &Node{Name: e.Name.Local, Prefix: e.Name.Space, attrs: e.Attr}
	if t.root == nil {
		t.root = n
	} else {
		n.parent = t.open[len(t.open)-1]
		n.parent.Nodes = append(n.parent.Nodes, n)
	}
	t.open = append(t.open, n)
	return nil
}

// end closes the nearest element of that name, with all that is open in it;
// an end tag that nothing began means nothing.
func (t *tree) end(name xml.Name) {
	for i := len(t.open) - 1; i >= 0; i-- {
		if strings.EqualFold(t.open[i].Name, name.Local) {
			t.open = t.open[:i]
			return
		}
	}
}
