package status

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/donhk/istream/pkg/setting"
)

// Print writes s for a person.
func Print(w io.Writer, s Status) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	_, err := io.WriteString(table, s.cameras())
	if err = errors.Join(err, table.Flush()); err == nil {
		_, err = io.WriteString(w, s.faults()+"\n"+s.services())
	}
	if err != nil {
		return fmt.Errorf("printing the status: %w", err)
	}
	return nil
}

func (s Status) cameras() string {
	text := "CAMERA\tSTATE\tSINCE\tON DISK\tIN BUCKET\tWAITING\tCODEC\n"
	for _, c := range s.Cameras {
		text += fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%d (%s)\t%s\n", c.ID, cmp.Or(c.State, "unknown"), s.ago(c.Since),
			s.ago(c.OnDisk), s.ago(c.InBucket), c.Segments, size(c.Bytes), cmp.Or(c.Codec, "-"))
	}
	if len(s.Cameras) == 0 {
		text += "(none)\n"
	}
	return text
}

func (s Status) faults() string {
	text := ""
	for _, c := range s.Cameras {
		if c.Error != "" {
			text += fmt.Sprintf("  %s: %s\n", c.ID, c.Error)
		}
	}
	return text
}

func (s Status) services() string {
	text := fmt.Sprintf("site         %s\n", s.Site)
	if d := s.Discoverer; d != nil {
		text += fmt.Sprintf("discoverer   %s, the last %s\n", count(int(min(d.Scans, 1<<30)), "scan"), s.ago(d.LastScan))
	} else {
		text += "discoverer   does not answer\n"
	}
	if len(s.Recorders) == 0 {
		text += "recorder     does not answer\n"
	}
	for _, r := range s.Recorders {
		text += fmt.Sprintf("recorder     %s has %s%s\n", r.ID, count(len(r.Cameras), "camera"), fault(r.Error))
	}
	if p := s.Shipper; p != nil {
		line := "offline"
		if p.Online {
			line = "online"
		}
		text += fmt.Sprintf("shipper      %s for %s, %d segments sent (%s), %d waiting (%s)%s\n",
			line, s.span(p.Since), p.Uploaded, size(int64(p.Sent)), p.Segments, size(p.Bytes), fault(p.Error))
	} else {
		text += "shipper      does not answer\n"
	}
	if j := s.Janitor; j != nil {
		text += fmt.Sprintf("quota        %s of %s in %d objects, oldest %s, by %s%s\n",
			size(j.Used), size(j.Quota), j.Objects, s.ago(j.Oldest), j.Events, fault(j.Error))
	} else {
		text += "janitor      does not answer\n"
	}
	return text
}

func (s Status) ago(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return s.span(t) + " ago"
}

func (s Status) span(t time.Time) string {
	d := max(s.At.Sub(t), 0)
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func size(bytes int64) string {
	return fmt.Sprintf("%.1f MB", float64(bytes)/float64(setting.MB))
}

func fault(text string) string {
	if text == "" {
		return ""
	}
	return "; " + text
}
