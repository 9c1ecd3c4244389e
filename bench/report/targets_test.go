package report

import (
	"strings"
	"testing"
)

// TestTargets: each promise is held against its own figures, those that are missing are in no row, and a failed promise is said.
func TestTargets(t *testing.T) {
	type figures struct {
		micros, perSecond, first float64
		mebibytes                int64
	}
	all := map[string]figures{
		Copy: {10, 100, 5, 10}, SelfWritten: {60, 30, 5, 500}, Benthos: {72, 20, 5, 500}, StreamsWarm: {17, 50, 5, 500}, StreamsCold: {39, 10, 5, 500},
		PassThrough: {5, 200, 0.5, 30}, Six: {10, 90, 0.5, 60}, SixHash: {6.1, 120, 0.5, 60}, SixExactly: {11.5, 75, 2.5, 81},
		Wire: {2, 0, 0, 0}, JSON + "x": {1, 0, 0, 0}, Cipher: {5, 0, 0, 0},
	}
	of := func(names ...string) *Results {
		r := &Results{Load: Load{Partitions: 6}}
		for _, name := range names {
			f := all[name]
			r.Contenders = append(r.Contenders, Contender{Name: name, Limit: strings.HasPrefix(name, "limit")})
			r.Runs = append(r.Runs, Run{Contender: name, CPUMicros: f.micros, PerSecond: f.perSecond, First: f.first, PeakMemory: f.mebibytes << 20})
		}
		return r
	}
	everybody := of(Copy, SelfWritten, Benthos, StreamsWarm, StreamsCold, PassThrough, Six, SixHash, SixExactly, Wire, JSON+"x", Cipher)
	zipf := of(SelfWritten, Six, Cipher)
	zipf.Load.Zipf = true
	late := of()
	for name, p99 := range map[string]float64{Copy: 10, Six: 21, SixExactly: 120} {
		late.Latencies = append(late.Latencies, Latency{Contender: name, Part: 0.5, P99: p99}, Latency{Contender: name, Part: 0.75, P99: 9 * p99})
	}
	for name, test := range map[string]struct {
		r    *Results
		want string
	}{
		"everybody": {everybody, "" +
			"| `voile 6 tokenize` / sum of its parts' limits, CPU | ≤ 1.25 | 1.25 | yes |\n" +
			"| `voile 6 hash` / `voile 6 tokenize`, CPU | ≤ 0.60 | 0.61 | **no** |\n" +
			"| `voile 6 hash` / what `voile 6 tokenize` may take, 1.25 of that sum | ≤ 0.60 | 0.61 | **no** |\n" +
			"| `voile pass-through` / plain copy, CPU | ≤ 1.00 | 0.50 | yes |\n" +
			"| exactly once / at least once, 6 `tokenize`, CPU | ≤ 1.15 | 1.15 | yes |\n" +
			"| the same, records/s | ≥ 0.85 | 0.83 | **no** |\n" +
			"| `voile 6 tokenize` / self-written 6, CPU | ≤ 0.17 | 0.17 | yes |\n" +
			"| `voile 6 tokenize` / Benthos 6, CPU | ≤ 0.11 | 0.14 | **no** |\n" +
			"| `voile 6 tokenize` / Kafka Streams 6 warm, CPU | ≤ 0.50 | 0.59 | **no** |\n" +
			"| `voile 6 tokenize` / Kafka Streams 6 cold, CPU | ≤ 0.25 | 0.26 | **no** |\n" +
			"| `voile 6 tokenize` / self-written 6, records/s | ≥ 3.00 | 3.00 | yes |\n" +
			"| `voile 6 tokenize` / the fastest of the others that transform, records/s | ≥ 1.00 | 1.80 | yes |\n" +
			"| start to first record, the slowest of all rounds | < 2 s | 2.5 s | **no** |\n" +
			"| peak memory, 6 partitions, the worst of all rounds | < 80 MiB | 81 MiB | **no** |\n"},
		"people who come back": {zipf, "" +
			"| people who come back: `voile 6 tokenize` / six AES-SIV alone, CPU | ≤ 1.00 | 2.00 | **no** |\n" +
			"| start to first record, the slowest of all rounds | < 2 s | 0.5 s | yes |\n" +
			"| peak memory, 6 partitions, the worst of all rounds | < 80 MiB | 60 MiB | yes |\n"},
		"latency": {late, "" +
			"| p99 at half of the ceiling: `voile 6 tokenize` / plain copy | ≤ 2.00 | 2.10 | **no** |\n" +
			"| the same, exactly once, over at least once: one commit interval | ≤ 100 ms | 99.0 ms | yes |\n"},
		"nobody who was promised anything": {of(Copy), ""},
	} {
		var b strings.Builder
		test.r.targets(&b)
		_, rows, _ := strings.Cut(b.String(), "|---|---|---|---|\n")
		if rows != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, rows, test.want)
		}
	}
}
