package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts run this very program, as their user would.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"istream": func() { os.Exit(run()) }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HEALTH_DIR", env.WorkDir+"/health")
			return nil
		},
	})
}
