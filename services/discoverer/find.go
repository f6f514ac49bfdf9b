package discoverer

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/discoverer/internal/nic"
	"github.com/donhk/istream/services/discoverer/internal/registry"
	"github.com/donhk/istream/services/discoverer/internal/survey"
)

// Finding is a camera, or a device that is none, and how that was learned.
type Finding struct {
	Camera  events.Camera `json:"camera"`            // without an id where Dropped says why it is none
	How     string        `json:"how"`               // probe, hello, by hand
	NICs    []string      `json:"nics,omitempty"`    // on which it was heard
	Source  string        `json:"source,omitempty"`  // address that its reply came from
	Tried   []Try         `json:"tried,omitempty"`   // addresses, in the order of their turn
	Dropped string        `json:"dropped,omitempty"` // why it is no camera
}

// Try is an address of a device and how it fared.
type Try struct {
	Address string `json:"address"`
	Error   string `json:"error,omitempty"` // empty: it answered here
}

// Find scans once, without a bus, and lists what was found: cameras by id, then
// what is none.
func Find(ctx context.Context, cfg Config, log *slog.Logger) ([]Finding, error) {
	selection, err := nic.ParseSelection(cfg.NICs)
	if err != nil {
		return nil, fmt.Errorf("BROADCAST_NIC: %w", err)
	}
	var mu sync.Mutex
	var visits []visit
	found := func(f survey.Finding) { mu.Lock(); defer mu.Unlock(); visits = append(visits, visit{f, time.Now()}) }
	s := survey.New(options(cfg, selection, log, found))
	defer s.Close()
	listening, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Run(listening) }()
	s.Scan(ctx)
	stop()
	if err := <-done; err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return findings(cfg, visits), nil
}

// visit is what a visit gave, and when.
type visit struct {
	survey.Finding
	at time.Time
}

// findings sorts out which visits were to the same camera.
func findings(cfg Config, visits []visit) []Finding {
	r := registry.New(cfg.Site.Site(), manual(cfg.Cameras), cfg.Names, nil)
	for _, v := range visits {
		if v.NotCamera == "" {
			r.Saw(v.Device, v.at)
		}
	}
	r.EndScan(false, time.Now())
	var all []Finding
	for _, v := range visits {
		f := Finding{How: v.How, NICs: v.NICs, Source: v.Source, Dropped: v.NotCamera, Tried: tries(v.Finding)}
		cameras := r.Of(v.Device)
		if v.NotCamera != "" {
			all = append(all, f)
			continue
		}
		for _, c := range cameras {
			all = add(all, f, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Dropped, b.Dropped), cmp.Compare(a.Camera.ID, b.Camera.ID), cmp.Compare(a.Source, b.Source))
	})
	return all
}

// add joins what several visits to one camera told.
func add(all []Finding, f Finding, c events.Camera) []Finding {
	f.Camera = c
	i := slices.IndexFunc(all, func(o Finding) bool { return o.Camera.ID == c.ID })
	if i < 0 {
		return append(all, f)
	}
	known := &all[i]
	known.Tried = append(slices.Clone(known.Tried), f.Tried...)
	for _, n := range f.NICs {
		if !slices.Contains(known.NICs, n) {
			known.NICs = append(slices.Clone(known.NICs), n)
		}
	}
	if known.Source == "" {
		known.Source = f.Source
	}
	return all
}

func tries(v survey.Finding) []Try {
	var all []Try
	for _, t := range v.Tried {
		all = append(all, Try{Address: t.Address, Error: t.Error})
	}
	for _, d := range v.Dropped {
		all = append(all, Try{Address: d.Address, Error: "not tried: " + d.Reason})
	}
	return all
}
