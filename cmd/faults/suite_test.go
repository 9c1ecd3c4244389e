package faults

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"voile/cmd/auditor/audit"
	"voile/internal/repo"
)

var (
	formFlag     = flag.String("form", "", "short: every fault once; long: as often as docs/reliability.md says; empty: skip the suite")
	seedFlag     = flag.Uint64("seed", 0, "decides victims, moments and contents; 0 takes one of the time")
	deliveryFlag = flag.String("delivery", "exactly_once,at_least_once", "the fleets to run, side by side on one source")
	onlyFlag     = flag.String("only", "", "only faults whose name matches this regular expression")
	rateFlag     = flag.Int("rate", 300, "records a second")
	timesFlag    = flag.Int("times", 0, "how often each fault comes; 0 as the form says")
	keepFlag     = flag.Bool("keep", false, "keep logs and findings of a run that is well, too")
)

// TestFaults is the suite.
func TestFaults(t *testing.T) {
	if *formFlag == "" {
		t.Skip("the fault suite runs by `make faults` (FORM=short is the one of .ci/run)")
	}
	if *formFlag != short && *formFlag != long {
		t.Fatalf("-form: %q is neither %s nor %s", *formFlag, short, long)
	}
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano() % 1e6)
	}
	steps, err := plan(*formFlag, *onlyFlag, seed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range steps {
		if *timesFlag > 0 {
			steps[i].times = *timesFlag
		}
	}
	deliveries := strings.Split(*deliveryFlag, ",")
	fmt.Printf("seed %d: %s form, %s, %d records a second (again: make faults FORM=%s SEED=%d DELIVERY=%s)\n", seed, *formFlag, *deliveryFlag, *rateFlag, *formFlag, seed, *deliveryFlag)
	for i := range steps {
		fmt.Printf("  %2d times  %s\n", steps[i].times, steps[i].name)
	}
	dir := evidenceDir(t, seed)
	r := run{scene: newScene(t, dir, deliveries), seed: seed, steps: steps}
	r.play()
	r.judge()
}

// evidenceDir makes the folder of logs and findings, which stays where the test fails.
func evidenceDir(t *testing.T, seed uint64) string {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "dist", fmt.Sprintf("faults-%d-%s", seed, time.Now().Format("150405")))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !t.Failed() && !*keepFlag {
			_ = os.RemoveAll(dir)
			return
		}
		fmt.Printf("logs, metrics and findings are in %s\n", dir)
	})
	return dir
}

// A run is a scene with its plan, and what came of it.
type run struct {
	*scene
	seed   uint64
	steps  []step
	people []person

	windows []audit.Stretch
	rows    [][]row // by fleet, one for each window
}

// play runs the plan. A step after which not everything becomes well again ends it.
func (r *run) play() {
	t := r.t
	r.people = population(r.seed, people)
	topics := []string{source}
	for _, f := range r.fleets {
		topics = append(topics, f.sink)
	}
	for slot := range slots {
		if err := r.each(slot, (*member).start); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for _, f := range r.fleets {
			for _, m := range f.members {
				m.kill()
			}
		}
	})
	load := startLoader(t, r.kafka.Brokers(), source, newWriter(r.seed, r.people, partitions), r.seed, *rateFlag)
	r.watch = startWatch(t, r.kafka.Brokers(), partitions, topics...)
	r.rows = make([][]row, len(r.fleets))
	err := r.step("nothing", 1, func(int) error { time.Sleep(5 * time.Second); return nil })
	for i := range r.steps {
		s := &r.steps[i]
		if s.lacks != nil && s.lacks(r.scene) != "" {
			r.say("%s: SKIPPED, it needs %s", s.name, s.lacks(r.scene))
			for f := range r.rows {
				r.rows[f] = append(r.rows[f], row{name: s.name, skipped: s.lacks(r.scene)})
			}
			continue
		}
		if err == nil {
			err = r.step(s.name, s.times, func(time int) error { return s.does(r.scene, s.rng(time)) })
		}
	}
	if err != nil {
		t.Errorf("the run ends here: %v", err)
	}
	written, errLoader := load.stop(wellBound)
	if errLoader != nil {
		t.Error(errLoader)
	}
	r.say("the loader has written %d records", written)
	if errEnd := r.caughtUp(); errEnd != nil {
		t.Errorf("at the end: %v", errEnd)
	}
}

