//go:build e2e

package network

import (
	"os"
	"testing"

	"github.com/donhk/istream/e2e/internal/build"
)

// The binaries under test, built from the working copy.
var istream, camsim string

func TestMain(m *testing.M) {
	os.Exit(build.Main(m, build.Binary{Name: "istream", Path: &istream}, build.Binary{Name: "camsim", Path: &camsim}))
}
