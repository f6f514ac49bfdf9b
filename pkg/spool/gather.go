package spool

import "io"

// gathered is pieces of memory read as one.
type gathered [][]byte

func (g gathered) size() int64 {
	var n int64
	for _, p := range g {
		n += int64(len(p))
	}
	return n
}

// ReadAt implements io.ReaderAt.
func (g gathered) ReadAt(b []byte, at int64) (int, error) {
	n := 0
	for _, p := range g {
		if at >= int64(len(p)) {
			at -= int64(len(p))
			continue
		}
		n += copy(b[n:], p[at:])
		if n == len(b) {
			return n, nil
		}
		at = 0
	}
	return n, io.EOF
}

// after is what follows the first n bytes.
func (g gathered) after(n int64) gathered {
	for i, p := range g {
		if n < int64(len(p)) {
			rest := append(gathered{p[n:]}, g[i+1:]...)
			return rest
		}
		n -= int64(len(p))
	}
	return nil
}
