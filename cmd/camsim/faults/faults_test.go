package faults_test

import (
	"testing"
	"time"

	"github.com/donhk/istream/cmd/camsim/faults"
)

func TestSet(t *testing.T) {
	for _, test := range []struct {
		text string
		want faults.Faults
		bad  bool
	}{
		{text: "audio-only", want: faults.Faults{AudioOnly: true}},
		{text: "dies-after=100", want: faults.Faults{DiesAfter: 100}},
		{text: "clock-offset=-26h", want: faults.Faults{ClockOffset: -26 * time.Hour}},
		{text: "no-frames, trailing-nul", want: faults.Faults{NoFrames: true, TrailingNUL: true}},
		{text: "", bad: true},
		{text: "on-fire", bad: true},
		{text: "audio-only=yes", bad: true},
		{text: "dies-after", bad: true},
		{text: "dies-after=0", bad: true},
		{text: "dies-after=soon", bad: true},
		{text: "clock-offset=26", bad: true},
		{text: "clock-offset", bad: true},
	} {
		var got faults.Faults
		err := got.Set(test.text)
		if (err != nil) != test.bad || !test.bad && got != test.want {
			t.Errorf("%q: got %+v, %v", test.text, got, err)
		}
	}
}

func TestEachFaultIsDescribedAndCanBeSet(t *testing.T) {
	seen := map[string]bool{}
	for _, one := range faults.All() {
		if one.Name == "" || one.Help == "" || seen[one.Name] {
			t.Errorf("bad description %+v", one)
		}
		seen[one.Name] = true
		text := one.Name
		switch one.Kind {
		case "count":
			text += "=3"
		case "duration":
			text += "=3s"
		}
		var set faults.Faults
		if err := set.Set(text); err != nil {
			t.Error(err)
		}
		if set.String() != text {
			t.Errorf("%s reads back as %s", text, set.String())
		}
	}
}
