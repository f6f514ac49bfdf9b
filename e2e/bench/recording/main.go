// Command recording measures what recording costs: istream's recorder against
// ffmpeg -c copy (and mediamtx, where it is on the PATH), on the same simulated
// cameras, in the same run.
//
// All record 1080p at 25 frames/s and 4 Mb/s. A row is the median of the rounds,
// which alternate; a ratio below 1 says that less was taken than by ffmpeg. Each
// frame carries its number, and the run fails where somebody recorded fewer than
// the others: who drops frames looks cheap.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// bench is what the flags say, and what the cameras play.
type bench struct {
	cameras []int
	rounds  int
	settle  time.Duration
	window  time.Duration
	segment time.Duration
	plot    string
	profile string
	asJSON  bool

	dir     string
	clip    string
	rate    float64 // frames a second of the clip
	istream string
	camsim  string
}

func main() {
	if os.Getenv(profileVariable) != "" {
		os.Exit(profiled())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "recording: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	var b bench
	cameras := flag.String("cameras", "1,4,16,64", "numbers of cameras to measure at")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds a number of cameras; the median counts")
	flag.DurationVar(&b.settle, "settle", 4*time.Second, "time between the last camera's first footage and the measurement")
	flag.DurationVar(&b.window, "window", 20*time.Second, "time that is measured")
	flag.DurationVar(&b.segment, "segment", 20*time.Second, "duration of a segment; not longer than the window, so that each camera's closing counts")
	flag.StringVar(&b.istream, "istream", "bin/istream", "the binary")
	flag.StringVar(&b.clip, "clip", "", "an MP4 to play instead of the generated one")
	flag.StringVar(&b.plot, "plot", "", "write the CPU over the cameras as SVG into this file")
	flag.StringVar(&b.profile, "profile", "", "write a CPU profile of the recorder over the window into this file, and compare it to nobody")
	flag.BoolVar(&b.asJSON, "json", false, "print JSON instead of a table")
	flag.Parse()
	for text := range strings.SplitSeq(*cameras, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("--cameras: %q is no number of cameras", text)
		}
		b.cameras = append(b.cameras, n)
	}
	if b.dir, err = os.MkdirTemp("", "istream-bench-"); err != nil {
		return err
	}
	defer func() {
		if gone := os.RemoveAll(b.dir); err == nil {
			err = gone
		}
	}()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	if b.profile != "" {
		c, err := b.measure(ctx, subject{"istream", b.startProfiled}, b.cameras[0], filepath.Join(b.dir, "profiled"))
		if err == nil {
			fmt.Println(head)
			fmt.Println(newRow("istream", b.cameras[0], b.window, c, c))
		}
		return err
	}
	return b.all(ctx)
}

// all measures at each number of cameras and tells the results.
func (b *bench) all(ctx context.Context) error {
	var rows []row
	tell := func(line any) {
		if !b.asJSON {
			fmt.Println(line)
		}
	}
	tell(head)
	for _, n := range b.cameras {
		some, err := b.compare(ctx, n)
		if err != nil {
			return fmt.Errorf("%d cameras: %w", n, err)
		}
		for _, r := range some {
			tell(r)
		}
		rows = append(rows, some...)
	}
	if b.plot != "" {
		if err := os.WriteFile(b.plot, plot(rows), 0o644); err != nil { //nolint:gosec // for all to see
			return err
		}
	}
	if !b.asJSON {
		return nil
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(rows)
}
