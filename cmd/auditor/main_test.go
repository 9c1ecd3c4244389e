package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/cmd/auditor/audit"
	"voile/internal/kafkatest"
)

var kafka kafkatest.Shared

func TestMain(m *testing.M) { os.Exit(kafka.Run(m)) }

// TestImports: the auditor is independent of what it audits, and its judgement of any library.
func TestImports(t *testing.T) {
	for dir, allowed := range map[string][]string{
		".":     {"voile/cmd/auditor/audit", "github.com/twmb/franz-go/pkg/kgo", "github.com/twmb/franz-go/pkg/kadm"},
		"audit": nil,
	} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) < 2 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range parsed.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				first, _, _ := strings.Cut(path, "/")
				standard := first != "voile" && !strings.Contains(first, ".")
				if !standard && !slices.Contains(allowed, path) {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}

const people = 3

func person(n int) string { return fmt.Sprintf("ines.%d@example.org", n%people) }

func pseudonym(n int) string { return fmt.Sprintf("token-%d", n%people) }

// raw and veiled are a record of the source and what a proxy makes of it; every third one of partition 1 has no address.
func raw(partition, n int) *kgo.Record {
	r := record(partition, n, person(n))
	if partition == 1 && n%people == 0 {
		r.Value = fmt.Appendf(nil, `{"id":"%d-%d","seq":%d}`, partition, n, n/people)
	}
	return r
}

func veiled(partition, n int) *kgo.Record { return record(partition, n, pseudonym(n)) }

func record(partition, n int, who string) *kgo.Record {
	return &kgo.Record{Partition: int32(partition), Key: []byte(who), Value: fmt.Appendf(nil, `{"id":"%d-%d","seq":%d,"mail":%q}`, partition, n, n/people, who),
		Headers: []kgo.RecordHeader{{Key: "null"}, {Key: "empty", Value: []byte{}}}}
}

func sealed(topic string, n int) *kgo.Record {
	r := &kgo.Record{Value: []byte("sealed")}
	for name, value := range map[string]string{"topic": topic, "partition": "1", "offset": strconv.Itoa(n), "part": "1/1"} {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
	}
	return r
}

// TestOnABroker plants each kind of fault in a sink on a real broker, and has the program find it. The proxy is pretended:
// it writes in transactions, one of which is aborted.
func TestOnABroker(t *testing.T) {
	const each = 12
	brokers := kafka.Cluster(t).Brokers()
	for name, tc := range map[string]struct {
		do    func(sink []*kgo.Record) []*kgo.Record // of partition 0
		log   string
		want  audit.Kind
		count int
		once  bool // at least once allows it
	}{
		"nothing": {do: func(s []*kgo.Record) []*kgo.Record { return s }},
		"doubled": {do: func(s []*kgo.Record) []*kgo.Record {
			return slices.Insert(s, 4, veiled(0, 2), veiled(0, 3))
		}, want: audit.Doubled, count: 2, once: true},
		"dropped": {do: func(s []*kgo.Record) []*kgo.Record { return slices.Delete(s, 4, 5) }, want: audit.Lost, count: 1},
		"swapped": {do: func(s []*kgo.Record) []*kgo.Record {
			s[0], s[people] = s[people], s[0]
			return s
		}, want: audit.Reordered, count: 1},
		"altered": {do: func(s []*kgo.Record) []*kgo.Record {
			s[4].Value = bytes.Replace(s[4].Value, []byte(`"seq":1`), []byte(`"seq": 1`), 1)
			return s
		}, want: audit.Altered, count: 1},
		"null became empty": {do: func(s []*kgo.Record) []*kgo.Record {
			s[4].Headers[0].Value = []byte{}
			return s
		}, want: audit.Altered, count: 1},
		"empty became null": {do: func(s []*kgo.Record) []*kgo.Record {
			s[4].Headers[1].Value = nil
			return s
		}, want: audit.Altered, count: 1},
		"leaked": {do: func(s []*kgo.Record) []*kgo.Record {
			s[4].Headers[1].Value = []byte(strings.ToUpper(person(4)))
			return s
		}, want: audit.Leaked, count: 1},
		"leaked to the log": {do: func(s []*kgo.Record) []*kgo.Record { return s }, log: "cannot parse " + person(1), want: audit.Leaked, count: 1},
		"torn": {do: func(s []*kgo.Record) []*kgo.Record {
			s[4].Key = []byte("token-another")
			return s
		}, want: audit.Torn, count: 1},
	} {
		t.Run(name, func(t *testing.T) {
			source, sink, aside := "raw."+strings.ReplaceAll(name, " ", "-"), "sink."+strings.ReplaceAll(name, " ", "-"), "aside."+strings.ReplaceAll(name, " ", "-")
			for topic, partitions := range map[string]int{source: 2, sink: 2, aside: 1} {
				kafkatest.CreateTopic(t, brokers, topic, partitions, nil)
			}
			var in, out, set []*kgo.Record
			for n := range each {
				in = append(in, raw(0, n), raw(1, n))
				out = append(out, veiled(0, n))
			}
			out = tc.do(out)
			for n := range each {
				if n%people == 0 {
					set = append(set, sealed(source, n))
				} else {
					out = append(out, veiled(1, n))
				}
			}
			write(t, brokers, source, kgo.TryCommit, in)
			write(t, brokers, sink, kgo.TryAbort, []*kgo.Record{veiled(0, 0), veiled(1, 1)})
			keepTimes(t, brokers, source, out)
			write(t, brokers, sink, kgo.TryCommit, out)
			write(t, brokers, aside, kgo.TryCommit, set)
			for _, delivery := range []string{audit.ExactlyOnce, audit.AtLeastOnce} {
				code, report := auditOf(t, brokers, delivery, audit.Flow{Source: source, Sink: sink}, aside, tc.log)
				if holds := tc.want == "" || tc.once && delivery == audit.AtLeastOnce; holds != (code == 0) {
					t.Errorf("%s: exit code %d, violations %v", delivery, code, report.Violations)
				}
				if tc.want == "" {
					if want := (audit.Counts{Records: 2 * each, Delivered: 2*each - each/people, Quarantined: each / people}); report.Total != want {
						t.Errorf("%+v, want %+v\n%v", report.Total, want, report.Findings)
					}
					if want := report.Total.Delivered; report.Committed != want || report.Uncommitted != want+2 {
						t.Errorf("committed %d, uncommitted %d, want %d and two more", report.Committed, report.Uncommitted, want)
					}
					continue
				}
				found := slices.DeleteFunc(report.Findings, func(f audit.Finding) bool { return f.Kind != tc.want })
				if len(found) != tc.count {
					t.Errorf("%s: %d findings %s, want %d: %v", delivery, len(found), tc.want, tc.count, report.Findings)
				}
			}
		})
	}
}

