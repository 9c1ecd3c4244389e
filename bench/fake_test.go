package bench

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/bench/event"
	"voile/internal/kafkatest"
)

// TestRingOnAnImitation: the source is what a copy has to be, and no more than that, seen by the judge, through a broker's
// imitation; and it sees committed records only.
func TestRingOnAnImitation(t *testing.T) {
	r := &ring{t: t, source: event.Source{Seed: 5, People: 100}, records: 2000, partitions: 3, compression: "none", brokers: kafkatest.Fake(t).ListenAddrs(),
		topic: "source"}
	kafkatest.CreateTopic(t, r.brokers, quarantineTopic, 1, nil)
	r.warmUp(t)
	r.load(t)
	if mean := r.bytes / r.records; mean < 1000 || mean > 1500 {
		t.Errorf("%d bytes a record", mean)
	}
	if err := r.judge(t, r.topic, 0); err != nil {
		t.Errorf("the source, as a copy: %v", err)
	}
	if err := r.judge(t, r.topic, 6); err == nil || !strings.Contains(err.Error(), "has the raw value of [context traits email]") {
		t.Errorf("the source, as one with six fields replaced: %v", err)
	}
	client := kafkatest.Client(t, r.brokers, kgo.TransactionalID("t"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	again := func(commit kgo.TransactionEndTry) {
		t.Helper()
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		double := &kgo.Record{Topic: r.topic, Partition: 1, Key: r.source.Key(7), Value: r.source.Append(nil, 7)}
		if err := client.ProduceSync(t.Context(), double).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := client.EndTransaction(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
	}
	again(kgo.TryAbort)
	if err := r.judge(t, r.topic, 0); err != nil {
		t.Errorf("with an aborted record: %v", err)
	}
	again(kgo.TryCommit)
	if err := r.judge(t, r.topic, 0); err == nil || err.Error() != "event 7 is there twice" {
		t.Errorf("with a record more: %v", err)
	}
}

// TestRaceOnAnImitation: a process that only burns CPU, while 2000 records come into the sink evenly, in some three seconds.
func TestRaceOnAnImitation(t *testing.T) {
	for _, test := range []struct {
		name        string
		from, to    int
		least, most int
	}{
		{"all but the first tenth", 200, 2000, 1200, 1800},
		{"a window", 500, 1500, 600, 1400},
	} {
		r := &ring{t: t, records: 2000, partitions: 2, brokers: kafkatest.Fake(t).ListenAddrs()}
		kafkatest.CreateTopic(t, r.brokers, "sink", r.partitions, nil)
		client := kafkatest.Client(t, r.brokers, kgo.DefaultProduceTopic("sink"), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
		go func() {
			for n := range 100 {
				time.Sleep(25 * time.Millisecond)
				batch := make([]*kgo.Record, 20)
				for i := range batch {
					batch[i] = kgo.StringRecord("x")
				}
				if err := client.ProduceSync(t.Context(), batch...).FirstErr(); err != nil {
					t.Errorf("batch %d: %v", n, err)
				}
			}
		}()
		ended := false
		got, err := r.race(t, heat{commands: []*exec.Cmd{exec.Command("sh", "-c", "while :; do :; done")}, sink: "sink",
			from: test.from, to: test.to, end: func(p *child) error { ended = true; return p.kill() }})
		if err != nil {
			t.Fatal(err)
		}
		cores := got.CPUMicros * got.PerSecond / 1e6 // that it kept busy: one, or a part of it where others do too
		if got.Records < test.least || got.Records > test.most || cores < 0.02 || cores > 1.3 {
			t.Errorf("%s: %g cores, %+v", test.name, cores, got)
		}
		if got.First <= 0 || got.PeakMemory < 100<<10 || !ended {
			t.Errorf("%s: %+v, ended: %t", test.name, got, ended)
		}
	}
}

// TestChosen: a form has its contenders, in the order of the tables, and a mistyped name is told.
func TestChosen(t *testing.T) {
	for _, test := range []struct {
		form, only string
		want       string // first and last name and how many, or the error
		n          int
	}{
		{"short", "", "copy … limit: 6 AES-SIV", 10},
		{"full", "", "copy … limit: 6 AES-CMAC", 24},
		{"full", "^voile.*exactly once", "voile pass-through exactly once … voile 6 tokenize exactly once", 2},
		{"short", "encrypt", `no contender of the form short has a name that matches "encrypt"`, 0},
		{"latency", "", "copy … voile 6 tokenize exactly once", 6},
		{"zipf", "", "copy … limit: 6 AES-SIV", 10},
		{"scale", "", "voile, 1 partition … voile exactly once, 24 partitions, 4 processes", 14},
		{"scale", "1000 rules", "voile, 1000 rules, 6 match … voile, 1000 rules, 6 match", 1},
		{"long", "", "-form long: want short, full, latency, scale or zipf", 0},
		{"short", "(", "error parsing regexp: missing closing ): `(`", 0},
	} {
		list, err := chosen(test.form, test.only)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = list[0].name + " … " + list[len(list)-1].name
		}
		if got != test.want || len(list) != test.n {
			t.Errorf("%s %q: %d, %s; want %d, %s", test.form, test.only, len(list), got, test.n, test.want)
		}
	}
}

func TestPartsOf(t *testing.T) {
	for _, test := range []struct {
		text string
		rate float64
		want string
	}{
		{"0.25,0.5", 0, "[0.25 0.5] <nil>"}, {"0.25,0.5", 100, "[0] <nil>"},
		{"0.5,0", 0, "[] -parts 0.5,0: want numbers above 0"}, {"half", 0, "[] -parts half: want numbers above 0"},
	} {
		shares, err := partsOf(test.text, test.rate)
		if got := fmt.Sprint(shares, " ", err); got != test.want {
			t.Errorf("%s at %g: %s, want %s", test.text, test.rate, got, test.want)
		}
	}
}
