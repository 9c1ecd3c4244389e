package bench

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"voile/bench/event"
	"voile/bench/report"
	"voile/internal/kafkatest"
)

var (
	form       = flag.String("form", "", "short (what a change is judged by), full (every contender), latency, scale or zipf; docs writes docs/performance.md of earlier results; without it there is no benchmark")
	records    = flag.Int("records", 0, "how many records; 0: as many as are usual in the form")
	rounds     = flag.Int("rounds", usualRounds, "how often each contender runs")
	partitions = flag.Int("partitions", 6, "of the source and of each sink")
	people     = flag.Int("people", 100_000, "of whom the events are")
	zipf       = flag.Bool("zipf", false, "some people come back much more often than others (Zipf's law with exponent 1)")
	codec      = flag.String("compression", "none", "of source and sinks: none, gzip, snappy, lz4, zstd")
	seed       = flag.Uint64("seed", 1, "of the events")
	only       = flag.String("only", "", "contenders whose name matches this regular expression")
	out        = flag.String("out", "", "folder of what is written; else dist/bench/ and the form")
	against    = flag.String("against", "", "results.json of another run, to be compared with")
	parts      = flag.String("parts", "0.25,0.5,0.75", "of a contender's ceiling, measured before, at which its latency is measured")
	rate       = flag.Float64("rate", 0, "records a second at which everybody's latency is measured, in place of the parts")
	counted    = flag.Duration("counted", 20*time.Second, "how long a latency is measured, after five seconds of the same load")
	writeDocs  = flag.Bool("write-docs", false, "write the tables and plots to docs/performance.md too, if nothing was left out and the machine was quiet")
	profile    = flag.Bool("profile", false, "write CPU and allocation profiles of voile's last round; its figures are a little higher")
)

