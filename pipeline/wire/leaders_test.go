package wire

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
)

// TestElections: each kind of end of a leader, among three brokers. An independent client sees when another one is elected;
// from then until the new leader appends a record less than a second passes.
//
// It is the append that counts, by the leader's clock (LogAppendTime). The acknowledgement also waits for the followers,
// who ask a leader that they found too early again after replica.fetch.backoff.ms, a second by default.
func TestElections(t *testing.T) {
	const partitions = 6
	cluster := kafkatest.Start(t, kafkatest.Nodes(3), kafkatest.Config("broker.session.timeout.ms", "4000"),
		kafkatest.Config("broker.heartbeat.interval.ms", "500"))
	brokers := cluster.Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, partitions, map[string]string{"message.timestamp.type": "LogAppendTime"})
	w := watchLeaders(t, brokers, name)
	stop := writeAll(t, c, name, partitions)
	admin := kadm.NewClient(kafkatest.Client(t, brokers))
	time.Sleep(time.Second)

	type election struct {
		of   string
		when map[int32]time.Time
	}
	var elections []election
	node := cluster.Nodes()[0]
	for _, event := range []struct {
		name  string
		begin func()
		end   func()
	}{
		{"leadership is moved", func() { w.moveAll(t, admin, name) }, func() {}},
		{"SIGTERM", node.Stop, func() { cluster.Restart(t) }},
		{"SIGSTOP", func() { node.Signal(t, syscall.SIGSTOP) }, func() { node.Signal(t, syscall.SIGCONT) }},
		{"kill -9", node.Kill, func() { cluster.Restart(t) }},
	} {
		w.awaitLeads(t, admin, 1)
		led, begun := w.ledBy(1), time.Now()
		event.begin()
		time.Sleep(2 * time.Second)
		if !w.await(20*time.Second, led, begun) {
			t.Fatalf("%s: no new leader of partitions %v", event.name, led)
		}
		time.Sleep(2 * time.Second)
		elections = append(elections, election{event.name, w.since(begun)})
		event.end()
		awaitInSync(t, admin, name, 3)
		if _, err := admin.ElectLeaders(t.Context(), kadm.ElectPreferredReplica, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
	acknowledged := stop()

	appended := map[int32][]time.Time{}
	for _, r := range kafkatest.ReadAll(t, brokers, name, true) {
		appended[r.Partition] = append(appended[r.Partition], r.Timestamp)
	}
	for _, e := range elections {
		var longest, longestAck time.Duration
		for p, when := range e.when {
			longest = max(longest, firstAfter(appended[p], when).Sub(when))
			longestAck = max(longestAck, firstAfter(acknowledged[p], when).Sub(when))
		}
		t.Logf("%s: %d partitions are appended to again within %s of the election, acknowledged within %s",
			e.of, len(e.when), longest.Round(time.Millisecond), longestAck.Round(time.Millisecond))
		if len(e.when) == 0 {
			t.Errorf("%s: no partition got another leader: this proves nothing", e.of)
		}
		if longest > 2*time.Second { // a second, and one for a machine that does other things
			t.Errorf("%s: a partition is appended to %s after the election, want within 1 s", e.of, longest)
		}
	}
}

// firstAfter is the first of the times after one; far away where there is none.
func firstAfter(times []time.Time, when time.Time) time.Time {
	for _, at := range times {
		if at.After(when) {
			return at
		}
	}
	return when.Add(time.Hour)
}

// writeAll writes a record to each partition every 10 ms, one after the other, until it is told to stop. Then it gives the
// times of their acknowledgements.
func writeAll(t *testing.T, c *Client, topic string, partitions int) (stop func() map[int32][]time.Time) {
	t.Helper()
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	var work sync.WaitGroup
	times := make([][]time.Time, partitions)
	for i := range partitions {
		p, err := c.NewProducer(timeout(t, time.Minute), "", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		work.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				_, err := p.Produce(ctx, topic, i, 1, encode(batch.None, values(fmt.Sprint(n))))
				if err == nil {
					times[i] = append(times[i], time.Now())
				} else if ctx.Err() == nil {
					t.Error(err)
					return
				}
				pause(ctx, 10*time.Millisecond)
			}
		})
	}
	return func() map[int32][]time.Time {
		end()
		work.Wait()
		out := map[int32][]time.Time{}
		for i := range times {
			out[int32(i)] = times[i]
		}
		return out
	}
}

