//go:build !linux

package s3

import (
	"syscall"
	"time"
)

// userTimeout is Linux's; elsewhere keep-alive probes and the limit on
// connections that stand still do its work, later.
func userTimeout(time.Duration) func(network, address string, c syscall.RawConn) error { return nil }
