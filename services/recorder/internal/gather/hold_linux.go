package gather

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// held is how much may wait in the kernel before the reader is woken: two
// megabytes are 20 Mb/s for the usual interval.
const held = 2 << 20

// hold has the kernel keep what comes, and wake the reader only if more waits.
// SO_RCVLOWAT also raises the receive buffer, which SO_RCVBUF can't do beyond
// net.core.rmem_max without privileges (tcp(7), socket(7)).
func hold(raw syscall.RawConn) error {
	return control(raw, func(fd int) error {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, held); err != nil {
			return err
		}
		mark, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT)
		if err != nil {
			return err
		}
		room, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		if err != nil || room > mark {
			return err
		}
		// A kernel before 4.18 leaves the buffer as it was: it has to be read
		// before it is full.
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, max(room/4, 1))
	})
}

// release has the reader woken by whatever comes.
func release(raw syscall.RawConn) error {
	return control(raw, func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, 1)
	})
}

func control(raw syscall.RawConn, do func(fd int) error) error {
	var err error
	fault := raw.Control(func(fd uintptr) { err = do(int(fd)) })
	return errors.Join(fault, err)
}
