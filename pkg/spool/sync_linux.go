package spool

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// maxPieces is what one pwritev takes (IOV_MAX).
const maxPieces = 1024

// syncData leaves out what only the times of a file would need.
func syncData(f *os.File) error {
	return os.NewSyscallError("fdatasync", unix.Fdatasync(int(f.Fd())))
}

// writeAll writes the pieces at an offset: in one call, unless the kernel takes
// less.
func writeAll(f *os.File, pieces gathered, at int64) error {
	for pieces.size() > 0 {
		n, err := unix.Pwritev(int(f.Fd()), pieces[:min(len(pieces), maxPieces)], at)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err == nil && n == 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			return &os.PathError{Op: "write", Path: f.Name(), Err: err}
		}
		at += int64(n)
		pieces = pieces.after(int64(n))
	}
	return nil
}
