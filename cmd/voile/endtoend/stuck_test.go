package endtoend

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// place makes a topic of which each partition has one replica, on the node that is named.
func place(t *testing.T, cluster *kafkatest.Cluster, topic string, nodes ...int32) {
	t.Helper()
	request := kmsg.NewPtrCreateTopicsRequest()
	made := kmsg.NewCreateTopicsRequestTopic()
	made.Topic, made.NumPartitions, made.ReplicationFactor = topic, -1, -1
	for p, node := range nodes {
		a := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		a.Partition, a.Replicas = int32(p), []int32{node}
		made.ReplicaAssignment = append(made.ReplicaAssignment, a)
	}
	low := kmsg.NewCreateTopicsRequestTopicConfig()
	low.Name, low.Value = "min.insync.replicas", kmsg.StringPtr("1")
	made.Configs = append(made.Configs, low)
	request.Topics = append(request.Topics, made)
	response, err := request.RequestWith(t.Context(), kafkatest.Client(t, cluster.Brokers()))
	if err == nil {
		err = kerr.ErrorForCode(response.Topics[0].ErrorCode)
	}
	if err != nil {
		t.Fatalf("topic %s: %v", topic, err)
	}
}

// TestStuckPartition: one partition of the sink is on a broker that is away, and on no other. The others go on, and all of
// it once the broker is back.
func TestStuckPartition(t *testing.T) {
	t.Parallel()
	const partitions = 4
	cluster := kafkatest.Start(t, kafkatest.Nodes(3))
	s := newPair(t, cluster, vaulttest.Start(t), "stuck")
	for _, d := range deliveries {
		cluster.CreateTopic(t, s.source(d), partitions, nil)
		place(t, cluster, s.sink(d), 1, 2, 3, 2)
	}
	streams := s.streams(t, partitions, 400)
	p := s.run(t)
	s.flowing(t, "records flow", 500, 30*time.Second)
	cluster.Nodes()[0].Stop()
	stopped := time.Now()
	for _, d := range deliveries {
		for n := 1; n < partitions; n++ {
			waitFor(t, d+": the others go on", 45*time.Second, func() bool {
				return s.acknowledgedAt(d, n).After(stopped.Add(15 * time.Second))
			})
		}
		t.Logf("%s: the others went on %s after the broker has ended; partition 0 stands since %s before that", d,
			time.Since(stopped).Round(100*time.Millisecond), time.Until(s.acknowledgedAt(d, 0)).Round(100*time.Millisecond))
		if s.acknowledgedAt(d, 0).After(stopped.Add(5 * time.Second)) {
			t.Errorf("%s: partition 0 is acknowledged: this proves nothing", d)
		}
	}
	s.flowing(t, "the others flow", 1000, 20*time.Second)
	cluster.Restart(t)
	back := time.Now()
	for _, d := range deliveries {
		waitFor(t, d+": partition 0 goes on", 45*time.Second, func() bool { return s.acknowledgedAt(d, 0).After(back) })
	}
	t.Logf("all partitions go on %s after the broker is back", time.Since(back).Round(100*time.Millisecond))
	s.audit(t, p, streams, false)
}
