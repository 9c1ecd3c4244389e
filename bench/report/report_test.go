package report

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := Median(test.values); got != test.want {
			t.Errorf("median of %v: %v, want %v", test.values, got, test.want)
		}
	}
}

func results() *Results {
	r := &Results{Began: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC), Commit: "abc", LoadBegin: 0.2,
		Machine:  Machine{CPU: "some CPU", Cores: 2, Memory: 24 << 30, Kernel: "6.1"},
		Versions: map[string]string{"Tink": "2.9.0", "Go": "1.26.8"},
		Load:     Load{Records: 1000, People: 10, Seed: 1, Partitions: 6, Compression: "none", RecordBytes: 1234, Rounds: 3},
		Contenders: []Contender{{Name: Copy, About: "copies"}, {Name: Six, About: "6 fields"}, {Name: Wire, About: "moves", Limit: true},
			{Name: JSON + "slow", Limit: true}, {Name: JSON + "fast", Limit: true}, {Name: JSON + "not run", Limit: true}, {Name: Cipher, Limit: true}}}
	for round, times := range []float64{1, 1.5, 0.5} {
		for name, micros := range map[string]float64{Copy: 5, Six: 10, Wire: 2, JSON + "slow": 3, JSON + "fast": 1, Cipher: 5} {
			r.Runs = append(r.Runs, Run{Contender: name, Round: round + 1, CPUMicros: micros * times, PerSecond: 1000 * times, PeakMemory: 64 << 20, First: 0.3})
		}
	}
	return r
}

func TestMarkdown(t *testing.T) {
	got := results().Markdown()
	for _, want := range []string{
		"2026-11-26, commit abc. Machine: 2 cores of some CPU, 24 GiB, Linux 6.1. Go 1.26.8. Tink 2.9.0.\n",
		"1,000 records of 1234 bytes, of 10 people (seed 1), 6 partitions, compression none, 3 rounds",
		"| copy | copies | 5.00 (2.50–7.50) | 1.00 | 1,000 (500–1,500) | 64 (64–64) | 0.3 (0.3–0.3) |\n",
		"| voile 6 tokenize | 6 fields | 10.00 (5.00–15.00) | 2.00 | 1,000 (500–1,500) | 64 (64–64) | 0.3 (0.3–0.3) |\n",
		"| wire | moves | 2.00 (1.00–3.00) |\n",
		"2.00 (wire) + 1.00 (JSON) + 5.00 (cipher) = 8.00 µs. It takes 10.00, **1.25** times as much.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "busy") {
		t.Errorf("a quiet machine is called busy:\n%s", got)
	}
}

func TestMarkdownOfABusyMachine(t *testing.T) {
	r := results()
	r.LoadBegin = 1.6
	if got := r.Markdown(); !strings.Contains(got, "**The machine was busy** (load average 1.6 at the beginning)") {
		t.Errorf("a load of 1.6 on 2 cores is not told:\n%s", got)
	}
}

// TestMarkdownOfAPart: what did not run is in no sum, and no ratio is to it.
func TestMarkdownOfAPart(t *testing.T) {
	r := results()
	r.Contenders = r.Contenders[1:3]
	r.Runs = r.Runs[:0]
	r.Runs = append(r.Runs, Run{Contender: Six, Round: 1, CPUMicros: 10, PerSecond: 7, PeakMemory: 1 << 20, First: 1})
	got := r.Markdown()
	if !strings.Contains(got, "| voile 6 tokenize | 6 fields | 10.00 |  | 7 | 1 | 1.0 |\n") || strings.Contains(got, "times as much") {
		t.Errorf("of voile alone:\n%s", got)
	}
}

