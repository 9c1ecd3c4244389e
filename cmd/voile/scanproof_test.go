package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"voile/config"
	"voile/internal/leaktest"
	"voile/internal/repo"
	"voile/pipeline/detect"
	"voile/pipeline/discover"
	"voile/pipeline/jsonpath"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// The proof of `voile scan`: on raw events of every channel it finds what was planted, and what it writes takes it out. The
// judge is leakcheck.py, which knows nothing of voile.

// kindsOfClass says of the classes of planted values that a detector knows, for which kinds a finding may take them. One UUID
// is as good as another to a detector; whose it is, its name tells.
var kindsOfClass = map[string][]discover.Kind{
	"email":          {"email"},
	"phone":          {"phone"},
	"iban":           {"iban"},
	"card":           {"card"},
	"nir":            {"nir"},
	"ip":             {"ip"},
	"device_id":      {"device_id", "advertising_id", "anonymous_id", "uuid"},
	"anonymous_id":   {"device_id", "advertising_id", "anonymous_id", "uuid"},
	"advertising_id": {"device_id", "advertising_id", "anonymous_id", "uuid"},
	"text":           {"email", "phone", "person_name"}, // where it contains one of these
}

// A rawEvent is one of the shared events, and its record.
type rawEvent struct {
	leaktest.Event
	record record.Record
}

// wanted says whether the value is, or contains, what a detector knows.
func wanted(p *leaktest.Plant) bool {
	if p.Class != "text" {
		return kindsOfClass[p.Class] != nil
	}
	return slices.ContainsFunc(p.Contains, func(c [2]string) bool { return kindsOfClass[c[0]] != nil })
}

func rawEvents(t *testing.T) (events []rawEvent, file string) {
	t.Helper()
	file = repo.Shared(t, leaktest.Dev)
	for _, e := range leaktest.Read(t, file) {
		r := recordOf(&e)
		r.Timestamp = -1
		events = append(events, rawEvent{e, r})
	}
	if len(events) == 0 {
		t.Fatal("there is no event")
	}
	return events, file
}

// scanEvents scans each topic of the events.
func scanEvents(t *testing.T, events []rawEvent, o discover.Options) (topics []discover.Topic) {
	t.Helper()
	o.Region = "FR"
	surveys := map[string]*discover.Survey{}
	var order []string
	for i := range events {
		e := &events[i]
		s := surveys[e.Topic]
		if s == nil {
			var err error
			if s, err = discover.New(o); err != nil {
				t.Fatal(err)
			}
			surveys[e.Topic] = s
			order = append(order, e.Topic)
		}
		s.Record(&e.record)
	}
	for _, name := range order {
		topics = append(topics, discover.Topic{Name: name, Report: surveys[name].Report()})
	}
	return topics
}

// found says how many of the planted values lie where a rule was proposed.
func found(t *testing.T, events []rawEvent, topics []discover.Topic) (share float64) {
	t.Helper()
	reports := map[string]*discover.Report{}
	for _, topic := range topics {
		reports[topic.Name] = topic.Report
	}
	all, hit := map[string]int{}, map[string]int{}
	memory := map[string]bool{}
	missed := map[string]int{}
	for _, e := range events {
		for _, p := range e.Truth.Planted {
			if !wanted(&p) {
				continue
			}
			all[p.Class]++
			key := e.Topic + " " + p.Class + " " + p.Where
			covered, known := memory[key]
			if !known {
				covered = slices.ContainsFunc(reports[e.Topic].Findings, func(f discover.Finding) bool {
					return f.Rule != nil && slices.Contains(kindsOfClass[p.Class], f.Kind) && covers(t, f.Place, p.Where)
				})
				memory[key] = covered
			}
			if covered {
				hit[p.Class]++
			} else {
				missed[key]++
			}
		}
	}
	total, hits := 0, 0
	for class, n := range all {
		t.Logf("%-15s %5d of %5d planted values found", class, hit[class], n)
		total, hits = total+n, hits+hit[class]
	}
	for place, n := range missed {
		t.Logf("missed %d: %s", n, place)
	}
	share = float64(hits) / float64(total)
	t.Logf("found %d of %d planted values: %.2f %%", hits, total, share*100)
	return share
}

