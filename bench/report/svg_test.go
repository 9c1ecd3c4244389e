package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestSVG(t *testing.T) {
	r := results()
	r.Contenders[0].Name, r.Commit = "a <copy> & more", "<x>"
	for i := range r.Runs {
		if r.Runs[i].Contender == Copy {
			r.Runs[i].Contender = r.Contenders[0].Name
		}
	}
	got := r.CPUSVG()
	texts, elements := content(t, got)
	for _, want := range []string{"a <copy> & more", "5.00", "voile 6 tokenize", "10.00", "CPU per record, commit <x>"} {
		if !texts[want] {
			t.Errorf("no text %q in\n%s", want, got)
		}
	}
	if elements["rect"] != 6 { // of seven contenders one did not run
		t.Errorf("%d bars, want 6:\n%s", elements["rect"], got)
	}
	// The longest line, of voile's dearest run at 15 µs, ends where the figures begin; its bar, of 10 µs, at two thirds.
	for _, want := range []string{`H730.0"`, `width="320.0" height="18" fill="#3d8ad9"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

// TestSVGOfOthers: those who have no throughput are in no plot of it, long names have room, and nobody makes no picture.
func TestSVGOfOthers(t *testing.T) {
	r := results()
	if got := r.ThroughputSVG(); strings.Count(got, "<rect") != 6 || !strings.Contains(got, "median of 3 runs") || !strings.Contains(got, "more is better") {
		t.Errorf("throughput:\n%s", got)
	}
	for i := range r.Runs {
		if r.Runs[i].Contender == Wire {
			r.Runs[i].PerSecond, r.Runs[i].Contender = 0, strings.Repeat("x", 60)
		}
	}
	r.Contenders[2].Name, r.Load.Rounds = strings.Repeat("x", 60), 1
	if got := r.ThroughputSVG(); strings.Count(got, "<rect") != 5 || !strings.Contains(got, "one run") {
		t.Errorf("throughput without the wire's:\n%s", got)
	}
	if got := r.MemorySVG(); !strings.Contains(got, `<rect x="420"`) {
		t.Errorf("no room for a name of 60 letters:\n%s", got)
	}
	if got := (&Results{Contenders: r.Contenders}).ThroughputSVG(); got != "" {
		t.Errorf("a plot of nothing:\n%s", got)
	}
}

// content gives an SVG's texts, and how many elements it has of each name.
func content(t *testing.T, svg string) (texts map[string]bool, elements map[string]int) {
	t.Helper()
	texts, elements = map[string]bool{}, map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts, elements
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		switch token := token.(type) {
		case xml.CharData:
			texts[string(token)] = true
		case xml.StartElement:
			elements[token.Name.Local]++
		}
	}
}

func TestLatencySVG(t *testing.T) {
	r := results()
	if got := r.LatencySVG(); got != "" {
		t.Errorf("a plot of nothing:\n%s", got)
	}
	for round, times := range []float64{1, 100, 10} {
		for _, part := range []float64{0.25, 0.5} {
			r.Latencies = append(r.Latencies, Latency{Contender: Six, Round: round + 1, Part: part, P99BySecond: []float64{times, times, 1}[:2+round%2],
				P50BySecond: []float64{10, 10}})
		}
	}
	r.Latencies = append(r.Latencies, Latency{Contender: Copy, Round: 1, Part: 0.5, P99BySecond: []float64{100}})
	got := r.LatencySVG()
	texts, elements := content(t, got)
	for _, want := range []string{"p99 of every second, ms, at 25 % of the ceiling; dashed: p50; less is better", "voile 6 tokenize", "copy", "2 s", "100"} {
		if !texts[want] {
			t.Errorf("no text %q in\n%s", want, got)
		}
	}
	if elements["polyline"] != 5 {
		t.Errorf("%d lines, want 5:\n%s", elements["polyline"], got)
	}
	if n := strings.Count(got, "stroke-dasharray"); n != 2 { // the copy's p50 is not known
		t.Errorf("%d dashed lines, want 2:\n%s", n, got)
	}
	// The medians of the two seconds that all rounds have are 10 ms. Alone, in the first panel, they are at the foot of a scale
	// of one decade; with the copy's 100 ms too, in the second panel.
	for _, want := range []string{`points="321.0,164.0 590.0,164.0 "`, `points="321.0,354.0 590.0,354.0 "`, `points="321.0,224.0 "`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}
