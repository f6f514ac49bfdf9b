package backlog_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/services/shipper/internal/backlog"
)

func TestPatienceDoubles(t *testing.T) {
	p := patience(2*time.Second, time.Minute)
	for n, want := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
		if got := p.After(n + 1); got != want*time.Second {
			t.Errorf("after %d failures %v, want %d s", n+1, got, want)
		}
	}
}

func TestPatienceIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chance := rapid.Float64Range(0, 0.999).Draw(t, "chance")
		p := backlog.Patience{
			First:  time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "first")),
			Last:   time.Duration(rapid.Int64Range(1, int64(24*time.Hour)).Draw(t, "last")),
			Chance: func() float64 { return chance },
		}
		n := rapid.IntRange(1, 10_000).Draw(t, "failures")
		got := p.After(n)
		if got < min(p.First, p.Last)/2 || got > p.Last || got > p.After(n+1) {
			t.Fatalf("after %d failures %v, after one more %v", n, got, p.After(n+1))
		}
	})
}
