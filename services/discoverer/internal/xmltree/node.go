package xmltree

import (
	"encoding/xml"
	"iter"
	"strconv"
	"strings"
)

// Node is an element. A nil Node has no children and no text, so that a path
// can be followed without looking at each step.
type Node struct {
	Name   string // local
	Prefix string
	Nodes  []*Node

	attrs  []xml.Attr
	text   strings.Builder
	parent *Node
}

// Child is the first child called name, whatever its prefix; else nil.
func (n *Node) Child(name string) *Node {
	for child := range n.Children(name) {
		return child
	}
	return nil
}

// Children are the children called name.
func (n *Node) Children(name string) iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			if strings.EqualFold(child.Name, name) && !yield(child) {
				return
			}
		}
	}
}

// At follows a path of local names.
func (n *Node) At(path ...string) *Node {
	for _, name := range path {
		n = n.Child(name)
	}
	return n
}

// All are the elements called name below n, at any depth, in their order.
func (n *Node) All(name string) iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.walk(name, yield) }
}

func (n *Node) walk(name string, yield func(*Node) bool) bool {
	if n == nil {
		return true
	}
	for _, child := range n.Nodes {
		if strings.EqualFold(child.Name, name) && !yield(child) || !child.walk(name, yield) {
			return false
		}
	}
	return true
}

// First is the first element called name below n, at any depth; else nil.
func (n *Node) First(name string) *Node {
	for found := range n.All(name) {
		return found
	}
	return nil
}

// Text is n's own text without surrounding white space.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(n.text.String())
}

// Int is n's text as a number; ok is false for any other text.
func (n *Node) Int() (value int, ok bool) {
	value, err := strconv.Atoi(n.Text())
	return value, err == nil
}

// Attr is the attribute called name, whatever its prefix.
func (n *Node) Attr(name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.attrs {
		if strings.EqualFold(a.Name.Local, name) && a.Name.Space != "xmlns" {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// Namespace is what a prefix stands for at n; "" where nothing says so.
func (n *Node) Namespace(prefix string) string {
	for ; n != nil; n = n.parent {
		for _, a := range n.attrs {
			if a.Name.Space == "xmlns" && a.Name.Local == prefix || prefix == "" && a.Name.Space == "" && a.Name.Local == "xmlns" {
				return a.Value
			}
		}
	}
	return ""
}
