package bus_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/setting"
)

func TestAddressesAreTakenWithoutTheirCredentials(t *testing.T) {
	for url, want := range map[string]string{ // empty: refused
		"":                                 bus.DefaultURL,
		"nats://127.0.0.1:4222":            "nats://127.0.0.1:4222",
		"nats://u:hunter2@vm:4222":         "nats://vm:4222",
		"u:hunter2@vm:4222":                "nats://vm:4222",
		"hunter2@vm":                       "nats://vm",
		"tls://hunter2@a:1, u:hunter2@b:2": "tls://a:1,nats://b:2",
		"nats://u:hunter2%zz@vm:4222":      "",
		"nats://u:hunter2@vm:1x":           "",
		"nats://u:hunter2/x@vm":            "",
		"u:hunter2@":                       "",
	} {
		cfg := bus.Config{URL: url, Listen: "127.0.0.1:0", MaxMemory: 2 * setting.MB, MaxStore: 16 * setting.MB}
		err := cfg.Validate()
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the password is told: %v", url, err)
		}
		if (err != nil) != (want == "") {
			t.Errorf("%q: %v", url, err)
			continue
		}
		if want != "" {
			if got := cfg.Address(); got != want {
				t.Errorf("%q: address %q, want %q", url, got, want)
			}
			continue
		}
		_, err = bus.Connect(cfg, nil, "x", quiet)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: connecting: %v", url, err)
		}
	}
}

// The least that the settings allow has to be enough.
func TestTheLeastBoundsHoldAllStreams(t *testing.T) {
	cfg := bustest.Config(t)
	cfg.MaxMemory, cfg.MaxStore = 2*setting.MB, 16*setting.MB
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	server, err := bus.Start(cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	b, err := bus.Connect(cfg, server, "least", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Ensure(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestABusThatCannotStoreSaysSoAtOnce(t *testing.T) {
	cfg := bustest.Config(t)
	if err := os.WriteFile(filepath.Join(cfg.Dir, "jetstream"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		server, err := bus.Start(cfg, quiet)
		if err == nil {
			server.Close()
		}
		failed <- err
	}()
	select {
	case err := <-failed:
		if err == nil || !strings.Contains(err.Error(), "directory") {
			t.Errorf("started: %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("says nothing for a minute")
	}
}

func TestARefusedConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	cfg := bustest.Config(t)
	server, err := bus.Start(cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.Connect(bus.Config{URL: server.URL()}, nil, "patient", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	eventually(t, "connected", b.NC.IsConnected)
	cfg.Listen = strings.TrimPrefix(server.URL(), "nats://")
	server.Close()

	refuse(t, cfg.Listen, 3) // the client's own patience ends at 2
	server, err = bus.Start(cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	eventually(t, "connected again", b.NC.IsConnected)
}

// refuse is a server that lets nobody in, n times.
func refuse(t *testing.T, address string, n int) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := l.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for range n {
		c, err := l.Accept()
		if err != nil {
			t.Fatalf("not asked again: %v", err)
		}
		if _, err := io.WriteString(c, "INFO {\"server_id\":\"x\",\"auth_required\":true,\"max_payload\":1024}\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(c).ReadString('\n'); err != nil { // CONNECT
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "-ERR 'Authorization Violation'\r\n"); err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
}
