// Command recording measures what recording costs: istream's recorder against
// ffmpeg -c copy, on the same simulated cameras, in the same run.
//
// Both record 1080p at 25 frames/s and 4 Mb/s. A row is the median of the
// rounds, which alternate; a ratio below 1 says that istream took less. Whoever
// drops frames looks cheap, so the frames on disk are counted too.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

// bench is what the flags say.
type bench struct {
	cameras []int
	rounds  int
	settle  time.Duration
	window  time.Duration
	dir     string
	clip    string
	istream string
	camsim  string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "recording: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	var b bench
	cameras := flag.String("cameras", "1,4,16", "numbers of cameras to measure at")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds a number of cameras; the median counts")
	flag.DurationVar(&b.settle, "settle", 8*time.Second, "time between start and measurement")
	flag.DurationVar(&b.window, "window", 20*time.Second, "time that is measured")
	flag.StringVar(&b.istream, "istream", "bin/istream", "the binary")
	flag.StringVar(&b.clip, "clip", "", "an MP4 to play instead of the generated one")
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
	defer func() { err = firstOf(err, os.RemoveAll(b.dir)) }()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	printHead()
	for _, n := range b.cameras {
		if err := b.compare(ctx, n); err != nil {
			return fmt.Errorf("%d cameras: %w", n, err)
		}
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
