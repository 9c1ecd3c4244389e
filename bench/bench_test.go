package bench

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"voile/bench/event"
	"voile/bench/report"
	"voile/internal/kafkatest"
)

var (
	form       = flag.String("form", "", "short (what a change is judged by, in three minutes) or full (every contender); without it the benchmark is skipped")
	records    = flag.Int("records", 0, "how many records; 0: 300,000 in the short form, 1,000,000 in the full one")
	rounds     = flag.Int("rounds", 3, "how often each contender runs")
	partitions = flag.Int("partitions", 6, "of the source and of each sink")
	people     = flag.Int("people", 100_000, "of whom the events are")
	seed       = flag.Uint64("seed", 1, "of the events")
	only       = flag.String("only", "", "contenders whose name matches this regular expression")
	out        = flag.String("out", "", "folder for results.json and tables.md; empty for dist/bench in the repository")
)

// TestBench is the benchmark. It is a test so that it can start what the tests start.
func TestBench(t *testing.T) {
	if *form == "" {
		t.Skip("a benchmark: make bench")
	}
	list, err := chosen(*form, *only)
	if err != nil {
		t.Fatal(err)
	}
	if *records == 0 {
		*records = map[string]int{"short": 300_000, "full": 1_000_000}[*form]
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	folder := *out
	if folder == "" {
		folder = filepath.Join(root, "dist", "bench")
	} else if folder, err = filepath.Abs(folder); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root) // the services' programs are found, and fetched, from there

	results := &report.Results{Began: time.Now().UTC(), LoadBegin: loadAverage(t), Machine: machine(t)}
	source := event.Source{Seed: *seed, People: *people}
	results.Load = report.Load{Records: *records, People: *people, Seed: *seed, Partitions: *partitions, Rounds: *rounds}
	programs := build(t, root, list)
	results.Commit, results.Versions = commit(t, root), programs.versions(t)
	r := newRing(t, source, *records, *partitions, programs)
	results.Load.RecordBytes, results.Versions["Apache Kafka"], results.Versions["OpenBao"] = r.bytes/(*records), kafkaVersion(t, root), r.vaultVersion(t)
	for _, c := range list {
		results.Contenders = append(results.Contenders, c.described())
	}
	for round := range *rounds {
		for i := range list {
			c := list[(i+round)%len(list)] // nobody is always first, or always after the same
			run := r.run(t, c, round)
			results.Runs = append(results.Runs, run)
			t.Logf("round %d: %-32s %6.2f µs CPU a record", run.Round, c.name, run.CPUMicros)
			write(t, folder, results) // what was measured is kept if a later run fails
		}
	}
	fmt.Printf("\n%s\nIn %s: results.json and tables.md.\n", results.Markdown(), folder)
}

// chosen are the contenders of a form whose name matches.
func chosen(form, only string) (list []contender, err error) {
	matches, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	if form != "short" && form != "full" {
		return nil, fmt.Errorf("-form %s: want short or full", form)
	}
	for _, c := range contenders() {
		if (c.short || form == "full") && matches.MatchString(c.name) {
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
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"results.json": text, "tables.md": []byte(results.Markdown())} {
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
