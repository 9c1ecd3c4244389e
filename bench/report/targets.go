package report

import (
	"fmt"
	"slices"
	"strings"
)

// A target is a promise about figures of one run.
type target struct {
	what     string
	want     string // as it is promised, in words
	known    bool   // whether this run has the figures
	measured float64
	format   string // of measured
	holds    bool
}

// targets writes what was promised beside what was measured: promises that the form is for, about figures that this run has.
// What does not hold is said, and fails nothing.
func (r *Results) targets(b *strings.Builder) {
	promises := slices.Concat(r.ofWork(), r.ofPeers(), r.ofUse(), r.ofLatency())
	switch r.Form {
	case FormLatency:
		promises = r.ofLatency()
	case FormScale:
		promises = r.ofUse()
	case FormZipf:
		promises = r.ofWork()
	}
	var rows []target
	for _, t := range promises {
		if t.known {
			rows = append(rows, t)
		}
	}
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n| target | promised | measured | holds |\n|---|---|---|---|\n")
	for _, t := range rows {
		holds := "**no**"
		if t.holds {
			holds = "yes"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", t.what, t.want, fmt.Sprintf(t.format, t.measured), holds)
	}
}

// atMost is a target whose measure is a quotient of two figures of this run, of which none may be missing.
func atMost(what string, most, a, b float64) target {
	t := target{what: what, want: fmt.Sprintf("≤ %.2f", most), format: "%.2f"}
	if a > 0 && b > 0 {
		t.known, t.measured = true, a/b
		t.holds = t.measured <= most
	}
	return t
}

// atLeast likewise.
func atLeast(what string, least, a, b float64) target {
	t := atMost(what, least, a, b)
	t.want, t.holds = fmt.Sprintf("≥ %.2f", least), t.measured >= least
	return t
}

// under is a target for a figure by itself.
func under(what string, most, measured float64, format, unit string) target {
	return target{what: what, want: fmt.Sprintf("< %g %s", most, unit), known: measured > 0, measured: measured, format: format + " " + unit, holds: measured < most}
}

// ofWork are those about voile's CPU per record against its parts and itself.
func (r *Results) ofWork() []target {
	six, cipher := r.CPU(Six), r.CPU(Cipher)
	if r.Load.Zipf {
		return []target{atMost("people who come back: `"+Six+"` / six AES-SIV alone, CPU", 1, six, cipher)}
	}
	sum := 0.0
	if wire, pass := r.CPU(Wire), r.fastestJSON(); wire > 0 && pass > 0 && cipher > 0 {
		sum = wire + pass + cipher
	}
	return []target{
		atMost("`"+Six+"` / sum of its parts' limits, CPU", 1.25, six, sum),
		atMost("`"+SixHash+"` / `"+Six+"`, CPU", 0.6, r.CPU(SixHash), six),
		atMost("`"+SixHash+"` / what `"+Six+"` may take, 1.25 of that sum", 0.6, r.CPU(SixHash), 1.25*sum),
		atMost("`"+PassThrough+"` / plain copy, CPU", 1, r.CPU(PassThrough), r.CPU(Copy)),
		atMost("exactly once / at least once, 6 `tokenize`, CPU", 1.15, r.CPU(SixExactly), six),
		atLeast("the same, records/s", 0.85, r.PerSecond(SixExactly), r.PerSecond(Six)),
	}
}

// ofPeers are those about what people would use instead.
func (r *Results) ofPeers() []target {
	if r.Load.Zipf {
		return nil
	}
	six := r.CPU(Six)
	against := func(peer string, share float64) target {
		return atMost(fmt.Sprintf("`%s` / %s, CPU", Six, peer), share, six, r.CPU(peer))
	}
	fastest := 0.0 // of those that transform
	for _, c := range r.Contenders {
		if !c.Limit && c.Name != Copy && !strings.HasPrefix(c.Name, "voile") {
			fastest = max(fastest, r.PerSecond(c.Name))
		}
	}
	return []target{
		against(SelfWritten, 1.0/6), against(Benthos, 1.0/9), against(StreamsWarm, 1.0/2), against(StreamsCold, 1.0/4),
		atLeast("`"+Six+"` / "+SelfWritten+", records/s", 3, r.PerSecond(Six), r.PerSecond(SelfWritten)),
		atLeast("`"+Six+"` / the fastest of the others that transform, records/s", 1, r.PerSecond(Six), fastest),
	}
}

// ofUse are those about memory and the start: the worst of all rounds and deliveries counts.
func (r *Results) ofUse() (list []target) {
	worst := func(value func(Run) float64, names ...string) (most float64) {
		for _, name := range names {
			if values := r.Of(name, value); len(values) > 0 {
				most = max(most, slices.Max(values))
			}
		}
		return most
	}
	if r.Form != FormScale {
		list = append(list, under("start to first record, the slowest of all rounds", 2, worst(first, PassThrough, Six, SixHash, SixExactly), "%.1f", "s"))
	}
	if r.Load.Partitions == 6 {
		list = append(list, under("peak memory, 6 partitions, the worst of all rounds", 80,
			worst(mebibytes, Six, SixExactly, "voile, 6 partitions", "voile exactly once, 6 partitions"), "%.0f", "MiB"))
	}
	return append(list, under("peak memory, 64 partitions, the worst of all rounds", 250,
		worst(mebibytes, "voile, 64 partitions", "voile exactly once, 64 partitions"), "%.0f", "MiB"))
}

const (
	halfCeiling    = 0.5
	commitInterval = 100 // ms, the default of exactly once
)

// ofLatency are those about the p99 at half of each one's ceiling.
func (r *Results) ofLatency() []target {
	p99 := func(contender string) float64 {
		var values []float64
		for _, l := range r.Latencies {
			if l.Contender == contender && l.Part == halfCeiling {
				values = append(values, l.P99)
			}
		}
		return Median(values)
	}
	six, exactly := p99(Six), p99(SixExactly)
	list := []target{atMost("p99 at half of the ceiling: `"+Six+"` / plain copy", 2, six, p99(Copy))}
	if six > 0 && exactly > 0 {
		list = append(list, target{what: "the same, exactly once, over at least once: one commit interval", want: fmt.Sprintf("≤ %d ms", commitInterval),
			known: true, measured: exactly - six, format: "%.1f ms", holds: exactly-six <= commitInterval})
	}
	return list
}
