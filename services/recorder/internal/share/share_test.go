package share_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/donhk/istream/services/recorder/internal/share"
)

func names(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%02d", prefix, i)
	}
	return all
}

func loads(t *rapid.T, cameras, members []string, assigned map[string]string) []int {
	count := map[string]int{}
	for _, c := range cameras {
		m, ok := assigned[c]
		if !ok || !slices.Contains(members, m) {
			t.Fatalf("%s is assigned to %q of %v", c, m, members)
		}
		count[m]++
	}
	if len(assigned) != len(cameras) {
		t.Fatalf("%d assigned of %d", len(assigned), len(cameras))
	}
	all := make([]int, len(members))
	for i, m := range members {
		all[i] = count[m]
	}
	if slices.Max(all)-slices.Min(all) > 1 {
		t.Fatalf("uneven: %v", all)
	}
	return all
}

// stay counts the cameras that keep their holder; most is how many could, with
// shares that differ by one at most.
func stay(holders map[string]share.Holding, after map[string]string) (n int) {
	for c, h := range holders {
		if after[c] == h.Member {
			n++
		}
	}
	return n
}

func most(cameras int, members []string, holders map[string]share.Holding) (n int) {
	held := map[string]int{}
	for _, h := range holders {
		held[h.Member]++
	}
	share, larger := cameras/len(members), cameras%len(members)
	for _, m := range members {
		n += min(held[m], share)
		if held[m] > share && larger > 0 {
			n++
			larger--
		}
	}
	return n
}

func TestAssignProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cameras := names("cam", rapid.IntRange(0, 40).Draw(t, "cameras"))
		members := names("m", rapid.IntRange(1, 7).Draw(t, "members"))
		holders := map[string]share.Holding{}
		for _, c := range cameras {
			if h := rapid.SampledFrom(append(names("m", 9), "")).Draw(t, "holder"); h != "" {
				holders[c] = share.Holding{Member: h, Order: rapid.Uint64Range(0, 20).Draw(t, "order")}
			}
		}
		assigned := share.Assign(cameras, members, holders)
		loads(t, cameras, members, assigned)
		again := share.Assign(rapid.Permutation(cameras).Draw(t, "cameras' order"), rapid.Permutation(members).Draw(t, "members' order"), holders)
		if diff := cmp.Diff(assigned, again); diff != "" {
			t.Fatalf("the order of the names matters: %s", diff)
		}
		if diff := cmp.Diff(assigned, share.Assign(cameras, members, taken(holders, assigned))); diff != "" {
			t.Fatalf("it does not come to rest: %s", diff)
		}
		if got, want := stay(holders, assigned), most(len(cameras), members, holders); got != want {
			t.Fatalf("%d cameras stay, %d could", got, want)
		}
		for c, h := range holders {
			for other, of := range holders {
				if of.Member == h.Member && of.Order < h.Order && assigned[c] == h.Member && assigned[other] != h.Member && slices.Contains(members, h.Member) {
					t.Fatalf("%s, taken earlier than %s, is given away", other, c)
				}
			}
		}
	})
}

// taken is who has what once everybody has followed the assignment.
func taken(holders map[string]share.Holding, assigned map[string]string) map[string]share.Holding {
	last := uint64(0)
	for _, h := range holders {
		last = max(last, h.Order)
	}
	all := map[string]share.Holding{}
	for c, m := range assigned {
		if all[c] = holders[c]; all[c].Member != m {
			last++
			all[c] = share.Holding{Member: m, Order: last}
		}
	}
	return all
}

// TestComingsAndGoings: whatever recorders join and leave, in whatever order,
// only the cameras of those who leave, and what those who join have a right to,
// ever move.
func TestComingsAndGoings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cameras := names("cam", rapid.IntRange(1, 40).Draw(t, "cameras"))
		members := names("m", rapid.IntRange(1, 4).Draw(t, "members"))
		holders := taken(nil, share.Assign(cameras, members, nil))
		for step := range rapid.IntRange(1, 12).Draw(t, "steps") {
			gone, joined := "", ""
			if len(members) > 1 && rapid.Bool().Draw(t, "leaves") {
				gone = rapid.SampledFrom(members).Draw(t, "gone")
				members = slices.DeleteFunc(slices.Clone(members), func(m string) bool { return m == gone })
			} else {
				joined = fmt.Sprintf("n%02d", step)
				members = append(slices.Clone(members), joined)
			}
			after := share.Assign(cameras, members, holders)
			loads(t, cameras, members, after)
			for c, m := range after {
				if from := holders[c].Member; m != from && from != gone && m != joined {
					t.Fatalf("%s moved from %s to %s as %q left or %q joined", c, from, m, gone, joined)
				}
			}
			holders = taken(holders, after)
		}
	})
}

// TestARestartMovesOnlyItsOwnCameras: what was taken over from a recorder goes
// back when it comes again, under another name; the others' stay where they are.
func TestARestartMovesOnlyItsOwnCameras(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cameras := names("cam", rapid.IntRange(1, 40).Draw(t, "cameras"))
		members := names("m", rapid.IntRange(2, 7).Draw(t, "members"))
		before := taken(nil, share.Assign(cameras, members, nil))
		gone := rapid.SampledFrom(members).Draw(t, "gone")
		rest := slices.DeleteFunc(slices.Clone(members), func(m string) bool { return m == gone })
		between := taken(before, share.Assign(cameras, rest, before))
		for c, m := range share.Assign(cameras, append(rest, "new"), between) {
			if from := before[c].Member; m != from && from != gone {
				t.Fatalf("%s moved from %s to %s", c, from, m)
			}
		}
	})
}

func TestAssignWithoutMembers(t *testing.T) {
	if got := share.Assign([]string{"a"}, nil, nil); len(got) != 0 {
		t.Fatal(got)
	}
}
