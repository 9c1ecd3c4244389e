package pipeline

import (
	"strings"
	"testing"

	"voile/config"
)

func TestCheckPartitions(t *testing.T) {
	for _, tc := range []struct {
		name      string
		partition string
		counts    map[string]int
		want      string // part of the error; empty for none
	}{
		{"equal", config.PartitionSource, map[string]int{"a": 3, "b": 3, "sink": 3, "q": 1}, ""},
		{"by key", config.PartitionKey, map[string]int{"a": 3, "b": 5, "sink": 4, "q": 1}, ""},
		{"one source has more", config.PartitionSource, map[string]int{"a": 3, "b": 4, "sink": 3, "q": 1}, "the source b has 4 partitions and the sink sink has 3"},
		{"no source", config.PartitionKey, map[string]int{"a": 3, "sink": 3, "q": 1}, "the topic b does not exist"},
		{"no quarantine", config.PartitionKey, map[string]int{"a": 3, "b": 3, "sink": 3, "q": 0}, "the topic q does not exist"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &config.Route{From: []string{"a", "b"}, To: "sink", QuarantineTopic: "q", Partition: tc.partition}
			switch err := CheckPartitions(r, tc.counts); {
			case err == nil && tc.want != "":
				t.Errorf("no error, want %q", tc.want)
			case err != nil && (tc.want == "" || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("error %q, want %q", err, tc.want)
			}
		})
	}
}
