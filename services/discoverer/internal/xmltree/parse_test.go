package xmltree

import (
	"errors"
	"strings"
	"testing"
)

var documents = []struct {
	name, in string
	want     string // text of a/b
	err      error
}{
	{name: "plain", in: `<a><b>x</b></a>`, want: "x"},
	{name: "prefixes", in: `<q:a xmlns:q="urn:q"><z:b> x </z:b></q:a>`, want: "x"},
	{name: "other case", in: `<A><B>x</B></A>`, want: "x"},
	{name: "byte order mark", in: "\xef\xbb\xbf<?xml version=\"1.0\"?><a><b>x</b></a>", want: "x"},
	{name: "leading white space and junk", in: "\r\n  junk <?xml version=\"1.0\"?>\r\n<a><b>x</b></a>", want: "x"},
	{name: "NUL at the end", in: "<a><b>x</b></a>\x00", want: "x"},
	{name: "NUL inside", in: "<a><b>\x00x\x00</b></a>", want: "x"},
	{name: "GB2312", in: "<?xml version=\"1.0\" encoding=\"GB2312\"?><a><c>\xc9\xe3\xcf\xf1</c><b>x</b></a>", want: "x"},
	{name: "utf8 without dash", in: `<?xml version="1.0" encoding="utf8"?><a><b>x</b></a>`, want: "x"},
	{name: "version 1.1", in: `<?xml version="1.1"?><a><b>x</b></a>`, want: "x"},
	{name: "bare ampersand", in: `<a><b>rtsp://h/?a=1&b=2</b></a>`, want: "rtsp://h/?a=1&b=2"},
	{name: "entity", in: `<a><b>a&amp;b&nbsp;c</b></a>`, want: "a&b\u00a0c"},
	{name: "CDATA", in: `<a><b><![CDATA[x<&>]]></b></a>`, want: "x<&>"},
	{name: "CRLF", in: "<a>\r\n<b>\r\nx\r\n</b>\r\n</a>\r\n", want: "x"},
	{name: "crossed tags", in: `<a><b>x</a>`, want: "x"},
	{name: "stray end tag", in: `<a></c><b>x</b></a>`, want: "x"},
	{name: "text after the end", in: `<a><b>x</b></a><html>no`, want: "x"},
	{name: "unquoted attribute", in: `<a k=v><b>x</b></a>`, want: "x"},
	{name: "empty", in: "", err: ErrEmpty},
	{name: "NUL alone", in: "\x00", err: ErrEmpty},
	{name: "text alone", in: "hello", err: ErrEmpty},
	{name: "cut short", in: `<a><b>x`, err: ErrTruncated},
	{name: "cut in a tag", in: `<a><b`, err: ErrTruncated},
	{name: "deep", in: strings.Repeat("<a>", MaxDepth+1), err: ErrTooLarge},
	{name: "wide", in: "<a>" + strings.Repeat("<b/>", MaxNodes), err: ErrTooLarge},
}

func TestParse(t *testing.T) {
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			root, err := Parse([]byte(d.in))
			if !errors.Is(err, d.err) {
				t.Fatalf("error %v, want %v", err, d.err)
			}
			if err == nil && root.At("b").Text() != d.want {
				t.Errorf("got %q, want %q", root.At("b").Text(), d.want)
			}
		})
	}
}

func TestNode(t *testing.T) {
	root, err := Parse([]byte(`<a xmlns="urn:d" xmlns:p="urn:p"><b k="1" p:K2=" 2 "><c>3</c></b><b><c>4</c></b></a>`))
	if err != nil {
		t.Fatal(err)
	}
	b := root.Child("b")
	if b.Attr("k") != "1" || b.Attr("k2") != "2" || b.Attr("p") != "" {
		t.Error("attributes by local name")
	}
	if root.At("b", "c").Namespace("p") != "urn:p" || b.Namespace("") != "urn:d" || b.Namespace("x") != "" {
		t.Error("namespaces by scope")
	}
	var all []string
	for c := range root.All("c") {
		all = append(all, c.Text())
	}
	if strings.Join(all, ",") != "3,4" {
		t.Errorf("all c: %v", all)
	}
	if n, ok := root.First("c").Int(); n != 3 || !ok {
		t.Error("number")
	}
	if nothing := root.At("x", "y", "z"); nothing.Text() != "" || nothing.Attr("k") != "" || nothing.First("b") != nil || nothing.Child("b") != nil {
		t.Error("a path that leads nowhere")
	}
}

func FuzzParse(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		root, err := Parse(b)
		if (root == nil) == (err == nil) {
			t.Fatalf("root %t, error %v", root != nil, err)
		}
		if err != nil {
			return
		}
		count := 1
		var walk func(*Node)
		walk = func(n *Node) {
			for _, c := range n.Nodes {
				count++
				walk(c)
			}
		}
		if walk(root); count > MaxNodes {
			t.Fatalf("%d elements", count)
		}
	})
}
