package slab_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/donhk/istream/services/recorder/internal/slab"
)

// TestUnitsStayUntilReleased: whatever is begun, given up, cut and released in
// between, a unit holds what was put into it until it is released itself.
func TestUnitsStayUntilReleased(t *testing.T) {
	type unit struct {
		want, got []byte
		block     *slab.Block
	}
	rapid.Check(t, func(t *rapid.T) {
		writers, held := make([]slab.Writer, 3), []unit{}
		defer func() {
			for _, u := range held {
				u.block.Release()
			}
		}()
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			w := &writers[rapid.IntRange(0, 2).Draw(t, "writer")]
			w.Begin(rapid.IntRange(0, 300<<10).Draw(t, "guess"))
			var want []byte
			for range rapid.IntRange(0, 4).Draw(t, "pieces") {
				piece := bytes.Repeat([]byte{byte(step)}, rapid.IntRange(0, 200<<10).Draw(t, "piece"))
				want = append(want, piece...)
				w.Append(piece...)
			}
			if rapid.Bool().Draw(t, "cut") {
				want = want[:len(want)/2]
				w.Cut(len(want))
			}
			if rapid.IntRange(0, 4).Draw(t, "give up") > 0 {
				got, block := w.End()
				held = append(held, unit{want, got, block})
			}
			for len(held) > 0 && rapid.Bool().Draw(t, "release") {
				if !bytes.Equal(held[0].want, held[0].got) {
					t.Fatal("a unit changed before it was released")
				}
				held[0].block.Release()
				held = held[1:]
			}
		}
		for _, u := range held {
			if !bytes.Equal(u.want, u.got) {
				t.Fatal("a unit changed before it was released")
			}
		}
	})
}

// TestMemoryIsUsedAgain: what flows through takes no new memory.
func TestMemoryIsUsedAgain(t *testing.T) {
	var w slab.Writer
	payload := make([]byte, 1400)
	unit := func() {
		w.Begin(14 * len(payload))
		for range 14 {
			w.Append(payload...)
		}
		_, block := w.End()
		block.Release()
	}
	unit()
	if n := testing.AllocsPerRun(1000, unit); n > 0 {
		t.Errorf("%v allocations a unit", n)
	}
}
