// Command demo shows iStream at work with nothing but this machine: a bus, an
// S3 store, a simulated camera found by discovery, and all services, in one
// process.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/pkg/service"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := service.Signals(context.Background())
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "demo: %v\n", err)
		return 1
	}
	return 0
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "demo",
		Short: "See iStream at work: no Docker, no camera, no account",
		Long: `Runs a bus, an S3 store, a simulated camera and all of iStream's services in
this process, until Ctrl-C. It tells where the first closed segment is as soon
as it is in the bucket, within a minute.

A camera of yours takes the simulated one's place with --camera; its user and
password are read from CAM_USER and CAM_PASS (or CAM_PASS_FILE).`,
		Example: `  go run ./cmd/demo
  CAM_USER=admin CAM_PASS_FILE=pass go run ./cmd/demo --camera rtsp://192.0.2.10:554/stream1`,
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.Context(), os.Stdout, os.Stderr) },
	}
	c.Flags().StringVar(&o.camera, "camera", "", "record `URL` (rtsp://host/path) instead of a simulated camera")
	c.Flags().StringVar(&o.dir, "dir", "", "keep everything in `FOLDER` (default: istream-demo in the system's temporary folder)")
	c.Flags().IntVar(&o.segment, "segment", 10, "`SECONDS` a segment lasts")
	c.Flags().IntVar(&o.quota, "quota", 50, "`MB` of footage that the bucket may hold")
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDRESS` of the page that shows the footage")
	return c
}
