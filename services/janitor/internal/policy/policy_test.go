package policy_test

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/janitor/internal/ledger"
	"github.com/donhk/istream/services/janitor/internal/policy"
)

func drawFootage(t *rapid.T) []ledger.Object {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) ledger.Object {
		o := ledger.Object{Name: events.Name{
			Site: "attic", Camera: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "camera"),
			Start: time.UnixMilli(rapid.Int64Range(0, 7).Draw(t, "start")).UTC(),
		}}
		if o.Tail = rapid.Bool().Draw(t, "tail"); o.Tail {
			o.Seq = rapid.IntRange(0, 3).Draw(t, "seq")
		}
		o.Size = rapid.Int64Range(0, 9).Draw(t, "size")
		return o
	}), 0, 30, ledger.Object.Key).Draw(t, "footage")
}

func view(footage []ledger.Object) *ledger.Ledger {
	l := ledger.New(ledger.Scope{Site: "attic"})
	listing := l.Begin()
	for _, o := range footage {
		listing.Saw(o)
	}
	listing.End(nil)
	return l
}

// model is the same decision, made the long way.
type model struct{ footage []ledger.Object }

func (m model) used(without map[string]bool) (sum int64) {
	for _, o := range m.footage {
		if !without[o.Key()] {
			sum += o.Size
		}
	}
	return sum
}

// stays: nothing of the camera is newer, of its kind; and of a tail, no
// segment is as new.
func (m model) stays(o ledger.Object) bool {
	for _, other := range m.footage {
		if other.Camera != o.Camera {
			continue
		}
		if other.Tail == o.Tail && other.Start.After(o.Start) {
			return false
		}
		if o.Tail && !other.Tail && !other.Start.Before(o.Start) {
			return false
		}
	}
	return true
}

func (m model) oldestFirst() []ledger.Object {
	rank := func(o ledger.Object) int {
		switch {
		case !o.Tail:
			return math.MaxInt
		case o.Seq == 0:
			return math.MaxInt - 1
		default:
			return o.Seq
		}
	}
	sorted := slices.Clone(m.footage)
	slices.SortFunc(sorted, func(a, b ledger.Object) int {
		kind := func(o ledger.Object) int {
			if o.Tail {
				return 0
			}
			return 1
		}
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(kind(a), kind(b)), cmp.Compare(a.Camera, b.Camera), cmp.Compare(rank(a), rank(b)))
	})
	return sorted
}

// shortest tries 0, 1, 2... of those that may go until that is enough.
func (m model) shortest(quota int64, skip func(ledger.Object) bool) []ledger.Object {
	may := slices.DeleteFunc(m.oldestFirst(), func(o ledger.Object) bool { return o.Size == 0 || m.stays(o) || skip(o) })
	for n := range may {
		gone := map[string]bool{}
		for _, o := range may[:n] {
			gone[o.Key()] = true
		}
		if m.used(gone) <= quota {
			return may[:n]
		}
	}
	return may
}

func TestWhatGoesIsTheOldestAndNoMoreThanHasTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model{drawFootage(t)}
		quota := rapid.Int64Range(0, m.used(nil)+2).Draw(t, "quota")
		held := rapid.SampledFrom([]string{"", "a", "c"}).Draw(t, "held")
		skip := func(o ledger.Object) bool { return o.Camera == held && o.Start.UnixMilli()%2 == 0 }
		limit := rapid.SampledFrom([]int{1, 3, math.MaxInt}).Draw(t, "limit")

		want := m.shortest(quota, skip)
		want = want[:min(len(want), limit)]
		gone := map[string]bool{}
		for _, o := range want {
			gone[o.Key()] = true
		}
		left := max(m.used(gone)-quota, 0)

		view(m.footage).Read(func(v ledger.View) {
			got, over := policy.Choose(v, quota, limit, skip)
			if !slices.Equal(got, want) || over != left {
				t.Fatalf("over %d: got %v and %d over\nwant %v and %d", quota, got, over, want, left)
			}
		})
	})
}

func TestExamples(t *testing.T) {
	at := func(camera string, minute int, tail bool, size int64) ledger.Object {
		start := time.Date(2026, 11, 22, 16, minute, 0, 0, time.UTC)
		return ledger.Object{Name: events.Name{Site: "attic", Camera: camera, Start: start}, Tail: tail, Size: size}
	}
	for _, c := range []struct {
		name    string
		footage []ledger.Object
		quota   int64
		goes    []int // indices
		over    int64
	}{
		{"to the byte", []ledger.Object{at("a", 1, false, 5), at("a", 2, false, 5)}, 10, nil, 0},
		{"a byte over", []ledger.Object{at("a", 1, false, 5), at("a", 2, false, 6)}, 10, []int{0}, 0},
		{"the oldest of all cameras", []ledger.Object{at("a", 2, false, 5), at("b", 1, false, 5), at("a", 3, false, 5), at("b", 4, false, 5)}, 15, []int{1}, 0},
		{"the newest of each stays", []ledger.Object{at("a", 1, false, 5), at("b", 2, false, 5)}, 1, nil, 9},
		{"an open tail stays", []ledger.Object{at("a", 1, false, 5), at("a", 2, false, 5), at("a", 3, true, 5)}, 1, []int{0}, 9},
		{"a tail whose segment stands goes", []ledger.Object{at("a", 1, true, 5), at("a", 1, false, 5)}, 5, []int{0}, 0},
		{"a tail that was left behind goes", []ledger.Object{at("a", 1, true, 5), at("a", 2, true, 5)}, 5, []int{0}, 0},
		{"nothing is freed by what is empty", []ledger.Object{at("a", 1, false, 0), at("a", 2, false, 5), at("a", 3, false, 5)}, 5, []int{1}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []ledger.Object
			for _, i := range c.goes {
				want = append(want, c.footage[i])
			}
			view(c.footage).Read(func(v ledger.View) {
				got, over := policy.Choose(v, c.quota, math.MaxInt, func(ledger.Object) bool { return false })
				if !slices.Equal(got, want) || over != c.over {
					t.Errorf("got %v and %d over, want %v and %d", got, over, want, c.over)
				}
			})
		})
	}
}
