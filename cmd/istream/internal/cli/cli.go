// Package cli is the istream command: flags, help, output and exit status.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/pkg/setting"
)

// The exit statuses. Whatever failed, it is never 0.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // a flag, an argument or a setting is wrong
)

// app is what the commands share.
type app struct {
	env     setting.Lookuper
	envFile string
	out     io.Writer
	err     io.Writer
}

// Main runs the command and returns its exit status.
func Main(ctx context.Context, args []string, env setting.Lookuper, stdout, stderr io.Writer) int {
	a := &app{env: env, out: stdout, err: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	_, _ = fmt.Fprintf(stderr, "istream: %v\n", err) // where nobody reads, the status still tells
	_, _, unknown := root.Find(args)
	if _, ok := errors.AsType[usageError](err); ok || unknown != nil {
		return exitUsage
	}
	return exitFailed
}

// usageError is the user's to mend before anything can run.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "istream",
		Short: "Footage of ONVIF cameras, safe in S3-compatible storage",
		Long: `istream records ONVIF and RTSP cameras as they are, without encoding, and
keeps the footage in an S3-compatible bucket, within a quota.

Settings come from the environment; .env.example documents each. --env reads
them from a file, without touching what the environment already says.`,
		Example: `  istream find                        which cameras are there?
  istream record rtsp://host/path .   record one, without anything else
  istream ignite --env .env           run everything in one process
  istream status                      how is it going?`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&a.envFile, "env", "", "read settings from `FILE` (NAME=value lines) where the environment has none")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w (see '%s --help')", err, c.CommandPath())}
	})
	root.AddGroup(&cobra.Group{ID: "run", Title: "Run:"}, &cobra.Group{ID: "see", Title: "Look:"}, &cobra.Group{ID: "step", Title: "Single steps:"})
	root.AddCommand(a.ignite(), a.bus(), a.discoverer(), a.recorder(), a.shipper(), a.janitor())
	root.AddCommand(a.status(), a.cameras(), a.coverage(), a.health(), a.version())
	root.AddCommand(a.find(), a.record(), a.clean(), a.nic())
	return root
}

// nothing checks that there are no arguments.
func nothing(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("there is no %q for '%s' (see '%s --help')", args[0], c.CommandPath(), c.CommandPath())}
	}
	return nil
}

// exactly checks the number of arguments, as a usage error.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s takes %s (see '%s --help')", c.CommandPath(), what, c.CommandPath())}
		}
		return nil
	}
}
