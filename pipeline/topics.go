package pipeline

import (
	"fmt"

	"voile/config"
)

// LeastQuarantineMessage is the least max.message.bytes, in bytes, with which a quarantine topic takes whatever voile seals:
// the smallest part that is tried, with its key, its headers and its batch around it.
const LeastQuarantineMessage = minPart + 2<<10

// TopicsOf gives the topics of a route: its sources, its sink and its quarantine topic.
func TopicsOf(r *config.Route) []string {
	return append(append([]string{}, r.From...), r.To, r.QuarantineTopic)
}

// CheckPartitions holds a route against the numbers of partitions that its topics have. A topic that counts lacks, or has with
// 0, does not exist.
func CheckPartitions(r *config.Route, counts map[string]int) error {
	for _, topic := range TopicsOf(r) {
		if counts[topic] == 0 {
			return fmt.Errorf("the topic %s does not exist: create it, or correct its name", topic)
		}
	}
	if r.Partition == config.PartitionKey {
		return nil
	}
	for _, from := range r.From {
		if sink := counts[r.To]; counts[from] != sink {
			return fmt.Errorf("the source %s has %d partitions and the sink %s has %d: with `partition: source` the numbers must be equal; give the sink as many, or say `partition: key`",
				from, counts[from], r.To, sink)
		}
	}
	return nil
}