// write writes records in one transaction.
func write(t *testing.T, brokers []string, topic string, end kgo.TransactionEndTry, records []*kgo.Record) {
	t.Helper()
	client := kafkatest.Client(t, brokers, kgo.TransactionalID(topic+".writer"), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	copies := make([]*kgo.Record, len(records)) // the client writes into what it is given
	for i, r := range records {
		c := *r
		c.Headers = slices.Clone(r.Headers)
		copies[i] = &c
	}
	if err := client.ProduceSync(context.Background(), copies...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := client.EndTransaction(context.Background(), end); err != nil {
		t.Fatal(err)
	}
}

// keepTimes gives what is to be written the timestamps of the source's records of the same id.
func keepTimes(t *testing.T, brokers []string, source string, records []*kgo.Record) {
	t.Helper()
	id := func(r *kgo.Record) string {
		var v struct{ ID string }
		if err := json.Unmarshal(r.Value, &v); err != nil {
			t.Fatal(err)
		}
		return v.ID
	}
	times := map[string]*kgo.Record{}
	for _, r := range kafkatest.ReadAll(t, brokers, source, true) {
		times[id(r)] = r
	}
	for _, r := range records {
		r.Timestamp = times[id(r)].Timestamp
	}
}

func auditOf(t *testing.T, brokers []string, delivery string, flow audit.Flow, aside, log string) (code int, report audit.Report) {
	t.Helper()
	dir := t.TempDir()
	spec := audit.Spec{
		Brokers: brokers, Delivery: delivery, Flows: []audit.Flow{flow}, ID: "id", Sequence: "seq",
		Quarantine: audit.Quarantine{Topic: aside, Source: "topic", Partition: "partition", Offset: "offset", Part: "part"},
		Key:        "mail", Members: map[string]string{"mail": "mail"}, Required: []string{"mail"},
		Planted: []string{person(0), person(1), person(2)}, Texts: []string{filepath.Join(dir, "log")},
	}
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"spec.json": text, "log": []byte(log)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code = run([]string{"-json", filepath.Join(dir, "report.json"), filepath.Join(dir, "spec.json")}, &stdout, &stderr)
	if code == 2 {
		t.Fatal(stderr.String())
	}
	if says := strings.Contains(stdout.String(), "does NOT hold"); says != (code == 1) {
		t.Errorf("exit code %d, and the text says\n%s", code, &stdout)
	}
	text, err = os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	return code, report
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	for name, tc := range map[string]struct{ spec, want string }{
		"unknown member": {`{"brokers":["127.0.0.1:1"],"planed":[]}`, `unknown field "planed"`},
		"no brokers":     {`{}`, "brokers: none"},
		"no delivery":    {`{"brokers":["127.0.0.1:1"]}`, "delivery"},
		"no JSON":        {`brokers`, "invalid character"},
	} {
		file := filepath.Join(dir, "spec.json")
		if err := os.WriteFile(file, []byte(tc.spec), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		if code := run([]string{file}, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), tc.want) {
			t.Errorf("%s: exit code %d, %q; want 2 and %q", name, code, &stderr, tc.want)
		}
	}
	if code := run(nil, os.Stdout, os.Stderr); code != 2 {
		t.Errorf("no arguments: exit code %d, want 2", code)
	}
}
