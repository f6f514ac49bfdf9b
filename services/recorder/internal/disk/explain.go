package disk

import (
	"errors"
	"fmt"
	"syscall"
)

// Explain puts before a fault of the disk what it means to its owner.
func Explain(err error) error {
	for errno, means := range meanings {
		if errors.Is(err, errno) {
			return fmt.Errorf("%s: %w", means, err)
		}
	}
	return err
}

var meanings = map[syscall.Errno]string{
	syscall.ENOSPC: "the disk is full",
	syscall.EDQUOT: "the disk's quota is used up",
	syscall.EROFS:  "the disk is mounted read-only",
	syscall.EACCES: "iStream's user may not write there",
	syscall.EPERM:  "nobody may write there",
	syscall.EIO:    "the disk fails",
}
