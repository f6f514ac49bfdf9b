//go:build e2e

package e2e_test

import (
	"os"
	"testing"

	"github.com/donhk/istream/e2e/internal/build"
)

// istream is the binary under test, built from the working copy.
var istream string

func TestMain(m *testing.M) { os.Exit(build.Main(m, build.Binary{Name: "istream", Path: &istream})) }
