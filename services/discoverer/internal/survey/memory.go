package survey

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/onvif"
)

const (
	refresh = 10 * time.Minute // after which a device is asked again, though it seems as before
	hold    = 5 * time.Minute  // for which one that refused is left alone
	forget  = time.Hour
	maxKept = 2 * maxContacts
)

// memory knows the last visit to each device.
type memory struct {
	now func() time.Time

	mu     sync.Mutex
	visits map[string]visited
}

type visited struct {
	at          time.Time
	places      string // where it could be asked
	credentials setting.Credentials
	base        *url.URL
	finding     Finding
}

func newMemory() *memory { return &memory{now: time.Now, visits: map[string]visited{}} }

// base is where a device answered last; "" where it is not known.
func (m *memory) base(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v := m.visits[key]; v.base != nil {
		return v.base.String()
	}
	return ""
}

// recall gives the finding of the last visit, where another would bring
// nothing new or do harm.
func (m *memory) recall(ctx context.Context, client *onvif.Client, c contact, t onvif.Target) (Finding, bool) {
	m.mu.Lock()
	v, ok := m.visits[c.key]
	m.mu.Unlock()
	if !ok || v.credentials != t.Credentials {
		return Finding{}, false
	}
	age := m.now().Sub(v.at)
	switch v.finding.Device.State {
	case events.CameraAuth:
		return v.finding, age < hold
	case events.CameraReady:
		if c.hello || age >= refresh || v.places != places(t) {
			return Finding{}, false
		}
		// One that was heard is there; one that was named has to show it.
		return v.finding, c.manual == nil || client.Alive(ctx, v.base)
	}
	return Finding{}, false
}

// keep remembers a visit.
func (m *memory) keep(c contact, t onvif.Target, r onvif.Report, f Finding) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if len(m.visits) >= maxKept {
		for key, v := range m.visits {
			if now.Sub(v.at) >= forget {
				delete(m.visits, key)
			}
		}
	}
	if _, known := m.visits[c.key]; !known && len(m.visits) >= maxKept {
		return
	}
	m.visits[c.key] = visited{at: now, places: places(t), credentials: t.Credentials, base: r.Base, finding: f}
}

// places tells sets of candidates apart, whatever their order.
func places(t onvif.Target) string {
	var all []string
	for _, c := range t.Candidates {
		all = append(all, c.URL.String())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
