package service

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Signals returns a context that ends at the first TERM or INT, so that work
// can be drained; the second ends the process at once, with the status that
// shells give to it. Call stop when done.
func Signals(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	heard := make(chan os.Signal, 2)
	signal.Notify(heard, syscall.SIGTERM, syscall.SIGINT)
	done := make(chan struct{})
	go func() {
		defer signal.Stop(heard)
		for first := true; ; first = false {
			select {
			case s := <-heard:
				if !first {
					os.Exit(128 + int(s.(syscall.Signal)))
				}
				cancel()
			case <-done:
				return
			}
		}
	}()
	return ctx, func() { cancel(); close(done) }
}
