package nic

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestWatchGoesByTheClockWhereNobodyTells(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	deaf := func(_ context.Context, changed func()) error { changed(); return errors.New("no netlink here") }
	calls := 0
	watch(ctx, deaf, time.Millisecond, func() {
		if calls++; calls == 3 {
			cancel()
		}
	})
	if calls != 3 {
		t.Errorf("%d calls", calls)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); Watch(ctx, func() {}) }()
	cancel()
	<-done
}