// covers says whether a place of a finding takes a place of the truth: `value:$.data[0].cx|base64url|json|$.data[0].data.email`.
func covers(t *testing.T, p discover.Place, where string) bool {
	t.Helper()
	head, rest, _ := strings.Cut(where, "|")
	switch {
	case head == "key":
		if !p.Key {
			return false
		}
	case strings.HasPrefix(head, "header:"):
		if p.Header != head[len("header:"):] {
			return false
		}
	default:
		if p.Key || p.Header != "" || !coversPath(t, p.Path, p.Keys, strings.TrimPrefix(head, "value:")) {
			return false
		}
	}
	for _, in := range p.Inside {
		for _, d := range in.In {
			var next string
			if next, rest, _ = strings.Cut(rest, "|"); next != d {
				return false
			}
		}
		var at string
		at, rest, _ = strings.Cut(rest, "|")
		if strings.HasPrefix(in.At, "$") && !coversPath(t, in.At, in.Keys, at) || !strings.HasPrefix(in.At, "$") && in.At != at {
			return false
		}
	}
	return true
}

func coversPath(t *testing.T, path string, keys bool, want string) bool {
	t.Helper()
	wanted, wantKeys := strings.CutPrefix(want, "keys_of:")
	p, err := jsonpath.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	q, err := jsonpath.Parse(wanted)
	if err != nil {
		t.Fatal(err)
	}
	return keys == wantKeys && jsonpath.Covers(jsonpath.Selection{Path: p, Keys: keys}, jsonpath.Selection{Path: q, Keys: keys})
}

