package recorder_test

import (
	"strings"
	"testing"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder"
)

func TestConfigTellsEveryFault(t *testing.T) {
	var cfg recorder.Config
	err := setting.Load(t.Context(), &cfg, setting.Map{
		"SEGMENT_DURATION": "0.5", "RECONNECT_INTERVAL": "an hour", "SYNC_INTERVAL": "-1", "SITE": "My Pi",
	})
	if err == nil {
		t.Fatal("no fault")
	}
	for _, name := range []string{"SEGMENT_DURATION: must be from 1 s to 1 h", "RECONNECT_INTERVAL", "SYNC_INTERVAL", "SITE"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q is missing in:\n%v", name, err)
		}
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != 4 {
		t.Errorf("%d lines:\n%v", lines, err)
	}
}

func TestConfigDefaults(t *testing.T) {
	var cfg recorder.Config
	if err := setting.Load(t.Context(), &cfg, setting.Map{"CAMERAS": "door=rtsp://10.0.0.5/stream"}); err != nil {
		t.Fatal(err)
	}
	if cfg.Segment.String() != "1m0s" || cfg.Reconnect.String() != "2s" || cfg.Sync.String() != "2s" || cfg.Spool != "data/spool" || len(cfg.Cameras) != 1 {
		t.Fatalf("%+v", cfg)
	}
}
