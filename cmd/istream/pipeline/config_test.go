package pipeline_test

import (
	"testing"

	"github.com/donhk/istream/cmd/istream/pipeline"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/recorder"
)

func TestOneServiceNeedsItsOwnSettingsAlone(t *testing.T) {
	env := setting.Map{"SITE": "attic", "SEGMENT_DURATION": "7", "MAX_USED_SPACE": "the janitor's to mind"}
	cfg := pipeline.Config{Recorder: &recorder.Config{}}
	if err := setting.Load(t.Context(), &cfg, env); err != nil {
		t.Fatal(err)
	}
	if cfg.Store != nil || cfg.Discoverer != nil || cfg.Shipper != nil || cfg.Janitor != nil {
		t.Errorf("a recorder's process would run more: %+v", cfg)
	}
	if cfg.Site.Site() != "attic" || cfg.Recorder.Site.Site() != "attic" || cfg.Bus.Listen == "" {
		t.Errorf("not loaded: %+v", cfg)
	}
}
