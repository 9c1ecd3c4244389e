package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Names that the tables reckon with: the copy is what ratios are to; voile with six fields is held against the sum of its
// parts' limits; the rest is in the targets.
const (
	Copy        = "copy"
	SelfWritten = "self-written 6"
	Benthos     = "Benthos 6"
	StreamsCold = "Kafka Streams 6 cold"
	StreamsWarm = "Kafka Streams 6 warm"
	PassThrough = "voile pass-through"
	Six         = "voile 6 tokenize"
	SixExactly  = "voile 6 tokenize exactly once"
	SixHash     = "voile 6 hash"
	Wire        = "limit: wire"
	Cipher      = "limit: 6 AES-SIV"
	JSON        = "limit: JSON, " // begins the names of several libraries, of which the fastest counts
)

// busyPerCore is the load average of a core above which the machine had other work to do.
const busyPerCore = 0.75

// Busy says whether the machine had other work to do when it began.
func (r *Results) Busy() bool { return r.LoadBegin > busyPerCore*float64(r.Machine.Cores) }

// Markdown writes a fragment with the conditions and the tables.
func (r *Results) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, commit %s. Machine: %d cores of %s, %.0f GiB, Linux %s.", r.Began.Format("2006-01-02"), r.Commit,
		r.Machine.Cores, r.Machine.CPU, float64(r.Machine.Memory)/(1<<30), r.Machine.Kernel)
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		fmt.Fprintf(&b, " %s %s.", name, r.Versions[name])
	}
	people := number("%.0f", float64(r.Load.People))
	if r.Load.Zipf {
		people += " (Zipf)"
	}
	fmt.Fprintf(&b, "\n%s records of %d bytes, of %s people (seed %d), %d partitions, compression %s, %s.\n",
		number("%.0f", float64(r.Load.Records)), r.Load.RecordBytes, people, r.Load.Seed, r.Load.Partitions, r.Load.Compression, r.rounds())
	if r.Busy() {
		fmt.Fprintf(&b, "\n**The machine was busy** (load average %.1f at the beginning): none of these figures is worth keeping.\n", r.LoadBegin)
	}
	if r.Form == FormScale {
		r.scales(&b)
	} else {
		r.contenders(&b)
		r.limits(&b)
	}
	r.latencies(&b)
	r.targets(&b)
	r.failures(&b)
	return b.String()
}

func (r *Results) rounds() string {
	if r.Load.Rounds == 1 {
		return "one round"
	}
	return fmt.Sprintf("%d rounds; medians, in brackets the least and the most", r.Load.Rounds)
}

// failures names who has no result, or not one of each round.
func (r *Results) failures(b *strings.Builder) {
	for i, f := range r.Failures {
		if i == 0 {
			b.WriteString("\n**Not everybody came through**; who failed once ran no more:\n\n")
		}
		why, _, _ := strings.Cut(f.Why, "\n")
		fmt.Fprintf(b, "- %s, round %d: %s\n", f.Contender, f.Round, why)
	}
}

// name is a contender's as it stands in the tables.
func (r *Results) name(c Contender) string {
	name := strings.TrimPrefix(c.Name, "limit: ")
	if r.Failed(c.Name) {
		name += " (**failed**)"
	}
	return name
}

func perSecond(run Run) float64 { return run.PerSecond }
func mebibytes(run Run) float64 { return float64(run.PeakMemory) / (1 << 20) }
func first(run Run) float64     { return run.First }

func (r *Results) contenders(b *strings.Builder) {
	base := r.CPU(Copy)
	b.WriteString("\n| contender | | CPU µs a record | ratio to the copy | records/s | peak MiB | first record, s |\n|---|---|---|---|---|---|---|\n")
	for _, c := range r.Contenders {
		if c.Limit {
			continue
		}
		ratio := ""
		if cpu := r.CPU(c.Name); base > 0 && cpu > 0 {
			ratio = fmt.Sprintf("%.2f", cpu/base)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", r.name(c), c.About,
			spread("%.2f", r.micros(c.Name)), ratio, spread("%.0f", r.Of(c.Name, perSecond)),
			spread("%.0f", r.Of(c.Name, mebibytes)), spread("%.1f", r.Of(c.Name, first)))
	}
}

func (r *Results) limits(b *strings.Builder) {
	if !slices.ContainsFunc(r.Contenders, func(c Contender) bool { return c.Limit }) {
		return
	}
	b.WriteString("\n| limit | | CPU µs a record |\n|---|---|---|\n")
	for _, c := range r.Contenders {
		if c.Limit {
			fmt.Fprintf(b, "| %s | %s | %s |\n", r.name(c), c.About,
				spread("%.2f", r.micros(c.Name)))
		}
	}
	wire, cipher, pass := r.CPU(Wire), r.CPU(Cipher), r.fastestJSON()
	six := r.CPU(Six)
	if wire > 0 && cipher > 0 && pass > 0 && six > 0 {
		sum := wire + cipher + pass
		fmt.Fprintf(b, "\nThe parts of `%s` alone: %.2f (wire) + %.2f (JSON) + %.2f (cipher) = %.2f µs. It takes %.2f, **%.2f** times as much.\n",
			Six, wire, pass, cipher, sum, six, six/sum)
	}
}

// fastestJSON is the median of the library that is the fastest here; 0 where none ran.
func (r *Results) fastestJSON() (least float64) {
	for _, c := range r.Contenders {
		if micros := r.CPU(c.Name); strings.HasPrefix(c.Name, JSON) && micros > 0 && (least == 0 || micros < least) {
			least = micros
		}
	}
	return least
}

// spread is the median, with the least and the most where there are several.
func spread(format string, values []float64) string {
	switch len(values) {
	case 0:
		return ""
	case 1:
		return number(format, values[0])
	}
	return fmt.Sprintf("%s (%s–%s)", number(format, Median(values)), number(format, slices.Min(values)), number(format, slices.Max(values)))
}

// number formats one that is not negative, with a comma before each three digits in front of the point.
func number(format string, value float64) string {
	text := fmt.Sprintf(format, value)
	whole, rest, _ := strings.Cut(text, ".")
	if rest != "" {
		rest = "." + rest
	}
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	return whole + rest
}
