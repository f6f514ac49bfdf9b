package coverage

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Print writes c for a person.
func Print(w io.Writer, c Coverage) error {
	var faults []error
	for _, camera := range c.Cameras {
		_, err := io.WriteString(w, camera.line())
		faults = append(faults, err)
		if len(camera.Gaps) > 0 {
			table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
			_, err := io.WriteString(table, camera.gaps())
			faults = append(faults, err, table.Flush())
		}
	}
	if len(c.Cameras) == 0 {
		_, err := fmt.Fprintf(w, "nothing is known of any camera of %s (asked: %s)\n", c.Site, strings.Join(c.Sources, ", "))
		faults = append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("printing the coverage: %w", err)
	}
	return nil
}

func (c Camera) line() string {
	text := fmt.Sprintf("%s: %s covered from %s to %s, footage %s", c.Camera, percent(c.Covered), at(c.From), at(c.To), span(c.Footage))
	for _, cause := range slices.Sorted(maps.Keys(c.Lost)) {
		text += fmt.Sprintf(", %s %s", cause, span(c.Lost[cause]))
	}
	if c.Skipped > 0 {
		text += fmt.Sprintf("; the clock skipped %s", span(c.Skipped))
	}
	return text + "\n"
}

func (c Camera) gaps() string {
	text := "  START\tEND\tDURATION\tCAUSE\tDETAIL\n"
	for _, g := range c.Gaps {
		end := at(g.End)
		if g.Open {
			end = "lasts"
		}
		text += fmt.Sprintf("  %s\t%s\t%s\t%s\t%s\n", at(g.Start), end, span(g.Duration), g.Cause, g.Detail)
	}
	return text
}

// percent does not round up: 100 % is all.
func percent(share float64) string { return fmt.Sprintf("%.2f %%", math.Floor(share*1e4)/1e2) }

func at(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

func span(seconds float64) string {
	return (time.Duration(math.Round(seconds*1e3)) * time.Millisecond).String()
}
