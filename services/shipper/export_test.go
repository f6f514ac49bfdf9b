package shipper

import "context"

// Limits are those of a Run.
type Limits = limits

// Usual are the ones that Run has.
func Usual() Limits { return usual() }

// RunWith is Run with other limits.
func RunWith(ctx context.Context, cfg Config, deps Deps, l Limits) error {
	return run(ctx, cfg, deps, l)
}
