//go:build e2e

package e2e_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/donhk/istream/e2e/internal/build"
)

// istream is the binary under test, built from the working copy.
var istream string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	path, remove, err := build.Istream()
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
	istream = path
	return m.Run()
}