// step runs one fault as often as it is to come; each time ends when everything is well again.
func (r *run) step(name string, times int, does func(time int) error) error {
	r.begin(name)
	r.watch.reset()
	begun := time.Now()
	var failed error
	done := 0
	for ; done < times && failed == nil; done++ {
		failed = errors.Join(does(done), r.heal())
		if failed != nil {
			failed = fmt.Errorf("%s, time %d: %w", name, done+1, failed)
		}
	}
	var stalls []string
	source := r.watch.longest(source)
	for f, fleet := range r.fleets {
		sink := r.watch.longest(fleet.sink)
		stalls = append(stalls, fmt.Sprintf("%s %s", fleet.delivery, sink))
		r.rows[f] = append(r.rows[f], row{name: name, times: done, source: source.lasted, sink: sink.lasted})
	}
	r.say("%s: %d times in %.0f s\n         longest stalls: source %s, %s", name, done, time.Since(begun).Seconds(), seconds(source.lasted), strings.Join(stalls, ", "))
	return failed
}

// begin notes where in the source a step begins: behind what every group has committed, which no fault can have delivered
// again. The first one begins with the first record.
func (r *run) begin(name string) {
	from := map[string]int64{}
	for p := range int32(partitions) {
		from[fmt.Sprintf("%s/%d", source, p)] = r.settled[p]
	}
	r.windows = append(r.windows, audit.Stretch{Name: name, From: from})
}

// judge ends the processes, and has the auditor say what came of each fleet.
func (r *run) judge() {
	t := r.t
	var metrics []string
	for slot := range slots {
		for _, m := range r.slot(slot) {
			file, err := m.dump()
			if err != nil {
				t.Errorf("metrics of %s: %v", m.name, err)
				continue
			}
			metrics = append(metrics, file)
		}
	}
	for slot := range slots {
		if err := r.each(slot, (*member).stop); err != nil {
			t.Error(err)
		}
	}
	logs, err := filepath.Glob(filepath.Join(r.dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range r.fleets {
		report, err := r.audit(f, slices.Concat(logs, metrics))
		if err != nil {
			t.Error(err)
			continue
		}
		kills := 0
		for _, m := range f.members {
			kills += m.kills
		}
		fmt.Printf("\n%s, seed %d: %d kills of voile, %d of brokers; beside what it delivered the sink holds %d records of aborted transactions\n\n%s",
			f.delivery, r.seed, kills, r.brokerKills, report.Uncommitted-report.Committed, table(r.finish(r.rows[i], report)))
		if len(report.Violations) > 0 {
			t.Errorf("%s does not hold: %v", f.delivery, report.Violations)
			r.keep(f)
		}
	}
	if t.Failed() {
		r.write(filepath.Join(r.dir, "kafka.txt"), r.kafka.Log())
	}
}

// finish fills the counts in: those of each window, and their sum.
func (r *run) finish(rows []row, report *audit.Report) []row {
	total := row{name: "all", counts: report.Total}
	window := 0
	for i := range rows {
		if rows[i].skipped != "" {
			continue
		}
		rows[i].counts = report.Windows[window].Counts
		window++
		total.times += rows[i].times
		total.source, total.sink = max(total.source, rows[i].source), max(total.sink, rows[i].sink)
	}
	return append(rows, total)
}

// audit runs the auditor, whose exit code 1 says that something is wrong.
func (r *run) audit(f *fleet, texts []string) (*audit.Report, error) {
	spec := audit.Spec{
		Brokers: r.kafka.Brokers(), Delivery: f.delivery, Flows: []audit.Flow{{Source: source, Sink: f.sink}},
		Quarantine: audit.Quarantine{Topic: f.quarantine, Source: "voile-topic", Partition: "voile-partition", Offset: "voile-offset", Part: "voile-part"},
		ID:         "id", Sequence: "seq", Key: "customer-email", Headers: map[string]string{"x-user": "customer-id"},
		Members: map[string]string{"mail": "customer-email", "user.id": "customer-id", "user.name": audit.Anything,
			"user.friends[].mail": "customer-email", "card": audit.Anything, "remark": audit.Anything},
		Required: []string{"mail"}, SourceHeader: sourceHeader,
		Planted: append(planted(r.people), "aborted@example.org"), Texts: texts, Windows: r.windows,
	}
	text, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return nil, err
	}
	in, out := filepath.Join(r.dir, f.delivery+".spec.json"), filepath.Join(r.dir, f.delivery+".report.json")
	r.write(in, string(text))
	said, err := exec.Command(r.auditor(), "-json", out, in).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("auditor: %w: %s", err, said)
	}
	r.write(filepath.Join(r.dir, f.delivery+".report.txt"), string(said))
	if err != nil {
		fmt.Printf("\n%s", said)
	}
	text, err = os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	report := &audit.Report{}
	return report, json.Unmarshal(text, report)
}
