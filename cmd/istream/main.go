// Command istream records ONVIF cameras into S3-compatible storage: every
// service is a sub-command, `ignite` runs them all, and the rest manages them.
package main

import (
	"context"
	"os"

	"github.com/donhk/istream/cmd/istream/internal/cli"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := service.Signals(context.Background())
	defer stop()
	return cli.Main(ctx, os.Args[1:], setting.Env(), os.Stdout, os.Stderr)
}
