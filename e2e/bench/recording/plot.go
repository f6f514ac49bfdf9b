package main

import (
	"bytes"
	"fmt"
	"math"
)

// Of the plot, in pixels.
const (
	width, height = 640, 400
	left, top     = 70, 40
	right, bottom = 110, 50
)

// colours of the subjects, in their order.
var colours = []string{"#888888", "#0b6e4f", "#c05a1a"}

// plot draws the CPU of each subject over the cameras, both axes logarithmic: a
// cost that grows with the cameras alone is a straight line at 45 degrees.
func plot(rows []row) []byte {
	lo, hi := row{CPU: math.Inf(1), Cameras: math.MaxInt}, row{}
	var names []string
	lines := map[string][]row{}
	for _, r := range rows {
		lo.CPU, hi.CPU = min(lo.CPU, r.CPU), max(hi.CPU, r.CPU)
		lo.Cameras, hi.Cameras = min(lo.Cameras, r.Cameras), max(hi.Cameras, r.Cameras)
		if lines[r.Recorder] == nil {
			names = append(names, r.Recorder)
		}
		lines[r.Recorder] = append(lines[r.Recorder], r)
	}
	lo.CPU, hi.CPU = math.Pow(10, math.Floor(math.Log10(max(lo.CPU, 1e-3)))), math.Pow(10, math.Ceil(math.Log10(max(hi.CPU, 1e-2))))
	hi.Cameras = max(hi.Cameras, lo.Cameras+1)
	x := func(cameras int) float64 {
		return left + (width-left-right)*math.Log(float64(cameras)/float64(lo.Cameras))/math.Log(float64(hi.Cameras)/float64(lo.Cameras))
	}
	y := func(cpu float64) float64 {
		return height - bottom - (height-top-bottom)*math.Log(cpu/lo.CPU)/math.Log(hi.CPU/lo.CPU)
	}

	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="15">CPU of recording, %% of a core, over cameras (1080p25, 4 Mb/s each)</text>`+"\n", left)
	for v := lo.CPU; v <= hi.CPU*1.001; v *= 10 {
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", left, width-right, y(v), y(v), left-8, y(v)+4, v)
	}
	for _, r := range lines[names[0]] {
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", x(r.Cameras), x(r.Cameras), top, height-bottom, x(r.Cameras), height-bottom+20, r.Cameras)
	}
	for i, name := range names {
		colour := colours[i%len(colours)]
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="`, colour)
		for _, r := range lines[name] {
			fmt.Fprintf(&b, "%.1f,%.1f ", x(r.Cameras), y(r.CPU))
		}
		fmt.Fprint(&b, "\"/>\n")
		for _, r := range lines[name] {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/><text x="%.1f" y="%.1f" fill="%s">%.2g</text>`+"\n", x(r.Cameras), y(r.CPU), colour, x(r.Cameras)+7, y(r.CPU)+15, colour, r.CPU)
		}
		last := lines[name][len(lines[name])-1]
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n", x(last.Cameras)+12, y(last.CPU)-4, colour, name)
	}
	fmt.Fprint(&b, "</svg>\n")
	return b.Bytes()
}
