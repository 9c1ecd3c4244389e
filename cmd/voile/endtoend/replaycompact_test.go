package endtoend

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
)

// of gives a record of a person, well or ill under the wrong rule; version tells their records apart.
func of(name, person string, version int, well bool) *kgo.Record {
	r := &kgo.Record{Topic: name + ".raw", Key: []byte(planted + person + "@example.org"),
		Value:   fmt.Appendf(nil, `{"n":%d,"person":%q,"email":"planted@example.org"}`, version, person),
		Headers: []kgo.RecordHeader{{Key: "n"}, {Key: "n"}}}
	if well {
		r.Value = fmt.Appendf(nil, `{"n":%d,"person":%q,"email":"planted@example.org","mail":"planted@example.org"}`, version, person)
	}
	return r
}

func erased(name, person string) *kgo.Record {
	r := of(name, person, 0, true)
	r.Value, r.Headers = nil, []kgo.RecordHeader{{Key: "person", Value: []byte(person)}}
	return r
}

// compacted is the site of a compacted sink with one partition.
type compacted struct {
	replaySite
	t     *testing.T
	name  string
	total int // records that were written to the source
}

// set writes records to the source and has the proxy take them, under the wrong rule.
func (c *compacted) set(records ...*kgo.Record) {
	c.t.Helper()
	produceAll(c.t, kafkatest.Client(c.t, c.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner())), records...)
	c.total += len(records)
	c.take(len(records))
}

func (c *compacted) take(n int) {
	c.t.Helper()
	c.write(c.t, "voile.yaml", replayRoutes(c.brokers, []string{c.name}, true))
	c.drain(c.t, n)
	c.write(c.t, "voile.yaml", replayRoutes(c.brokers, []string{c.name}, false))
}

// last is what the sink is compacted to: the version of each person's last record; -1 for an erased one.
func (c *compacted) last() (versions map[string]int, keys map[string][]byte) {
	c.t.Helper()
	versions, keys = map[string]int{}, map[string][]byte{}
	people := map[string]string{} // by key
	for _, r := range kafkatest.ReadAll(c.t, c.brokers, c.name, true) {
		var v struct {
			N      int
			Person string
		}
		switch {
		case r.Value == nil && people[string(r.Key)] != "":
			v.N, v.Person = -1, people[string(r.Key)]
		case r.Value == nil:
			v.N, v.Person = -1, string(r.Headers[0].Value)
		default:
			if err := json.Unmarshal(r.Value, &v); err != nil {
				c.t.Fatal(err)
			}
		}
		people[string(r.Key)] = v.Person
		versions[v.Person], keys[v.Person] = v.N, r.Key
	}
	return versions, keys
}

// expect demands the versions of some people.
func (c *compacted) expect(want map[string]int) {
	c.t.Helper()
	got, _ := c.last()
	for person, version := range want {
		if got[person] != version {
			c.t.Errorf("%s: version %d is the last one in the sink, want %d", person, got[person], version)
		}
	}
}

