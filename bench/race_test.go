package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/bench/process"
	"voile/bench/report"
	"voile/internal/kafkatest"
)

const (
	pause    = 20 * time.Millisecond // between two looks at the sink
	still    = 500 * time.Millisecond
	patience = 10 * time.Minute
)

// A heat is what races: processes of one group, the sink that they write, what counts of it, and how each is ended.
type heat struct {
	commands []*exec.Cmd
	sink     string // names the group too, where there are several
	from, to int    // records
	end      func(*child) error
}

// race runs a heat until its sink holds all records and no more come. What counts is between the look that saw h.from
// records and the one that saw h.to, where that is all of them the last one that saw the sink grow: neither start nor
// waiting is in it. Of several processes it counts only once all share the partitions. Offsets are looked at, so that the
// markers of transactions count as records: under one in a hundred. Then the processes are ended.
func (r *ring) race(t *testing.T, h heat) (report.Run, error) {
	t.Helper()
	client := admin(t, r.brokers)
	began := time.Now()
	var children []*child
	for _, cmd := range h.commands {
		p, err := start(cmd)
		if err != nil {
			return report.Run{}, err
		}
		defer p.kill() //nolint:errcheck // gives none
		children = append(children, p)
	}
	failed := func(err error) (report.Run, error) {
		for _, p := range children {
			if said := p.log.String(); said != "" {
				err = fmt.Errorf("%w\n%s", err, said)
			}
		}
		return report.Run{}, err
	}
	seen, err := r.watch(t.Context(), client, h, children)
	if err != nil {
		return failed(err)
	}
	run := report.Run{First: math.Round(seen.first.at.Sub(began).Seconds()*100) / 100}
	for _, p := range children {
		memory, err := process.PeakMemory(p.cmd.Process.Pid)
		if err := errors.Join(err, h.end(p)); err != nil {
			return failed(err)
		}
		run.PeakMemory = max(run.PeakMemory, memory)
	}
	run.Records = int(min(seen.finish.records, int64(r.records)) - seen.begin.records) // without the markers at the end
	if run.Records < (h.to-h.from)/2 {
		return failed(fmt.Errorf("half of the records came before the first look that counts: with %d records there is nothing to measure", r.records))
	}
	run.CPUMicros = float64((seen.finish.cpu - seen.begin.cpu).Microseconds()) / float64(run.Records)
	run.PerSecond = math.Round(float64(run.Records) / seen.finish.at.Sub(seen.begin.at).Seconds())
	return run, nil
}

// A look is what was seen at one moment.
type look struct {
	records int64 // in the sink, committed
	at      time.Time
	cpu     time.Duration // of all processes, since they began
}

// A sight has the looks that matter: the first that saw a record, and those between which it counts.
type sight struct{ first, begin, finish look }

// watch looks at the sink until it holds all records and is still.
func (r *ring) watch(ctx context.Context, client *kadm.Client, h heat, children []*child) (s sight, err error) {
	var last look
	shared := len(children) == 1
	for began := time.Now(); last.records < int64(r.records) || time.Since(last.at) < still; time.Sleep(pause) {
		for _, p := range children {
			if err := p.gone(); err != nil {
				return s, err
			}
		}
		if time.Since(began) > patience {
			return s, fmt.Errorf("%d of %d records in %s", last.records, r.records, patience)
		}
		now, err := lookAt(ctx, client, h.sink, children)
		if err != nil {
			return s, err
		}
		if !shared {
			if shared, err = settled(ctx, client, h.sink, len(children)); err != nil {
				return s, err
			}
		}
		if now.records > last.records {
			last = now
			if s.finish.records < int64(h.to) || h.to == r.records {
				s.finish = now
			}
		}
		if s.first.at.IsZero() && now.records > 0 {
			s.first = now
		}
		if s.begin.at.IsZero() && now.records >= int64(h.from) && shared {
			s.begin = now
		}
	}
	if s.begin.at.IsZero() {
		return s, fmt.Errorf("the %d processes never shared the partitions", len(children))
	}
	return s, nil
}

// settled says whether a group has so many members and does not change hands.
func settled(ctx context.Context, client *kadm.Client, group string, members int) (bool, error) {
	groups, err := client.DescribeGroups(ctx, group)
	if err := errors.Join(err, groups.Error()); errors.Is(err, kerr.GroupIDNotFound) {
		return false, nil // nobody has joined
	} else if err != nil {
		return false, fmt.Errorf("the group: %w", err)
	}
	return groups[group].State == "Stable" && len(groups[group].Members) == members, nil
}

func lookAt(ctx context.Context, client *kadm.Client, sink string, children []*child) (now look, err error) {
	ends, err := client.ListCommittedOffsets(ctx, sink)
	if err := errors.Join(err, ends.Error()); err != nil {
		return look{}, fmt.Errorf("the end of the sink: %w", err)
	}
	ends.Each(func(o kadm.ListedOffset) { now.records += o.Offset })
	now.at = time.Now()
	for _, p := range children {
		cpu, err := process.CPU(p.cmd.Process.Pid)
		if err != nil {
			return look{}, p.goneOr(err)
		}
		now.cpu += cpu
	}
	return now, nil
}

// TestRaceOfOneThatEnds: one that ends by itself is told at once, with what it said; and so is one that cannot start.
func TestRaceOfOneThatEnds(t *testing.T) {
	r := &ring{t: t, records: 2000, partitions: 2, brokers: kafkatest.Fake(t).ListenAddrs()}
	kafkatest.CreateTopic(t, r.brokers, "sink", r.partitions, nil)
	runs := func() *exec.Cmd { return exec.Command("sleep", "600") }
	for name, test := range map[string]struct {
		commands []*exec.Cmd
		want     string
	}{
		"one of two ends":      {[]*exec.Cmd{runs(), exec.Command("sh", "-c", "echo no keys; exit 3")}, "the process ended by itself: exit status 3\nno keys\n"},
		"one of two is no one": {[]*exec.Cmd{runs(), {Err: errors.New("no token")}}, "no token"},
	} {
		began := time.Now()
		_, err := r.race(t, heat{commands: test.commands, sink: "sink", from: 200, to: 2000, end: (*child).kill})
		if err == nil || err.Error() != test.want || time.Since(began) > patience/2 {
			t.Errorf("%s: %v after %s, want %q", name, err, time.Since(began), test.want)
		}
		if state := test.commands[0].ProcessState; state == nil {
			t.Errorf("%s: the other one was left alone", name)
		}
	}
}

// TestSettled: a group of which nobody has heard is not settled, and one of two members only when both are there.
func TestSettled(t *testing.T) {
	brokers := kafkatest.Fake(t).ListenAddrs()
	kafkatest.CreateTopic(t, brokers, "source", 2, nil)
	client := admin(t, brokers)
	for members := range 3 {
		if members > 0 {
			consumer := kafkatest.Client(t, brokers, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("source"))
			go func() {
				for t.Context().Err() == nil {
					consumer.PollFetches(t.Context())
				}
			}()
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(pause) {
			now, err := settled(t.Context(), client, "g", max(members, 1))
			if err != nil {
				t.Fatal(err)
			}
			if now == (members > 0) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("of %d members: settled is %t", members, now)
			}
		}
	}
}
