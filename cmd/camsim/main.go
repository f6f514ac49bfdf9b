// Command camsim simulates network cameras: ONVIF devices that discovery finds
// and RTSP servers that play a clip for ever, with faults on demand.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	// The second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	command := newCommand(os.Getenv)
	command.SetArgs(os.Args[1:])
	if err := command.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "camsim:", err)
		return 1
	}
	return 0
}
