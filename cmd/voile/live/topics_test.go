package live

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"voile/config"
	"voile/pipeline/wire"
)

// all is what may be done without an authorizer.
const all wire.Operations = 1<<wire.Read | 1<<wire.Write | 1<<wire.Describe | 1<<wire.DescribeConfigs

func oneRoute() *config.Config {
	return &config.Config{
		Kafka: config.Kafka{Brokers: []string{"b:9092"}},
		Routes: []config.Route{{Name: "web", From: []string{"web.raw"}, To: "web", Group: "g", QuarantineTopic: "q",
			Partition: config.PartitionSource, Delivery: config.DeliveryExactlyOnce}},
		Limits: config.Limits{TransactionTimeout: 30 * time.Second},
	}
}

// a look that has seen topics of three partitions, with what change makes of them.
func seen(change func(map[string]wire.Topic)) *look {
	topics := map[string]wire.Topic{}
	for _, name := range []string{"web.raw", "web", "q"} {
		topics[name] = wire.Topic{Partitions: 3, Replicas: 3, InSync: 2, Allowed: all}
	}
	if change != nil {
		change(topics)
	}
	return &look{config: oneRoute(), principal: "User:voile", seen: wire.Cluster{Topics: topics}}
}

// lines gives findings as `result at_start | subject | detail | do`, without those that are well.
func lines(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		if f.Result != OK {
			fmt.Fprintf(&b, "%s %s | %s | %s | %s\n", f.Result, f.AtStart, f.Subject, f.Detail, f.Do)
		}
	}
	return b.String()
}

func TestJudgeTopics(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(map[string]wire.Topic)
		want   string
	}{
		{"all well", nil, ""},
		{"read only", func(m map[string]wire.Topic) {
			m["web"] = wire.Topic{Partitions: 3, Allowed: 1<<wire.Read | 1<<wire.Describe}
		}, "failed stops | sink web | User:voile may not write it | allow it\n"},
		{"rights not told", func(m map[string]wire.Topic) { m["web.raw"] = wire.Topic{Partitions: 3} },
			"unseen  | source web.raw | 3 partitions; the broker does not tell whether User:voile may read it | \n"},
		{"without a leader", func(m map[string]wire.Topic) { m["q"] = wire.Topic{Partitions: 3, Leaderless: 1, Allowed: all} },
			"failed goes on | quarantine q | 1 of 3 partitions have no leader | bring the brokers back that have their replicas\n"},
		{"an invalid name", func(m map[string]wire.Topic) {
			m["web"] = wire.Topic{Err: &wire.Error{Op: "metadata", Class: wire.ClassStop, Err: errors.New("no such name")}}
		}, "failed stops | sink web | no such name | \nunseen  | partitions of route web | not all of its topics can be seen | \n"},
		{"fewer partitions", func(m map[string]wire.Topic) { m["web"] = wire.Topic{Partitions: 2, Allowed: all} },
			"failed stops | partitions of route web | the source web.raw has 3 partitions and the sink web has 2: with `partition: source` the numbers must be equal | give the sink as many, or say `partition: key`\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := seen(tc.change)
			if got := lines(append(l.judgeTopics(), l.judgePartitions()...)); got != tc.want {
				t.Errorf("got\n%swant\n%s", got, tc.want)
			}
		})
	}
}

func TestJudgeProducer(t *testing.T) {
	refused := &wire.Error{Op: "init producer id", Code: 31, Class: wire.ClassStop}
	for _, tc := range []struct {
		name   string
		change func(map[string]wire.Topic)
		err    error
		result Result
		acls   []ACL
	}{
		{"well", nil, nil, OK, nil},
		{"an old cluster", nil, refused, Failed, []ACL{{Operation: "IdempotentWrite", Type: "cluster", Name: ""}}},
		{"nothing may be written", func(m map[string]wire.Topic) {
			for _, name := range []string{"web", "q"} {
				m[name] = wire.Topic{Partitions: 3, Allowed: 1 << wire.Describe}
			}
		}, refused, Failed, nil},
	} {
		got := seen(tc.change).judgeProducer(tc.err)
		if got.Result != tc.result || fmt.Sprint(got.ACLs) != fmt.Sprint(tc.acls) {
			t.Errorf("%s: %s %v, want %s %v", tc.name, got.Result, got.ACLs, tc.result, tc.acls)
		}
	}
}

