package coverage

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/donhk/istream/cmd/istream/internal/status"
	"github.com/donhk/istream/pkg/coverage"
	"github.com/donhk/istream/pkg/spool"
)

// slack is how much may be missing between two things that are known: frames
// arrive a little early or late.
const slack = time.Second

// lag is how old the newest frame on the disk may be while a camera is recorded.
const lag = 10 * time.Second

// Question is what is asked.
type Question struct {
	Site    string
	Cameras []string // none: all
	From    time.Time
	To      time.Time
	Now     bool // To is the present: a camera that is recorded is asked for up to its newest frame
}

// Coverage is a site's answer.
type Coverage struct {
	Site    string    `json:"site"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Sources []string  `json:"sources"` // bus, spool
	Cameras []Camera  `json:"cameras"`
}

// Camera is one camera's. What is lost is told by its causes, "unknown" among them.
type Camera struct {
	Camera  string             `json:"camera"`
	From    time.Time          `json:"from"` // when it was first seen, if that is later
	To      time.Time          `json:"to"`
	Covered float64            `json:"covered"` // share of the time, from 0 to 1
	Footage float64            `json:"footage"` // seconds
	Lost    map[string]float64 `json:"lost"`    // seconds, by cause
	Skipped float64            `json:"skipped"` // seconds that never were, as the wall clock was set forward
	Gaps    []Gap              `json:"gaps"`
}

// Gap is a stretch without footage.
type Gap struct {
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Duration float64   `json:"duration"` // seconds that passed
	Cause    string    `json:"cause"`
	Step     float64   `json:"step,omitempty"` // seconds by which the wall clock was set
	Open     bool      `json:"open,omitempty"` // it lasts
	Detail   string    `json:"detail,omitempty"`
}

// book is what is gathered, a camera each.
type book struct {
	Question
	accounts map[string]*coverage.Account
	frames   map[string]time.Time // newest, of cameras that are being recorded
}

// Gather asks the bus and looks into the spool; either may be nil.
func Gather(ctx context.Context, q Question, nc *nats.Conn, dir *spool.Spool) (Coverage, error) {
	b := &book{Question: q, accounts: map[string]*coverage.Account{}, frames: map[string]time.Time{}}
	c := Coverage{Site: q.Site, From: q.From.UTC(), To: q.To.UTC(), Sources: []string{}, Cameras: []Camera{}}
	if nc != nil {
		if err := b.ask(ctx, nc); err != nil {
			return c, err
		}
		c.Sources = append(c.Sources, "bus")
	}
	if dir != nil {
		if err := b.look(ctx, dir); err != nil {
			return c, err
		}
		c.Sources = append(c.Sources, "spool")
	}
	if nc != nil {
		if err := b.frame(ctx, nc); err != nil {
			return c, err
		}
	}
	for id, account := range b.accounts {
		if r, ok := account.Report(q.From, b.until(id), slack); ok {
			c.Cameras = append(c.Cameras, camera(id, r))
		}
	}
	slices.SortFunc(c.Cameras, func(x, y Camera) int { return strings.Compare(x.Camera, y.Camera) })
	return c, nil
}

// of is a camera's account; nil where it is not asked for.
func (b *book) of(camera string) *coverage.Account {
	if len(b.Cameras) > 0 && !slices.Contains(b.Cameras, camera) {
		return nil
	}
	if b.accounts[camera] == nil {
		b.accounts[camera] = coverage.NewAccount()
	}
	return b.accounts[camera]
}

// frame asks the recorders how far they are.
func (b *book) frame(ctx context.Context, nc *nats.Conn) error {
	s, err := status.Gather(ctx, nc, b.Site)
	if err != nil {
		return err
	}
	for _, r := range s.Recorders {
		for _, c := range r.Cameras {
			if account := b.accounts[c.Camera]; account != nil && !c.Frame.IsZero() {
				account.Frame(c.Frame)
				b.frames[c.Camera] = c.Frame
			}
		}
	}
	return nil
}

// until is the end of what a camera is asked for. What is on its way to the disk
// is not missing yet.
func (b *book) until(camera string) time.Time {
	if frame := b.frames[camera]; b.Now && frame.Before(b.To) && b.To.Sub(frame) < lag {
		return frame
	}
	return b.To
}

func camera(id string, r coverage.Report) Camera {
	c := Camera{
		Camera: id, From: r.From, To: r.To, Covered: r.Covered(), Footage: r.Footage.Seconds(), Skipped: r.Skipped.Seconds(),
		Lost: map[string]float64{}, Gaps: []Gap{},
	}
	for cause, d := range r.Lost {
		c.Lost[string(cause)] = d.Seconds()
	}
	for _, g := range r.Gaps {
		c.Gaps = append(c.Gaps, Gap{
			Start: g.Start, End: g.End, Duration: g.Length().Seconds(), Cause: string(g.Cause), Step: g.Step.Seconds(), Open: g.Open, Detail: g.Detail,
		})
	}
	return c
}