// TestReplayToACompactedSink: what comes out of the quarantine never becomes the last record of a key that has a newer one,
// or was deleted.
func TestReplayToACompactedSink(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Authorizer(), kafkatest.ScramUser("SCRAM-SHA-512", liveUser, livePassword),
		kafkatest.Listener("LOGIN", "SASL_PLAINTEXT", map[string]string{
			"sasl.enabled.mechanisms":        "SCRAM-SHA-512",
			"scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;"}))
	s := newSiteOn(t, cluster, replayRoutes(cluster.Brokers(), []string{"people"}, true))
	for topic, config := range map[string]map[string]string{"people.raw": nil, "people.q": nil, "people": {"cleanup.policy": "compact"}} {
		cluster.CreateTopic(t, topic, 1, config)
	}
	c := &compacted{replaySite: replaySite{s}, t: t, name: "people"}
	const good, ill = true, false

	null := of("people", "nobody", 1, ill)
	null.Key = nil
	c.set(of("people", "a", 0, good), of("people", "b", 1, ill), of("people", "c", 1, ill), of("people", "d", 1, ill), null,
		of("people", "a", 1, ill), of("people", "b", 2, good), erased("people", "c"), of("people", "d", 2, ill), of("people", "e", 1, ill))
	want := map[string]int{"replayed": 4, "stale": 2}
	c.replay(t, "people.q", "--dry-run").expect(t, 1, map[string]int{"replayed": 5, "stale": 2}) // the broker was not asked
	want["still_fails"] = 1                                                                      // without a key
	c.replay(t, "people.q").expect(t, 1, want)
	c.expect(map[string]int{"a": 1, "b": 2, "c": -1, "d": 2, "e": 1})
	c.replay(t, "people.q").expect(t, 1, map[string]int{"stale": 2, "still_fails": 1})
	stays := func(more map[string]int) map[string]int {
		out := map[string]int{"stale": 2, "still_fails": 1}
		for o, n := range more {
			out[o] += n
		}
		return out
	}

	// Between two replays: their own records are as old as where they came from.
	c.set(of("people", "f", 1, ill), of("people", "f", 2, ill), of("people", "g", 1, ill), of("people", "g", 2, ill))
	sealed := kafkatest.ReadAll(t, s.brokers, "people.q", true) // of one partition, so in order; with markers in between
	first, last := sealed[len(sealed)-4].Offset, sealed[len(sealed)-1].Offset
	c.replay(t, "people.q", "--offsets", fmt.Sprint(first), "--offsets", fmt.Sprint(last)).expect(t, 0, map[string]int{"replayed": 2})
	c.replay(t, "people.q", "--dry-run").expect(t, 1, map[string]int{"replayed": 2, "stale": 3})
	c.replay(t, "people.q").expect(t, 1, stays(map[string]int{"replayed": 1, "stale": 1}))
	c.expect(map[string]int{"f": 2, "g": 2})

	// Whoever else writes to the sink since: a newer record, or a deletion.
	c.set(of("people", "h", 0, good), of("people", "h", 1, ill), of("people", "i", 0, good), of("people", "i", 1, ill))
	_, keys := c.last()
	produceAll(t, kafkatest.Client(t, s.brokers), &kgo.Record{Topic: "people", Key: keys["h"]},
		&kgo.Record{Topic: "people", Key: keys["i"], Value: []byte(`{"n":7,"person":"i"}`)})
	c.replay(t, "people.q").expect(t, 1, stays(map[string]int{"stale": 3}))
	c.expect(map[string]int{"h": -1, "i": 7})

	// A proxy that crashes writes what stood before the sealed record again, and seals it again.
	c.set(of("people", "j", 0, good), of("people", "j", 1, ill))
	c.goBack("voile-people", "people.raw", int64(c.total-2))
	c.take(2)
	c.replay(t, "people.q").expect(t, 1, stays(map[string]int{"stale": 3, "replayed": 1, "sealed_twice": 1}))
	c.expect(map[string]int{"j": 1})

	c.rights(cluster, stays(map[string]int{"stale": 3}))

	// Who was erased before a rotation has another token after it.
	c.set(of("people", "l", 1, good), of("people", "l", 2, ill), erased("people", "l"))
	rotate(t, s.vault, "customer-email", daead.AESSIVKeyTemplate())
	c.replay(t, "people.q").expect(t, 1, stays(map[string]int{"stale": 4}))
	c.expect(map[string]int{"l": -1})

	// Where a deletion could be gone by now it cannot be told.
	c.set(of("people", "k", 1, ill))
	value := "1"
	alter := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "delete.retention.ms", Value: &value}}
	if answer, err := kadm.NewClient(kafkatest.Client(t, s.brokers)).AlterTopicConfigs(t.Context(), alter, "people"); err != nil || answer[0].Err != nil {
		t.Fatal(err, answer)
	}
	c.replay(t, "people.q").expect(t, 1, stays(map[string]int{"stale": 4, "too_old": 1}))

	c.replay(t, "people.q", "--allow-stale").expect(t, 1, map[string]int{"replayed": 7, "still_fails": 1})
	c.expect(map[string]int{"b": 1, "c": 1, "g": 1, "h": 1, "i": 1, "k": 1, "l": 2})
	if got := c.waiting(t, "people.q"); !maps.Equal(got, map[string]int{"required_missing": 1}) {
		t.Errorf("list says %v", got)
	}
}

