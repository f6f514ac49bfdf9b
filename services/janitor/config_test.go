package janitor_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/janitor"
)

func TestFaultyConfigurations(t *testing.T) {
	var cfg janitor.Config
	if err := setting.Load(t.Context(), &cfg, setting.Map{}); err != nil || cfg.MaxUsedSpace != 15*setting.MB || cfg.CleanDirInterval.Duration() != 10*time.Second {
		t.Errorf("%v: %+v", err, cfg)
	}
	if err := setting.Load(t.Context(), &cfg, setting.Map{"MAX_USED_SPACE": "1.5", "CLEAN_DIR_INTERVAL": "1m"}); err != nil || cfg.MaxUsedSpace.Bytes() != 1_500_000 || cfg.CleanDirInterval.Duration() != time.Minute {
		t.Errorf("%v: %+v", err, cfg)
	}
	err := setting.Load(t.Context(), &cfg, setting.Map{"MAX_USED_SPACE": "0.5", "CLEAN_DIR_INTERVAL": "10ms", "SITE": "At Tic"})
	for _, variable := range []string{"MAX_USED_SPACE", "CLEAN_DIR_INTERVAL", "SITE"} {
		if err == nil || !strings.Contains(err.Error(), variable+": ") {
			t.Errorf("%s is not in %v", variable, err)
		}
	}
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); !ok || len(joined.Unwrap()) != 3 {
		t.Errorf("not three faults: %v", err)
	}
}
