package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/donhk/istream/pkg/pause"
)

// compare measures all subjects at n cameras, in turns, and prints a row each.
func (b *bench) compare(ctx context.Context, n int) error {
	subjects := b.subjects()
	results := make([][]cost, len(subjects))
	for round := range b.rounds {
		for i, s := range subjects {
			c, err := b.measure(ctx, s, n, filepath.Join(b.dir, fmt.Sprintf("%s-%d-%d", s.name, n, round)))
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			results[i] = append(results[i], c)
		}
	}
	peer := median(results[0])
	for i, s := range subjects {
		printRow(s.name, n, b.window, median(results[i]), peer)
	}
	return nil
}

// measure runs one subject over new cameras.
func (b *bench) measure(ctx context.Context, s subject, n int, dir string) (cost, error) {
	urls, stop, err := b.startCameras(ctx, n)
	if err != nil {
		return cost{}, err
	}
	defer stop()
	processes, err := s.start(ctx, urls, dir)
	defer func() {
		for _, p := range processes {
			end(p)
		}
	}()
	if err != nil {
		return cost{}, err
	}
	if err := pause.For(ctx, b.settle); err != nil {
		return cost{}, err
	}
	framesBefore, _, err := count(dir)
	if err != nil {
		return cost{}, err
	}
	began := time.Now()
	before, err := measure(processes)
	if err != nil {
		return cost{}, err
	}
	if err := pause.For(ctx, b.window); err != nil {
		return cost{}, err
	}
	after, err := measure(processes)
	if err != nil {
		return cost{}, err
	}
	took := time.Since(began)
	frames, media, err := count(dir)
	if err != nil {
		return cost{}, err
	}
	after.cpu -= before.cpu
	after.writes, after.written, after.wakeups = after.writes-before.writes, after.written-before.written, after.wakeups-before.wakeups
	after.frames = float64(frames-framesBefore) / float64(n) / took.Seconds()
	after.media = media
	return after, nil
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
	return cost{
		cpu: time.Duration(pick(func(c cost) float64 { return float64(c.cpu) })),
		rss: int64(pick(func(c cost) float64 { return float64(c.rss) })), pss: int64(pick(func(c cost) float64 { return float64(c.pss) })),
		writes: int64(pick(func(c cost) float64 { return float64(c.writes) })), written: int64(pick(func(c cost) float64 { return float64(c.written) })),
		wakeups: int64(pick(func(c cost) float64 { return float64(c.wakeups) })), frames: pick(func(c cost) float64 { return c.frames }),
	}
}

func printHead() {
	fmt.Println("| cameras | recorder | CPU, % of a core | ratio | RSS, MB | PSS, MB | write calls/s | written, MB/s | wake-ups/s | frames/s a camera |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")
}

func printRow(name string, n int, window time.Duration, c, peer cost) {
	s := window.Seconds()
	fmt.Printf("| %d | %s | %.2f | %.2f | %.1f | %.1f | %.1f | %.2f | %.0f | %.1f |\n", n, name,
		100*c.cpu.Seconds()/s, float64(c.cpu)/float64(peer.cpu), float64(c.rss)/1e6, float64(c.pss)/1e6,
		float64(c.writes)/s, float64(c.written)/s/1e6, float64(c.wakeups)/s, c.frames)
}
