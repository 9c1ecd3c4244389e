package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ready waits until every node is known to the cluster and each one answers.
func (c *Cluster) ready(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers()...))
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		err := c.answers(ctx, client)
		if err == nil {
			return nil
		}
		for _, n := range c.nodes {
			if n.PID() == 0 {
				return fmt.Errorf("node %d ended while it started", n.id)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not up in time: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// answers asks each node by its own address whether it knows all the others.
func (c *Cluster) answers(ctx context.Context, client *kgo.Client) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for i, seed := range client.SeedBrokers() {
		request := kmsg.NewPtrMetadataRequest()
		request.Topics = []kmsg.MetadataRequestTopic{}
		response, err := seed.Request(ctx, request)
		if err != nil {
			return err
		}
		if known := len(response.(*kmsg.MetadataResponse).Brokers); known < len(c.nodes) {
			return fmt.Errorf("node %d knows %d of %d nodes", i+1, known, len(c.nodes))
		}
	}
	return nil
}

// CreateTopic makes a topic. Config holds topic settings such as "cleanup.policy" and may be nil. The replication factor
// is the cluster's default: 1 on one node, 3 on three.
func (c *Cluster) CreateTopic(t testing.TB, name string, partitions int, config map[string]string) {
	t.Helper()
	CreateTopic(t, c.Brokers(), name, partitions, config)
}

// CreateTopic makes a topic on any cluster, the embedded one too.
func CreateTopic(t testing.TB, brokers []string, name string, partitions int, config map[string]string) {
	t.Helper()
	settings := make(map[string]*string, len(config))
	for key, value := range config {
		settings[key] = &value
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	admin := kadm.NewClient(Client(t, brokers))
	if _, err := admin.CreateTopic(ctx, int32(partitions), -1, settings, name); err != nil {
		t.Fatalf("kafkatest: topic %s: %v", name, err)
	}
	// A topic is created before every broker has heard of it.
	for {
		details, err := admin.ListEndOffsets(ctx, name)
		if err == nil && details.Error() == nil && len(details[name]) == partitions {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("kafkatest: topic %s does not appear: %v", name, errors.Join(err, details.Error()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Client gives a client of another library than the one that is tested. It is closed with the test.
func Client(t testing.TB, brokers []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(brokers...)}, opts...)...)
	if err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
	t.Cleanup(client.Close)
	return client
}

// ReadAll reads every record that the topic holds now, in order of partition and offset, with franz-go. Committed leaves
// out the records of aborted transactions, and those of open ones.
func ReadAll(t testing.TB, brokers []string, topic string, committed bool) []*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	admin := kadm.NewClient(Client(t, brokers))
	list := admin.ListEndOffsets
	isolation := kgo.ReadUncommitted()
	if committed {
		list, isolation = admin.ListCommittedOffsets, kgo.ReadCommitted()
	}
	var starts, ends kadm.ListedOffsets
	for { // until each partition has a leader: perhaps a broker was just killed
		var errStarts, errEnds error
		starts, errStarts = admin.ListStartOffsets(ctx, topic)
		ends, errEnds = list(ctx, topic)
		err := errors.Join(errStarts, errEnds, starts.Error(), ends.Error())
		if err == nil {
			break
		}
		if ctx.Err() != nil || errors.Is(err, kerr.UnknownTopicOrPartition) {
			t.Fatalf("kafkatest: offsets of %s: %v", topic, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	wait := map[int32]int64{} // by partition, the offset to be reached
	from := map[int32]kgo.Offset{}
	for partition, end := range ends[topic] {
		if start := starts[topic][partition].Offset; start < end.Offset {
			wait[partition] = end.Offset
			from[partition] = kgo.NewOffset().At(start)
		}
	}
	// Control records are read along: a partition's last offset is one of them where a transaction wrote last.
	client := Client(t, brokers, kgo.FetchIsolationLevel(isolation), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	var records []*kgo.Record
	for len(wait) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("kafkatest: read of %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			end, ok := wait[r.Partition]
			if !ok && r.Offset >= ends[topic][r.Partition].Offset {
				return // written after we asked
			}
			if ok && r.Offset >= end-1 {
				delete(wait, r.Partition)
			}
			if !r.Attrs.IsControl() && r.Offset < ends[topic][r.Partition].Offset {
				records = append(records, r)
			}
		})
	}
	slices.SortFunc(records, func(a, b *kgo.Record) int {
		if a.Partition != b.Partition {
			return int(a.Partition - b.Partition)
		}
		return int(a.Offset - b.Offset)
	})
	return records
}

// Fake starts kfake, an imitation of Kafka inside this process, which ends with the test. It is fast and needs nothing;
// it proves less than a real broker.
func Fake(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}
