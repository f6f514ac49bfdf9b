package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/donhk/istream/pkg/pause"
)

// compare measures all subjects at n cameras, in turns: a row each.
func (b *bench) compare(ctx context.Context, n int) ([]row, error) {
	subjects := b.subjects()
	results := make([][]cost, len(subjects))
	for round := range b.rounds {
		for i, s := range subjects {
			c, err := b.measure(ctx, s, n, filepath.Join(b.dir, "footage"))
			if err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", s.name, round+1, err)
			}
			results[i] = append(results[i], c)
		}
	}
	var rows []row
	for i, s := range subjects {
		rows = append(rows, newRow(s.name, n, b.window, median(results[i]), median(results[0])))
	}
	return rows, equal(rows)
}

// equal is an error where somebody recorded fewer frames than another.
func equal(rows []row) error {
	const tolerance = 0.01
	best := slices.MaxFunc(rows, func(a, b row) int { return int(1e6 * (a.Frames - b.Frames)) })
	for _, r := range rows {
		if r.Frames < best.Frames-tolerance {
			return fmt.Errorf("%s recorded %.2f %% of the frames where %s recorded %.2f %%: its cost says nothing", r.Recorder, 100*r.Frames, best.Recorder, 100*best.Frames)
		}
	}
	return nil
}

// measure runs one subject over new cameras.
func (b *bench) measure(ctx context.Context, s subject, n int, dir string) (c cost, err error) {
	urls, began, stop, err := b.startCameras(ctx, n)
	if err != nil {
		return cost{}, err
	}
	defer stop()
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	processes, err := s.start(ctx, urls, dir)
	defer func() {
		for _, p := range processes {
			end(p)
		}
	}()
	if err != nil {
		return cost{}, err
	}
	if err := b.footage(ctx, dir, n); err != nil {
		return cost{}, err
	}
	if err := pause.For(ctx, b.settle); err != nil {
		return cost{}, err
	}
	from := time.Since(began)
	before, err := measure(processes, dir)
	if err != nil {
		return cost{}, err
	}
	if err := pause.For(ctx, b.window); err != nil {
		return cost{}, err
	}
	until := time.Since(began)
	after, err := measure(processes, dir)
	if err != nil {
		return cost{}, err
	}
	c = after.since(before)
	for _, p := range processes {
		end(p)
	}
	processes = nil
	// A second at each end for what is on its way.
	c.frames, err = recorded(dir, n, uint64((from.Seconds()+1)*b.rate), uint64((until.Seconds()-1)*b.rate))
	return c, err
}

// footage waits until each camera has some.
func (b *bench) footage(ctx context.Context, dir string, n int) error {
	for deadline := time.Now().Add(2 * time.Minute); ; {
		have, err := cameras(dir)
		if err != nil {
			return err
		}
		if have == n {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after two minutes %d cameras of %d have footage", have, n)
		}
		if err := pause.For(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// median takes each figure's own.
func median(all []cost) cost {
	pick := func(value func(cost) float64) float64 {
		values := make([]float64, len(all))
		for i, c := range all {
			values[i] = value(c)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	least := slices.MinFunc(all, func(a, b cost) int { return int(1e6 * (a.frames - b.frames)) })
	return cost{
		cpu: time.Duration(pick(func(c cost) float64 { return float64(c.cpu) })),
		rss: int64(pick(func(c cost) float64 { return float64(c.rss) })), pss: int64(pick(func(c cost) float64 { return float64(c.pss) })),
		writes: int64(pick(func(c cost) float64 { return float64(c.writes) })), written: int64(pick(func(c cost) float64 { return float64(c.written) })),
		media:   int64(pick(func(c cost) float64 { return float64(c.media) })),
		wakeups: int64(pick(func(c cost) float64 { return float64(c.wakeups) })), frames: least.frames,
	}
}