// TestBench is the benchmark. It is a test so that it can start what the tests start.
func TestBench(t *testing.T) {
	if *form == "" {
		t.Skip("a benchmark: make bench")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if *form == "docs" {
		publishKept(t, root)
		return
	}
	list, err := chosen(*form, *only)
	if err != nil {
		t.Fatal(err)
	}
	shares, err := partsOf(*parts, *rate)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := codecs[*codec]; !ok {
		t.Fatalf("-compression %s: want none, gzip, snappy, lz4 or zstd", *codec)
	}
	t.Chdir(root) // the services' programs are found, and fetched, from there; the flags' paths are from there too
	folder, err := outFolder()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	before := earlier(t, *against) // read first: it may be what will be overwritten
	r, results := prepare(t, root, folder, list)
	keep := func() { write(t, folder, results) } // after each run: what was measured is kept if a later one fails
	races(t, r, list, results, keep)
	if *form == report.FormLatency {
		latencies(t, r, list, shares, results, keep)
	}
	fmt.Printf("\n%s\nIn %s: results.json, tables.md, the plots.\n", results.Markdown(), folder)
	if before != nil {
		fmt.Printf("\n%s", report.Compare(before, results))
	}
	if *writeDocs {
		if why := unfit(results, given()); why != "" {
			fmt.Printf("docs/performance.md stays as it is: %s. make bench-docs writes it all the same.\n", why)
		} else if err := publish(root, results); err != nil {
			t.Error(err)
		}
	}
}

// outFolder is where results go; the forms do not overwrite each other's.
func outFolder() (string, error) {
	return filepath.Abs(cmp.Or(*out, filepath.Join("dist", "bench", *form)))
}

// prepare builds the contenders, starts the services, writes the events, and notes what there is to note before a run.
func prepare(t *testing.T, root, folder string, list []contender) (*ring, *report.Results) {
	t.Helper()
	if *records == 0 {
		*records = usual[*form]
	}
	results := &report.Results{Form: *form, Machine: machine(t), Load: report.Load{Records: *records, People: *people, Seed: *seed,
		Zipf: *zipf || *form == report.FormZipf, Partitions: *partitions, Compression: *codec, Rounds: *rounds}}
	if *writeDocs && unfit(results, given()) == "" {
		calm(t, func(load float64) bool { results.LoadBegin = load; return results.Busy() })
	}
	results.Began, results.LoadBegin = time.Now().UTC(), loadAverage(t)
	programs, failures := build(t, root, list, *profile)
	results.Commit, results.Versions = commit(t, root), versionsOf(t, programs)
	r := newRing(t, event.Source{Seed: *seed, People: *people, Zipf: results.Load.Zipf}, *records, *partitions, *codec, list)
	r.programs = programs
	if *profile {
		r.profiles = folder
	}
	results.Load.RecordBytes = r.bytes / *records
	results.Versions["Apache Kafka"], results.Versions["OpenBao"] = kafkaVersion(t, root), r.vaultVersion(t)
	for _, c := range list {
		results.Contenders = append(results.Contenders, c.described())
		if err := failures[c.program]; err != nil {
			fail(t, results, c, 0, err)
		}
	}
	return r, results
}

// races runs each contender alone, round after round, and calls keep after each.
func races(t *testing.T, r *ring, list []contender, results *report.Results, keep func()) {
	t.Helper()
	for round := range *rounds {
		for c := range turned(list, round) {
			if results.Failed(c.name) {
				continue
			}
			if run, err := r.run(t, c, round); err != nil {
				fail(t, results, c, round, err)
			} else {
				results.Runs = append(results.Runs, run)
				t.Logf("round %d: %-32s %6.2f µs CPU a record", run.Round, c.name, run.CPUMicros)
			}
			keep()
		}
	}
}

// fail notes that a contender has no result; the others go on, and the benchmark ends as one that failed.
func fail(t *testing.T, results *report.Results, c contender, round int, err error) {
	t.Helper()
	t.Errorf("round %d: %s FAILED: %v", round+1, c.name, err)
	results.Failures = append(results.Failures, report.Failure{Contender: c.name, Round: round + 1, Why: err.Error()})
}

// warm is how long an open load runs before its latencies count.
const warm = 5 * time.Second

// partsOf are the numbers of -parts, or none but 0, which is of nothing, where a rate is given.
func partsOf(text string, rate float64) (shares []float64, err error) {
	if rate > 0 {
		return []float64{0}, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		share, err := strconv.ParseFloat(part, 64)
		if err != nil || share <= 0 {
			return nil, fmt.Errorf("-parts %s: want numbers above 0", text)
		}
		shares = append(shares, share)
	}
	return shares, nil
}

// latencies measures under open loads, of the parts of each contender's ceiling or of one rate, and calls keep after each.
func latencies(t *testing.T, r *ring, list []contender, shares []float64, results *report.Results, keep func()) {
	t.Helper()
	for round := range *rounds {
		for _, share := range shares {
			for c := range turned(list, round) {
				load := openLoad{perSecond: *rate, warm: warm, counted: *counted}
				if share > 0 {
					load.perSecond = math.Round(share * results.PerSecond(c.name))
				}
				if results.Failed(c.name) || load.perSecond <= 0 {
					continue
				}
				if l, err := r.open(t, c, round, share, load); err != nil {
					fail(t, results, c, round, fmt.Errorf("at %.0f records/s: %w", load.perSecond, err))
				} else {
					results.Latencies = append(results.Latencies, l)
					t.Logf("round %d: %-32s %7.0f records/s, p50 %.1f ms, p99 %.1f ms", l.Round, c.name, l.PerSecond, l.P50, l.P99)
				}
				keep()
			}
		}
	}
}

// turned gives the contenders in an order that is another one in each round: nobody is always first, or always after the same.
func turned(list []contender, round int) iter.Seq[contender] {
	return func(yield func(contender) bool) {
		for i := range list {
			if !yield(list[(i+round)%len(list)]) {
				return
			}
		}
	}
}

// earlier reads another benchmark's results; nil where there is no path.
func earlier(t *testing.T, path string) *report.Results {
	t.Helper()
	if path == "" {
		return nil
	}
	results := &report.Results{}
	if err := json.Unmarshal([]byte(read(t, path)), results); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return results
}

// chosen are the contenders of a form whose name matches.
func chosen(form, only string) (list []contender, err error) {
	matches, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	all, in := contenders(), map[string]func(contender) bool{
		"short":   func(c contender) bool { return c.short },
		"full":    func(contender) bool { return true },
		"latency": func(c contender) bool { return c.short && !c.limit },
		"scale":   func(contender) bool { return true },
		"zipf":    func(c contender) bool { return c.short },
	}[form]
	if in == nil {
		return nil, fmt.Errorf("-form %s: want short, full, latency, scale or zipf", form)
	}
	if form == report.FormScale {
		all = scaled()
	}
	for _, c := range all {
		if in(c) && matches.MatchString(c.name) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no contender of the form %s has a name that matches %q", form, only)
	}
	return list, nil
}

func write(t *testing.T, folder string, results *report.Results) {
	t.Helper()
	text, err := results.JSON()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"results.json": text, "tables.md": []byte(results.Fragment(""))}
	for _, p := range results.Plots() {
		files[p.Name+".svg"] = []byte(p.SVG)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// admin is a client for topics and offsets.
func admin(t *testing.T, brokers []string) *kadm.Client {
	t.Helper()
	return kadm.NewClient(kafkatest.Client(t, brokers))
}