func awaitInSync(t *testing.T, admin *kadm.Client, topic string, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		topics, err := admin.ListTopics(t.Context(), topic)
		if err == nil && !slices.ContainsFunc(topics[topic].Partitions.Sorted(), func(p kadm.PartitionDetail) bool { return len(p.ISR) < n }) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("not all replicas are in sync within a minute")
		}
	}
}

// A witness asks each broker of a cluster, all the time and by another client, who leads the partitions of a topic.
type witness struct {
	mu      sync.Mutex
	leaders map[int32]kmsg.MetadataResponseTopicPartition // of the latest epoch that any broker has named
	elected map[int32]time.Time                           // when that was
}

func watchLeaders(t *testing.T, brokers []string, topic string) *witness {
	t.Helper()
	w := &witness{leaders: map[int32]kmsg.MetadataResponseTopicPartition{}, elected: map[int32]time.Time{}}
	quit := make(chan struct{})
	var done sync.WaitGroup
	for _, broker := range brokers {
		client := kafkatest.Client(t, []string{broker}, kgo.RequestRetries(0))
		done.Go(func() {
			for {
				w.ask(client, topic)
				select {
				case <-time.After(10 * time.Millisecond):
				case <-quit:
					return
				}
			}
		})
	}
	t.Cleanup(func() { close(quit); done.Wait() })
	return w
}

func (w *witness) ask(client *kgo.Client, topic string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = append(request.Topics, kmsg.MetadataRequestTopic{Topic: &topic})
	response, err := client.SeedBrokers()[0].Request(ctx, request)
	if err != nil {
		return // the broker is away
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range response.(*kmsg.MetadataResponse).Topics[0].Partitions {
		before, known := w.leaders[p.Partition]
		if p.Leader < 0 || known && before.LeaderEpoch >= p.LeaderEpoch {
			continue
		}
		w.leaders[p.Partition] = p
		if known && before.Leader != p.Leader {
			w.elected[p.Partition] = time.Now()
		}
	}
}

// ledBy gives the partitions that a node leads.
func (w *witness) ledBy(node int32) (partitions []int32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, at := range w.leaders {
		if at.Leader == node {
			partitions = append(partitions, p)
		}
	}
	return partitions
}

// awaitLeads has the preferred leaders elected until a node leads something, so that its end makes an election.
func (w *witness) awaitLeads(t *testing.T, admin *kadm.Client, node int32) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); len(w.ledBy(node)) == 0; time.Sleep(300 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("node %d leads nothing", node)
		}
		if _, err := admin.ElectLeaders(t.Context(), kadm.ElectPreferredReplica, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// since gives the partitions for which a leader was elected after a time.
func (w *witness) since(begun time.Time) map[int32]time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := maps.Clone(w.elected)
	maps.DeleteFunc(out, func(_ int32, at time.Time) bool { return at.Before(begun) })
	return out
}

// await waits until all of the partitions have got another leader.
func (w *witness) await(bound time.Duration, partitions []int32, begun time.Time) bool {
	for deadline := time.Now().Add(bound); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		elected := w.since(begun)
		if !slices.ContainsFunc(partitions, func(p int32) bool { _, ok := elected[p]; return !ok }) {
			return true
		}
	}
	return false
}

// moveAll makes the next node the leader of each partition, by a reassignment and the election that follows.
func (w *witness) moveAll(t *testing.T, admin *kadm.Client, topic string) {
	t.Helper()
	var request kadm.AlterPartitionAssignmentsReq
	for node := int32(1); node <= 3; node++ {
		for _, p := range w.ledBy(node) {
			request.Assign(topic, p, []int32{node%3 + 1, (node+1)%3 + 1, node})
		}
	}
	if _, err := admin.AlterPartitionAssignments(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.ElectLeaders(t.Context(), kadm.ElectPreferredReplica, nil); err != nil {
		t.Fatal(err)
	}
}
