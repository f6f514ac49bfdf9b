package service_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/service"
)

var quiet = slog.New(slog.DiscardHandler)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestHealthIsAskedOverASocket(t *testing.T) {
	cfg := service.HealthConfig{Dir: filepath.Join(t.TempDir(), "h")}
	if reports, err := service.AskHealth(cfg); err != nil || reports != nil {
		t.Fatalf("nobody there: %v, %v", reports, err)
	}
	h := service.NewHealth()
	stop, err := h.Serve(cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	h.Set("shipper", nil)
	h.Set("recorder", errors.New("the spool is gone"))
	reports, err := service.AskHealth(cfg)
	if err != nil || len(reports) != 2 {
		t.Fatalf("%v, %v", reports, err)
	}
	if r := reports[0]; r.Service != "recorder" || r.OK || r.Error != "the spool is gone" || r.PID != os.Getpid() {
		t.Errorf("%+v", r)
	}
	if r := reports[1]; r.Service != "shipper" || !r.OK {
		t.Errorf("%+v", r)
	}
	stop()
	if reports, err := service.AskHealth(cfg); err != nil || reports != nil {
		t.Errorf("after the end: %v, %v", reports, err)
	}
}

func TestASocketOfADeadProcessIsRemoved(t *testing.T) {
	cfg := service.HealthConfig{Dir: t.TempDir()}
	path := filepath.Join(cfg.Dir, "1.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if reports, err := service.AskHealth(cfg); err != nil || reports != nil {
		t.Fatalf("%v, %v", reports, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("litter left: %v", err)
	}
}

// A name that is too long for a socket stands for all that may be in the way
// of asking, as want of descriptors or of a right.
func TestASocketThatCannotBeAskedStays(t *testing.T) {
	cfg := service.HealthConfig{Dir: filepath.Join(t.TempDir(), strings.Repeat("x", 200))}
	path := filepath.Join(cfg.Dir, "1.sock")
	if err := errors.Join(os.Mkdir(cfg.Dir, 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if reports, err := service.AskHealth(cfg); err == nil {
		t.Errorf("no fault, but %v", reports)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("removed: %v", err)
	}
}

func TestEveryInstanceAnswers(t *testing.T) {
	server, a := bustest.Start(t)
	b := bustest.Connect(t, server)
	for id, nc := range map[string]*nats.Conn{"a": a.NC, "b": b.NC} {
		stop, err := service.Answer(nc, "pi", events.ServiceRecorder, func() any { return events.RecorderStatus{Site: "pi", ID: id} }, quiet)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	inbox := a.NC.NewInbox()
	sub, err := a.NC.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.NC.PublishRequest(events.StatusSubject("pi", events.ServiceRecorder), inbox, nil); err != nil {
		t.Fatal(err)
	}
	heard := map[string]bool{}
	for range 2 {
		msg, err := sub.NextMsg(5 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var status events.RecorderStatus
		if err := json.Unmarshal(msg.Data, &status); err != nil {
			t.Fatal(err)
		}
		heard[status.ID] = true
	}
	if !heard["a"] || !heard["b"] {
		t.Errorf("heard %v", heard)
	}
	stats, err := a.NC.Request("$SRV.STATS.istream-recorder", nil, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(stats.Data), `"name":"istream-recorder"`) || !strings.Contains(string(stats.Data), `"site":"pi"`) {
		t.Errorf("stats: %s", stats.Data)
	}
}

func TestLogFormats(t *testing.T) {
	for format, want := range map[string]string{"text": "WRN low", "json": `"msg":"low"`} {
		var out bytes.Buffer
		log, err := service.NewLogger(&out, service.LogConfig{Level: "warn", Format: format})
		if err != nil {
			t.Fatal(err)
		}
		log.Info("not told")
		log.Warn("low", "pass", "x")
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "not told") {
			t.Errorf("%s: %q", format, &out)
		}
	}
	for _, bad := range []service.LogConfig{{Level: "loud", Format: "text"}, {Level: "info", Format: "xml"}} {
		if bad.Validate() == nil {
			t.Errorf("%+v passed", bad)
		}
	}
}
