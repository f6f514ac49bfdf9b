// Package bustest gives a test a bus of its own.
package bustest

import (
	"log/slog"
	"testing"

	"github.com/donhk/istream/pkg/bus"
)

// Start brings up an embedded server on a free port and a connection with all
// streams made; both end with the test.
func Start(t testing.TB) (*bus.Server, *bus.Bus) {
	t.Helper()
	cfg := Config(t)
	server, err := bus.Start(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, Connect(t, server)
}

// Config is that of a server on a free port with its files in the test's folder.
func Config(t testing.TB) bus.Config {
	t.Helper()
	return bus.Config{Listen: "127.0.0.1:0", Dir: t.TempDir(), MaxMemory: 16e6, MaxStore: 512e6}
}

// Connect is one more connection to server.
func Connect(t testing.TB, server *bus.Server) *bus.Bus {
	t.Helper()
	b, err := bus.Connect(bus.Config{URL: server.URL()}, nil, t.Name(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}
