// Package share decides which recorder records which camera. It is arithmetic
// alone: every recorder that sees the same comes to the same result.
package share

import (
	"cmp"
	"slices"
)

// Holding is who has a camera, and which of the holder's cameras it is in the
// order in which they were taken.
type Holding struct {
	Member string
	Order  uint64
}

// Assign spreads the cameras over the members so that no member has two more
// than another. A camera stays with its holder as far as that allows, so a
// member that joins or leaves moves no camera without need; who has to give
// gives what it took last. Holders that are no members hold nothing. Without
// members nothing is assigned.
func Assign(cameras, members []string, holders map[string]Holding) map[string]string {
	cameras, members = sorted(cameras), sorted(members)
	assigned := make(map[string]string, len(cameras))
	if len(members) == 0 {
		return assigned
	}
	held := make(map[string][]string, len(members))
	for _, c := range cameras {
		if h, ok := holders[c]; ok {
			held[h.Member] = append(held[h.Member], c)
		}
	}
	for _, of := range held {
		slices.SortStableFunc(of, func(a, b string) int { return cmp.Compare(holders[a].Order, holders[b].Order) })
	}
	quotas := quotas(len(cameras), members, held)
	for m, quota := range quotas {
		for _, c := range held[m][:min(quota, len(held[m]))] {
			assigned[c] = m
		}
		quotas[m] = max(quota-len(held[m]), 0)
	}
	next := 0
	for _, c := range cameras {
		if _, stays := assigned[c]; stays {
			continue
		}
		for quotas[members[next]] == 0 {
			next++
		}
		assigned[c] = members[next]
		quotas[members[next]]--
	}
	return assigned
}

// quotas is how many cameras each member is to have. The larger ones go to those
// that hold the most.
func quotas(cameras int, members []string, held map[string][]string) map[string]int {
	byLoad := slices.Clone(members)
	slices.SortStableFunc(byLoad, func(a, b string) int { return cmp.Compare(len(held[b]), len(held[a])) })
	all := make(map[string]int, len(members))
	for i, m := range byLoad {
		all[m] = cameras / len(members)
		if i < cameras%len(members) {
			all[m]++
		}
	}
	return all
}

func sorted(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}