// leaksAfter runs the events through the configuration that the findings propose, and gives what the judge finds of the classes that
// detectors know, by class and place.
func leaksAfter(t *testing.T, events []rawEvent, truth string, topics []discover.Topic) map[string]int {
	t.Helper()
	text := discover.Configuration(fmt.Sprintf(placeholders, "localhost:9092"), topics, "FR", nil)
	c, err := config.Parse("proposed", []byte(text), os.LookupEnv)
	if err != nil {
		t.Fatalf("what is proposed does not pass the check: %v", err)
	}
	domains, err := ephemeralDomains(c)
	if err != nil {
		t.Fatal(err)
	}
	rewrite := map[string]*transform.Transformer{}
	for i := range c.Routes {
		rules, err := transform.Compile(&c.Routes[i], c, domains)
		if err != nil {
			t.Fatal(err)
		}
		rewrite[c.Routes[i].From[0]] = rules.NewTransformer()
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	var arena transform.Arena
	for i := range events {
		e := &events[i]
		made := []record.Record{e.record}
		if tr := rewrite[e.Topic]; tr != nil {
			arena.Reset()
			v := tr.Transform(&e.record, &arena)
			if v.Reason != "" {
				t.Fatalf("record %d of %s would go to quarantine: %s %s", i, e.Topic, v.Reason, v.Where)
			}
			made = v.Records
		}
		for _, r := range made {
			if err := enc.Encode(eventOf(&e.Event, &r)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return judged(t, truth, out.Bytes())
}

// judged runs leakcheck.py, and gives the leaks of the classes that detectors know.
func judged(t *testing.T, truth string, out []byte) map[string]int {
	t.Helper()
	dir := t.TempDir()
	file, result := filepath.Join(dir, "out.jsonl"), filepath.Join(dir, "findings.json")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := exec.Command("python3", repo.Shared(t, "tools/leakcheck.py"), truth, file, "--whole-embedded-ok", "--json", result).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1: something was found, here at least the names
		t.Fatalf("leakcheck.py: %v\n%s", err, table)
	}
	data, err := os.ReadFile(result)
	if err != nil {
		t.Fatal(err)
	}
	var found struct{ Leaks, Foreign, Planted map[string]int }
	if err := json.Unmarshal(data, &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Planted) == 0 {
		t.Fatal("the judge saw nothing planted")
	}
	leaks := map[string]int{}
	for _, of := range []map[string]int{found.Leaks, found.Foreign} {
		for what, n := range of {
			if class, _, _ := strings.Cut(what, " "); kindsOfClass[class] != nil || strings.HasPrefix(class, "unkeyed_hash") || class == "email_local_part" {
				leaks[what] += n
			}
		}
	}
	t.Logf("the judge's table:\n%s", table)
	return leaks
}

// needless names the rules at whose places nothing is planted, of any class.
func needless(t *testing.T, events []rawEvent, topics []discover.Topic) (places []string, rules int) {
	t.Helper()
	planted := map[string]map[string]bool{}
	for _, e := range events {
		for _, p := range e.Truth.Planted {
			if planted[e.Topic] == nil {
				planted[e.Topic] = map[string]bool{}
			}
			planted[e.Topic][p.Where] = true
		}
	}
	for _, topic := range topics {
		for _, f := range topic.Findings {
			if f.Rule == nil {
				continue
			}
			rules++
			taken := false
			for where := range planted[topic.Name] {
				taken = taken || covers(t, f.Place, where)
			}
			if !taken {
				places = append(places, topic.Name+" "+f.Place.String()+": "+string(f.Kind))
			}
		}
	}
	return places, rules
}

// enoughFound is the share of planted values that a scan has to find.
const enoughFound = 0.98

func TestScanFindsWhatIsPlanted(t *testing.T) {
	events, truth := rawEvents(t)
	topics := scanEvents(t, events, discover.Options{})
	if share := found(t, events, topics); share < enoughFound {
		t.Errorf("a scan finds %.2f %% of the planted values, want %.0f %%", share*100, enoughFound*100)
	}
	places, rules := needless(t, events, topics)
	t.Logf("%d rules are proposed; at %d of their places nothing is planted: %q", rules, len(places), places)
	if len(places)*20 > rules {
		t.Errorf("more than one rule in twenty takes nothing that was planted")
	}
	if leaks := leaksAfter(t, events, truth, topics); len(leaks) > 0 {
		t.Errorf("with the configuration that a scan writes these come out: %v", leaks)
	}
}

// The figure does not hang on a dictionary that happens to have these names: with no names at all, as many are found.
func TestScanFindsWithoutNames(t *testing.T) {
	events, _ := rawEvents(t)
	if share := found(t, events, scanEvents(t, events, discover.Options{WithoutNames: true})); share < enoughFound {
		t.Errorf("without names a scan finds %.2f %% of the planted values, want %.0f %%", share*100, enoughFound*100)
	}
}

// The proof can fail: a detector that is missing, and a rule that is.
func TestScanProofCanFail(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the judge twice more")
	}
	events, truth := rawEvents(t)
	t.Run("a detector off", func(t *testing.T) {
		topics := scanEvents(t, events, discover.Options{Without: []detect.Kind{detect.Email}})
		if share := found(t, events, topics); share >= enoughFound {
			t.Errorf("without the detector of e-mail %.2f %% are found", share*100)
		}
		if leaks := leaksAfter(t, events, truth, topics); len(leaks) == 0 {
			t.Error("without the detector of e-mail nothing leaks")
		}
	})
	t.Run("a rule dropped", func(t *testing.T) {
		topics := scanEvents(t, events, discover.Options{})
		for i := range topics {
			r := *topics[i].Report
			r.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f discover.Finding) bool { return f.Place.String() == "$.context.traits.phone" })
			topics[i].Report = &r
		}
		if leaks := leaksAfter(t, events, truth, topics); leaks["phone value"] == 0 {
			t.Errorf("a rule is missing, and the judge says %v", leaks)
		}
	})
}
