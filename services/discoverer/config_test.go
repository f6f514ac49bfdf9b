package discoverer

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/devicetest"
)

func TestConfig(t *testing.T) {
	var cfg Config
	from := setting.Map{"CAM_USER": "admin", "CAM_PASS": "secret", "CAMERAS": "front=192.0.2.9", "CAMERA_NAMES": "192.0.2.10=back"}
	if err := setting.Load(t.Context(), &cfg, from); err != nil {
		t.Fatal(err)
	}
	if cfg.NICs != "all" || cfg.Interval.Duration() != time.Minute || cfg.Window.Duration() != 3*time.Second || cfg.Cameras[0].ID() != "front" || cfg.Names[0].ID != "back" {
		t.Errorf("defaults %+v", cfg)
	}
}

func TestConfigFaults(t *testing.T) {
	var cfg Config
	err := setting.Load(t.Context(), &cfg, setting.Map{
		"SITE": "A Site", "BROADCAST_NIC": "eth0,../x", "DISCOVERY_INTERVAL": "2", "DISCOVERY_WINDOW": "1", "CAM_PASS": "secret",
		"CAMERAS": "front=192.0.2.9", "CAMERA_NAMES": "192.0.2.10=front",
	})
	if err == nil {
		t.Fatal("no fault")
	}
	lines := strings.Split(err.Error(), "\n")
	var names []string
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	want := []string{"SITE", "BROADCAST_NIC", "DISCOVERY_WINDOW", "DISCOVERY_INTERVAL", "CAM_USER", "CAMERA_NAMES"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Error("the password is shown")
	}
}

func TestNICs(t *testing.T) {
	lo := devicetest.Loopback(t).Name
	all, err := NICs(Config{NICs: lo + ",none0"})
	if err != nil {
		t.Fatal(err)
	}
	eligible := map[string]NIC{}
	for _, n := range all {
		if n.Eligible {
			eligible[n.Name] = n
		} else if n.Reason == "" {
			t.Errorf("%s is left out for no reason", n.Name)
		}
	}
	if n, ok := eligible[lo]; len(eligible) != 1 || !ok || len(n.Addresses) == 0 || all[len(all)-1].Name != "none0" {
		t.Errorf("eligible %+v of %+v", eligible, all)
	}
}