// TestReplayManyToACompactedSink: more than one transaction takes, so that a sink is looked at in the middle of a read of the
// quarantine.
func TestReplayManyToACompactedSink(t *testing.T) {
	const many = 4500
	cluster := kafkatest.Start(t, kafkatest.Authorizer(), kafkatest.ScramUser("SCRAM-SHA-512", liveUser, livePassword),
		kafkatest.Listener("LOGIN", "SASL_PLAINTEXT", map[string]string{
			"sasl.enabled.mechanisms":        "SCRAM-SHA-512",
			"scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;"}))
	s := newSiteOn(t, cluster, replayRoutes(cluster.Brokers(), []string{"crowd"}, true))
	for topic, config := range map[string]map[string]string{"crowd.raw": nil, "crowd.q": nil, "crowd": {"cleanup.policy": "compact"}} {
		cluster.CreateTopic(t, topic, 1, config)
	}
	c := &compacted{replaySite: replaySite{s}, t: t, name: "crowd"}
	var records []*kgo.Record
	want := map[string]int{}
	for i := range many {
		person := fmt.Sprint("p", i)
		records, want[person] = append(records, of("crowd", person, i, false)), i
	}
	c.set(records...)
	c.replay(t, "crowd.q").expect(t, 0, map[string]int{"replayed": many})
	if got, _ := c.last(); !maps.Equal(got, want) {
		t.Errorf("%d people are in the sink, want %d, each with their record", len(got), many)
	}
	if got := c.waiting(t, "crowd.q"); len(got) > 0 {
		t.Errorf("list says %v, want nothing", got)
	}
}

// goBack moves the offset of a group.
func (c *compacted) goBack(group, topic string, offset int64) {
	c.t.Helper()
	to := kadm.Offsets{}
	to.AddOffset(topic, 0, offset, -1)
	if err := kadm.NewClient(kafkatest.Client(c.t, c.brokers)).CommitAllOffsets(c.t.Context(), group, to); err != nil {
		c.t.Fatal(err)
	}
}

// rights: what docs/operations.md grants to the operator's login is enough, and each of it is needed.
func (c *compacted) rights(cluster *kafkatest.Cluster, stays map[string]int) {
	c.t.Helper()
	login := strings.Replace(replayRoutes(cluster.BrokersOf("LOGIN"), []string{c.name}, false), "]}\n",
		`], sasl: {mechanism: scram-sha-512, username: `+liveUser+`, password: "${KAFKA_PASSWORD}"}}`+"\n", 1)
	c.write(c.t, "operator.yaml", login)
	c.env = append(c.env, "KAFKA_PASSWORD="+livePassword)
	acls := map[string]*kadm.ACLBuilder{
		"the quarantine topic": aclOf(kadm.OpRead).Topics("people.q"),
		"the group":            aclOf(kadm.OpRead).Groups("voile-replay-people.q"),
		"the transactional id": aclOf(kadm.OpWrite).TransactionalIDs("voile-replay-people.q"),
		"to write":             aclOf(kadm.OpWrite).Topics("people"),
		"to read the sink":     aclOf(kadm.OpRead).Topics("people"),
		"to see its settings":  aclOf(kadm.OpDescribeConfigs).Topics("people"),
	}
	place := &livePlace{admin: kadm.NewClient(kafkatest.Client(c.t, c.brokers))}
	place.allow(c.t, slices.Collect(maps.Values(acls))...)
	c.set(of(c.name, "o", 1, false))
	for name, acl := range acls {
		place.forbid(c.t, acl)
		cmd := c.asOperator("replay", "-c", "operator.yaml")
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(out), "not authorized") || strings.Contains(string(out), "replayed     people") {
			c.t.Errorf("without the right of %s: exit code %d\n%s", name, code, out)
		}
		place.allow(c.t, acl)
	}
	stays["replayed"] = 1
	c.replay(c.t, "people.q", "-c", "operator.yaml").expect(c.t, 1, stays)
	delete(stays, "replayed")
}
