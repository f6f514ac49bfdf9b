package xmltree

import (
	"bytes"
	"unicode/utf8"
)

// clean makes b palatable for encoding/xml: what stands before the first
// element is cut (byte order mark, junk, a prolog that names a charset we
// don't have), control characters go, bytes that are no UTF-8 become U+FFFD.
func clean(b []byte) []byte {
	b = trimProlog(b)
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			out = utf8.AppendRune(out, utf8.RuneError)
		case r >= ' ' && r != 0xFFFE && r != 0xFFFF, r == '\t', r == '\n', r == '\r':
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	return out
}

func trimProlog(b []byte) []byte {
	i := bytes.IndexByte(b, '<')
	if i < 0 {
		return nil
	}
	b = b[i:]
	if !bytes.HasPrefix(b, []byte("<?xml")) {
		return b
	}
	if _, rest, ok := bytes.Cut(b, []byte("?>")); ok {
		return rest
	}
	return b
}
