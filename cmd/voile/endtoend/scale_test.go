package endtoend

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// A share is what a generation gave to a process.
type share struct {
	Generation int
	Partitions []string
}

// share is the last that the process says it was given; ok is false where it has given it up again.
func (p *proxy) share() (last share, ok bool) {
	for line := range strings.Lines(p.log.String()) {
		var entry struct {
			Msg string
			share
		}
		if json.Unmarshal([]byte(line), &entry) != nil {
			continue
		}
		switch entry.Msg {
		case "partitions assigned":
			last, ok = entry.share, true
		case "partitions given up":
			ok = false
		}
	}
	return last, ok
}

// awaitShares waits until all partitions of a topic are shared out among some processes, in one generation, and gives
// what each has.
func awaitShares(t *testing.T, what string, bound time.Duration, partitions int, processes ...*proxy) [][]string {
	t.Helper()
	var out [][]string
	waitFor(t, what, bound, func() bool {
		out = nil
		all, generations := map[string]bool{}, map[int]bool{}
		for _, p := range processes {
			s, ok := p.share()
			if !ok {
				return false
			}
			generations[s.Generation] = true
			for _, partition := range s.Partitions {
				all[partition] = true
			}
			out = append(out, s.Partitions)
		}
		return len(generations) == 1 && len(all) == partitions
	})
	return out
}

// kept is how many of the partitions a process has that it had before.
func kept(before, after []string) (n int) {
	for _, p := range after {
		if slices.Contains(before, p) {
			n++
		}
	}
	return n
}

// TestScaleOut has 24 partitions shared by one, two and four processes, of which one is killed and one stopped, under a
// stream. At each step the partitions are spread evenly, and every process keeps all of its partitions that it may have by
// that. What is counted is moves: partitions that a process lost which went on living.
func TestScaleOut(t *testing.T) {
	for _, delivery := range []string{"exactly_once", "at_least_once"} {
		t.Run(delivery, func(t *testing.T) {
			t.Parallel()
			scaleOut(t, delivery)
		})
	}
}

func scaleOut(t *testing.T, delivery string) {
	const all = 24
	cluster := kafkatest.Start(t)
	s := newFlow(t, cluster, vaulttest.Start(t), "scale", all, "    group: scale", "    delivery: "+delivery)
	flow := startStream(t, s.brokers, "scale.raw", all, 2400)
	processes := []*proxy{s.run(t)}
	shares := awaitShares(t, "one process has all", 30*time.Second, all, processes...)

	var dead []string
	step := func(what string, bound time.Duration, change func(), each int, moves int) {
		before, at := shares, time.Now()
		change()
		shares = awaitShares(t, what, bound, all, processes...)
		took := time.Since(at)
		got := 0
		for i, mine := range shares {
			if len(mine) != each {
				t.Errorf("%s: a process has %d partitions, want %d", what, len(mine), each)
			}
			if i < len(before) {
				got += len(before[i]) - kept(before[i], mine)
			}
		}
		if got != moves {
			t.Errorf("%s: %d partitions moved, want the least, %d", what, got, moves)
		}
		t.Logf("%s: %d each, %d moved, after %s", what, each, got, took.Round(10*time.Millisecond))
		n := s.total("voile_records_total")
		waitFor(t, what+": records flow", 20*time.Second, func() bool { return s.total("voile_records_total") > n+200 })
	}
	join := func(n int) func() {
		return func() {
			for range n {
				processes = append(processes, s.beside(t).run(t))
			}
		}
	}
	step("a second joins", 30*time.Second, join(1), 12, 12)
	step("two more join", 30*time.Second, join(2), 6, 12)
	step("one is killed", 40*time.Second, func() {
		last := len(processes) - 1
		processes[last].kill()
		processes, dead, shares = processes[:last], shares[last], shares[:last]
	}, 8, 0)
	step("one is stopped", 10*time.Second, func() {
		last := len(processes) - 1
		processes[last].stop(t)
		processes, shares = processes[:last], shares[:last]
	}, 12, 0)

	sent := flow.stop(t)
	awaitAll(t, s, "scale", sent, 30*time.Second)
	for _, p := range processes {
		p.stop(t)
	}
	doubled := auditPartitions(t, s, "scale", sent)
	if delivery == "exactly_once" {
		dead = nil
	}
	for partition, n := range doubled {
		if n > 0 && !slices.Contains(dead, fmt.Sprintf("scale.raw/%d", partition)) {
			t.Errorf("%d records of partition %d are doubled", n, partition)
		}
	}
}

// TestPartitionsAreAdded gives a topic and its sink more partitions under a stream, the second time with a process that
// joins: they are noticed within 10 s, and read from their first record.
func TestPartitionsAreAdded(t *testing.T) {
	steps := []int{4, 6, 8}
	cluster := kafkatest.Start(t)
	s := newFlow(t, cluster, vaulttest.Start(t), "grow", steps[0], "    group: grow")
	streams := []*stream{startStream(t, s.brokers, "grow.raw", steps[0], 4000)}
	processes := []*proxy{s.run(t), s.beside(t).run(t)}
	awaitShares(t, "two processes", 30*time.Second, steps[0], processes...)
	waitFor(t, "records flow", 30*time.Second, func() bool { return s.total("voile_records_total") > 1000 })

	admin := kadm.NewClient(kafkatest.Client(t, s.brokers))
	for i, n := range steps[1:] {
		var at time.Time
		for _, topic := range []string{"grow", "grow.raw"} {
			at = time.Now()
			if res, err := admin.UpdatePartitions(t.Context(), n, topic); err != nil || res.Error() != nil {
				t.Fatal(err, res.Error())
			}
			waitFor(t, "the broker has the new partitions of "+topic, 10*time.Second, func() bool {
				ends, err := admin.ListEndOffsets(t.Context(), topic)
				return err == nil && ends.Error() == nil && len(ends[topic]) == n
			})
		}
		streams = append(streams, startStreamFrom(t, s.brokers, "grow.raw", steps[i], n, 400))
		if i > 0 {
			processes = append(processes, s.beside(t).run(t))
		}
		awaitShares(t, fmt.Sprintf("%d partitions", n), 10*time.Second, n, processes...)
		t.Logf("%d more partitions are shared out %s after they were added", n-steps[i], time.Since(at).Round(10*time.Millisecond))
	}
	sent := make([]int64, steps[len(steps)-1])
	for _, stream := range streams {
		for p, n := range stream.stop(t) {
			sent[p] += n
		}
	}
	awaitAll(t, s, "grow", sent, 30*time.Second)
	for _, p := range processes {
		p.stop(t)
	}
	if doubled := auditSink(t, s, "grow", sent); doubled != 0 {
		t.Errorf("%d records are doubled by rebalances in order", doubled)
	}
}
