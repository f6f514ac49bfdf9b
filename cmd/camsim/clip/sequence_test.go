package clip_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/donhk/istream/cmd/camsim/clip"
)

func TestSequenceTimesGrowOverTheLoop(t *testing.T) {
	for _, name := range clip.Names() {
		c, err := open(t, name).WithAudio(clip.PCMU)
		if err != nil {
			t.Fatal(err)
		}
		checkTimes(t, c)
		if own := open(t, name); own.Audio != nil {
			checkTimes(t, own)
		}
	}
}

func checkTimes(t *testing.T, c *clip.Clip) {
	t.Helper()
	step := c.Ticks / int64(len(c.Video.Units))
	sequence := clip.NewSequence(c, "cam")
	var video, audio []int64
	var due time.Duration
	for len(video) < 3*len(c.Video.Units) {
		sample := sequence.Next()
		if sample.Due < due {
			t.Fatalf("due %v after %v", sample.Due, due)
		}
		due = sample.Due
		if sample.Audio != nil {
			audio = append(audio, sample.PTS)
		} else {
			video = append(video, sample.PTS)
		}
	}
	slices.Sort(video)
	for i := 1; i < len(video); i++ {
		if video[i]-video[i-1] != step {
			t.Fatalf("video: %d ticks between frames %d and %d", video[i]-video[i-1], i-1, i)
		}
	}
	samples := c.Audio.Packets[1].PTS
	for i := 1; i < len(audio); i++ {
		if audio[i]-audio[i-1] != samples {
			t.Fatalf("audio: %d samples between packets %d and %d", audio[i]-audio[i-1], i-1, i)
		}
	}
}

func TestSequenceParameterSets(t *testing.T) {
	c := open(t, clip.MainH265)
	for _, inBand := range []bool{true, false} {
		sequence := clip.NewSequence(c, "cam")
		sequence.InBand = inBand
		au := nextVideo(sequence).Video
		want := 2
		if inBand {
			want += len(c.Video.Parameters)
		}
		if len(au) != want {
			t.Errorf("in-band %v: %d NAL units, want %d", inBand, len(au), want)
		}
	}
}

func TestPlayerKeepsTime(t *testing.T) {
	c := open(t, clip.Main)
	for _, speed := range []float64{0, 1, 4} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			start, frames := time.Now(), 0
			player := clip.Player{Sequence: clip.NewSequence(c, "cam"), Speed: speed}
			err := player.Play(ctx, func(s clip.Sample) error {
				want := time.Duration(float64(s.Due) / max(speed, 1))
				if got := time.Since(start); got != want {
					t.Errorf("sent after %v, due at %v", got, want)
				}
				if s.Video != nil {
					frames++
				}
				if frames == 500 {
					cancel()
				}
				return nil
			})
			if err != nil || frames != 500 {
				t.Errorf("%d frames, %v", frames, err)
			}
		})
	}
}

func TestPlayerStopsWhenSendingFails(t *testing.T) {
	broken := errors.New("broken")
	player := clip.Player{Sequence: clip.NewSequence(open(t, clip.Main), "cam")}
	if err := player.Play(t.Context(), func(clip.Sample) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestSkipIsTheSameAsWaiting(t *testing.T) {
	c := open(t, clip.BFrames)
	for _, due := range []time.Duration{0, 1, time.Second, c.Duration() - 1, c.Duration(), 3*c.Duration() + 7*time.Millisecond} {
		waited, skipped := clip.NewSequence(c, "cam"), clip.NewSequence(c, "cam")
		want := waited.Next()
		for want.Due < due {
			want = waited.Next()
		}
		skipped.Skip(due)
		for range 20 {
			got := skipped.Next()
			if got.Number != want.Number || got.PTS != want.PTS || got.Due != want.Due || got.Key != want.Key {
				t.Fatalf("skipped to %v: got %d at %v, want %d at %v", due, got.Number, got.Due, want.Number, want.Due)
			}
			want = waited.Next()
		}
	}
}

func TestPlayedAgainGoesOnAsIfNeverStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := errors.New("stop")
		player := clip.Player{Sequence: clip.NewSequence(open(t, clip.Main), "cam")}
		first := func(clip.Sample) error { return stop }
		if err := player.Play(t.Context(), first); !errors.Is(err, stop) {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Second)
		err := player.Play(t.Context(), func(s clip.Sample) error {
			if s.Video == nil {
				return nil
			}
			if s.Number != 1500 {
				t.Errorf("went on with frame %d, want 1500", s.Number)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
	})
}