func TestJudgeSettings(t *testing.T) {
	plain := map[string]string{cleanupPolicy: "delete", maxMessage: "1048588", timestampType: "CreateTime", retention: "604800000"}
	with := func(name, value string) settings {
		values := map[string]string{}
		for n, v := range plain {
			values[n] = v
		}
		values[name] = value
		return settings{values: values}
	}
	for _, tc := range []struct {
		name, topic string
		settings    settings
		want        string // part of the lines; empty for none
	}{
		{"plain", "web", settings{values: plain}, ""},
		{"LogAppendTime in the sink", "web", with(timestampType, "LogAppendTime"), "warning  | settings of sink web | message.timestamp.type is LogAppendTime"},
		{"LogAppendTime in the quarantine", "q", with(timestampType, "LogAppendTime"), ""},
		{"a narrow sink", "web", with(maxMessage, "1000"), "warning  | settings of sink web | max.message.bytes is 1000, and the source web.raw takes 1048588"},
		{"a wide sink", "web", with(maxMessage, "9999999"), ""},
		{"the least quarantine", "q", with(maxMessage, "10240"), ""},
		{"less", "q", with(maxMessage, "10239"), "failed stops | settings of quarantine q | max.message.bytes is 10239"},
		{"a compacted quarantine", "q", with(cleanupPolicy, "compact,delete"), "failed stops | settings of quarantine q | cleanup.policy is compact,delete"},
		{"as many in sync as needed", "web", with(minInSync, "2"), ""},
		{"too few in sync", "web", with(minInSync, "3"), "failed goes on | settings of sink web | min.insync.replicas is 3, and a partition has 2 replicas in sync: nothing can be written to it | bring the brokers back"},
		{"too few replicas", "q", with(minInSync, "4"), "failed goes on | settings of quarantine q | min.insync.replicas is 4, and a partition has 2 replicas in sync: nothing can be written to it | give the topic more replicas (it has 3)"},
		{"of a source", "web.raw", with(minInSync, "4"), ""},
		{"nothing told", "q", settings{}, ""},
		{"not allowed", "web", settings{err: &wire.Error{Code: 29, Class: wire.ClassStop}}, "unseen  | settings of sink web | User:voile may not see them"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			all := map[string]settings{"web.raw": {values: plain}, "web": {values: plain}, "q": {values: plain}}
			all[tc.topic] = tc.settings
			got := lines(seen(nil).judgeSettings(all))
			if tc.want == "" && got != "" || !strings.HasPrefix(got, tc.want) || strings.Count(got, "\n") > 1 {
				t.Errorf("got\n%swant one that begins with\n%s", got, tc.want)
			}
		})
	}
}

// TestCompactedSink: what at least once does to a compacted sink is said, and nothing where it is exactly once.
func TestCompactedSink(t *testing.T) {
	for _, tc := range []struct{ delivery, want string }{
		{config.DeliveryExactlyOnce, ""},
		{config.DeliveryAtLeastOnce, "warning  | settings of sink web | cleanup.policy is compact, and route web delivers at least once: after a crash its last records are written again, " +
			"and keys have older values until the last of these has come | set `delivery: exactly_once` on the route, unless readers of the topic may see that\n"},
	} {
		l := seen(nil)
		l.config.Routes[0].Delivery = tc.delivery
		if got := lines(l.judgeSettings(map[string]settings{"web": {values: map[string]string{cleanupPolicy: "compact"}}})); got != tc.want {
			t.Errorf("%s: got\n%swant\n%s", tc.delivery, got, tc.want)
		}
	}
}