func TestMarkdownOfLatencies(t *testing.T) {
	r := results()
	if got := r.Markdown(); strings.Contains(got, "p99") {
		t.Errorf("a table of latencies without any:\n%s", got)
	}
	for round, times := range []float64{1, 3, 2} {
		for _, part := range []float64{0.25, 0.5} {
			r.Latencies = append(r.Latencies, Latency{Contender: Six, Round: round + 1, Part: part, PerSecond: part * 1000,
				P50: times * part, P99: times, P999: 2 * times, Most: 3 * times, Behind: 9})
		}
	}
	r.Latencies = append(r.Latencies, Latency{Contender: Copy, Round: 1, PerSecond: 77, P50: 1, P99: 2, P999: 3, Most: 4, Behind: 5})
	want := "| copy |  | 77 | 1.0 | 2.0 | 3.0 | 4.0 | 5 |\n" +
		"| voile 6 tokenize | 25 % | 250 (250–250) | 0.5 (0.2–0.8) | 2.0 (1.0–3.0) | 4.0 (2.0–6.0) | 6.0 (3.0–9.0) | 9 (9–9) |\n" +
		"| voile 6 tokenize | 50 % | 500 (500–500) | 1.0 (0.5–1.5) | 2.0 (1.0–3.0) | 4.0 (2.0–6.0) | 6.0 (3.0–9.0) | 9 (9–9) |\n"
	if got := r.Markdown(); !strings.Contains(got, want) {
		t.Errorf("no\n%s in\n%s", want, got)
	}
}

// TestMarkdownOfFailures: who failed is named, beside what was measured before.
func TestMarkdownOfFailures(t *testing.T) {
	r := results()
	r.Contenders = append(r.Contenders, Contender{Name: Benthos, About: "maps"})
	r.Failures = []Failure{{Benthos, 1, "the process ended by itself: exit status 1\nno such broker"}, {Wire, 3, "event 7 is there twice"}}
	got := r.Markdown()
	for _, want := range []string{
		"| Benthos 6 (**failed**) | maps |  |  |  |  |  |\n", "| wire (**failed**) | moves | 2.00 (1.00–3.00) |\n",
		"who failed once ran no more:\n\n- Benthos 6, round 1: the process ended by itself: exit status 1\n- limit: wire, round 3: event 7 is there twice\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "no such broker") {
		t.Errorf("all that a process said is in\n%s", got)
	}
}

// TestMarkdownOfScaling: one that is in two tables has a ratio in each.
func TestMarkdownOfScaling(t *testing.T) {
	r := &Results{Form: FormScale, Load: Load{Partitions: 6}, Contenders: []Contender{{Name: "voile, 1 rule", About: "1 field", Groups: []string{Rules}},
		{Name: "voile, 6 partitions", About: "6 fields", Groups: []string{Rules, Partitions}}, {Name: "voile, 64 partitions", Groups: []string{Partitions}}}}
	r.Runs = []Run{{Contender: "voile, 1 rule", CPUMicros: 2, PeakMemory: 1 << 20}, {Contender: "voile, 6 partitions", CPUMicros: 8, PeakMemory: 90 << 20},
		{Contender: "voile, 64 partitions", CPUMicros: 10, PerSecond: 3, PeakMemory: 100 << 20, First: 0.5}}
	got := r.Markdown()
	for _, want := range []string{
		"| by rules | | CPU µs", "| voile, 6 partitions | 6 fields | 8.00 | 4.00 | 0 | 90 | 0.0 |\n",
		"| by partitions | | CPU µs", "| voile, 6 partitions | 6 fields | 8.00 | 1.00 | 0 | 90 | 0.0 |\n",
		"| voile, 64 partitions |  | 10.00 | 1.25 | 3 | 100 | 0.5 |\n",
		"| peak memory, 6 partitions, the worst of all rounds | < 80 MiB | 90 MiB | **no** |\n",
		"| peak memory, 64 partitions, the worst of all rounds | < 250 MiB | 100 MiB | yes |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "by processes") || strings.Contains(got, "ratio to the copy") {
		t.Errorf("a table of nobody in\n%s", got)
	}
}

func TestNumber(t *testing.T) {
	for _, test := range []struct {
		format string
		value  float64
		want   string
	}{{"%.0f", 0, "0"}, {"%.0f", 999, "999"}, {"%.0f", 1000, "1,000"}, {"%.0f", 123456, "123,456"}, {"%.1f", 1234567.25, "1,234,567.2"}, {"%.2f", 8.1, "8.10"}} {
		if got := number(test.format, test.value); got != test.want {
			t.Errorf("%v by %s: %s, want %s", test.value, test.format, got, test.want)
		}
	}
}

func TestJSONHasEverything(t *testing.T) {
	want := results()
	text, err := want.JSON()
	if err != nil {
		t.Fatal(err)
	}
	got := &Results{}
	if err := json.Unmarshal(text, got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nbecame\n%+v", want, got)
	}
}
