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

func moves(before, after map[string]string, members []string) int {
	n := 0
	for c, m := range before {
		if to, ok := after[c]; ok && to != m && slices.Contains(members, m) {
			n++
		}
	}
	return n
}

func TestAssignProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cameras := names("cam", rapid.IntRange(0, 40).Draw(t, "cameras"))
		members := names("m", rapid.IntRange(1, 7).Draw(t, "members"))
		holders := map[string]string{}
		for _, c := range cameras {
			if h := rapid.SampledFrom(append(names("m", 9), "")).Draw(t, "holder"); h != "" {
				holders[c] = h
			}
		}
		assigned := share.Assign(cameras, members, holders)
		loads(t, cameras, members, assigned)
		again := share.Assign(rapid.Permutation(cameras).Draw(t, "cameras' order"), rapid.Permutation(members).Draw(t, "members' order"), holders)
		if diff := cmp.Diff(assigned, again); diff != "" {
			t.Fatalf("the order of the names matters: %s", diff)
		}
		if diff := cmp.Diff(assigned, share.Assign(cameras, members, assigned)); diff != "" {
			t.Fatalf("it does not come to rest: %s", diff)
		}
		// Whoever has more than the largest share must give; nobody else.
		most := (len(cameras) + len(members) - 1) / len(members)
		least, held := 0, map[string]int{}
		for _, m := range holders {
			held[m]++
		}
		for _, m := range members {
			least += max(held[m]-most, 0)
		}
		if got := moves(holders, assigned, members); got < least || got > least+len(members) {
			t.Fatalf("%d moves, %d would do", got, least)
		}
	})
}

func TestNoNeedlessMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cameras := names("cam", rapid.IntRange(1, 40).Draw(t, "cameras"))
		members := names("m", rapid.IntRange(2, 7).Draw(t, "members"))
		before := share.Assign(cameras, members, nil)
		// One leaves: only its cameras move.
		gone := rapid.SampledFrom(members).Draw(t, "gone")
		rest := slices.DeleteFunc(slices.Clone(members), func(m string) bool { return m == gone })
		after := share.Assign(cameras, rest, before)
		loads(t, cameras, rest, after)
		if n := moves(before, after, rest); n != 0 {
			t.Fatalf("%d moved though their recorder lives", n)
		}
		// One joins: it takes its share, and nobody else takes any.
		joined := share.Assign(cameras, append(slices.Clone(rest), "new"), after)
		for c, m := range joined {
			if m != after[c] && m != "new" {
				t.Fatalf("%s moved from %s to %s", c, after[c], m)
			}
		}
	})
}

func TestAssignWithoutMembers(t *testing.T) {
	if got := share.Assign([]string{"a"}, nil, nil); len(got) != 0 {
		t.Fatal(got)
	}
}
