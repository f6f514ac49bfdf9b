package fault_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/donhk/istream/pkg/fault"
)

func TestAFaultIsToldOnceThenCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		r := fault.New(slog.New(slog.NewTextHandler(&out, nil)), "uploading")
		lines := func() int { return strings.Count(out.String(), "\n") }
		r.Recovered()
		for range 100 { // 9 min 54 s
			r.Failed(errors.New("no route"))
			time.Sleep(6 * time.Second)
		}
		if lines() != 1 {
			t.Fatalf("told %d times:\n%s", lines(), &out)
		}
		r.Failed(errors.New("no route"))
		if lines() != 2 || !strings.Contains(out.String(), "failures=101") {
			t.Fatalf("not told again after 10 min:\n%s", &out)
		}
		r.Failed(errors.New("denied"))
		if lines() != 2 {
			t.Fatalf("two lines within a minute:\n%s", &out)
		}
		time.Sleep(time.Minute)
		r.Failed(errors.New("denied"))
		if lines() != 3 || r.Failing() != 103 {
			t.Fatalf("another fault is not told (%d):\n%s", r.Failing(), &out)
		}
		r.Recovered()
		r.Recovered()
		if lines() != 4 || !strings.Contains(out.String(), `uploading recovered" failures=103 over=11m0s`) {
			t.Fatalf("recovery:\n%s", &out)
		}
	})
}
