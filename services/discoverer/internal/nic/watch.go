package nic

import (
	"context"
	"time"

	"github.com/donhk/istream/pkg/pause"
)

// interval is between looks where the system does not tell of changes.
const interval = 5 * time.Second

// Watch calls changed whenever interfaces or their IPv4 addresses may have
// changed, until ctx ends.
func Watch(ctx context.Context, changed func()) {
	watch(ctx, changes, interval, changed)
}

// watch goes by the clock once the system tells no more.
func watch(ctx context.Context, told func(context.Context, func()) error, every time.Duration, changed func()) {
	if err := told(ctx, changed); err == nil {
		return
	}
	for pause.For(ctx, every) == nil {
		changed()
	}
}
