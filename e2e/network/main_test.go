//go:build e2e

package network

import (
	"fmt"
	"os"
	"testing"

	"github.com/donhk/istream/e2e/internal/build"
)

// The binaries under test, built from the working copy.
var istream, camsim string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	for _, b := range []struct {
		path *string
		make func() (string, func() error, error)
	}{{&istream, build.Istream}, {&camsim, build.Camsim}} {
		path, remove, err := b.make()
		if remove != nil {
			defer func() {
				if err := remove(); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
			}()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		*b.path = path
	}
	return m.Run()
}
