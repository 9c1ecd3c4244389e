package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// A lostRight is one that somebody takes away from a route that runs.
type lostRight struct {
	name string
	acl  func(route string) *kadm.ACLBuilder
	says []string // /readyz, or the log
}

var lostRights = []lostRight{
	{"sink", func(r string) *kadm.ACLBuilder { return aclOf(kadm.OpWrite).Topics(r) }, []string{"TOPIC_AUTHORIZATION_FAILED [29]", "allow this principal"}},
	{"source", func(r string) *kadm.ACLBuilder { return aclOf(kadm.OpRead).Topics(r + ".raw") }, []string{"TOPIC_AUTHORIZATION_FAILED [29]", "allow this principal"}},
	{"id", func(r string) *kadm.ACLBuilder {
		return aclOf(kadm.OpWrite).TransactionalIDs(r + "/").ResourcePatternType(kadm.ACLPatternPrefixed)
	}, []string{"TRANSACTIONAL_ID_AUTHORIZATION_FAILED [53]", "allow this principal"}},
	{"group", func(r string) *kadm.ACLBuilder { return aclOf(kadm.OpRead).Groups(r) }, []string{"GROUP_AUTHORIZATION_FAILED [30]", "allow this principal"}},
}

// TestRightsTakenAway: routes of one process lose a right each while records flow. It is said what lacks, the process lives,
// and when the right is given back all goes on by itself, with nothing lost or doubled.
func TestRightsTakenAway(t *testing.T) {
	t.Parallel()
	cluster := kafkatest.Start(t, kafkatest.Authorizer(adminUser),
		kafkatest.ScramUser("SCRAM-SHA-512", liveUser, livePassword),
		kafkatest.Listener("LOGIN", "SASL_PLAINTEXT", map[string]string{
			"sasl.enabled.mechanisms":        "SCRAM-SHA-512",
			"scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;"}))
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(livePassword), 0o600); err != nil {
		t.Fatal(err)
	}
	var names []string
	of := map[string]*lostRight{}
	delivery := map[string]string{}
	for i := range lostRights {
		for _, d := range deliveries {
			name := lostRights[i].name + "." + d
			names, of[name], delivery[name] = append(names, name), &lostRights[i], d
			cluster.CreateTopic(t, name, 2, nil)
			cluster.CreateTopic(t, name+".raw", 2, nil)
		}
	}
	cluster.CreateTopic(t, "voile.quarantine", 1, nil)
	config := routesConfig(cluster.BrokersOf("LOGIN"), names, func(name string) []string { return []string{"    delivery: " + delivery[name]} })
	config = strings.Replace(config, "kafka: {", fmt.Sprintf(`kafka: {sasl: {mechanism: scram-sha-512, username: %s, password: {file: %q}}, `, liveUser, password), 1)
	p := &livePlace{cluster: cluster, admin: kadm.NewClient(kafkatest.Client(t, cluster.Brokers()))}
	p.site = newSiteWith(t, cluster, vaulttest.Start(t), config)
	p.allow(t, aclOf(kadm.OpWrite).Topics("voile.quarantine"))
	for _, name := range names {
		for i := range lostRights {
			p.allow(t, lostRights[i].acl(name))
		}
	}
	streams := map[string]*stream{}
	for _, name := range names {
		streams[name] = startStream(t, cluster.Brokers(), name+".raw", 2, 100)
	}
	proxy := p.run(t)
	records := func(name string) float64 { return p.total("voile_records_total", fmt.Sprintf("route=%q", name)) }
	for _, name := range names {
		waitFor(t, name+": records flow", time.Minute, func() bool { return records(name) > 100 })
	}
	for _, name := range names {
		p.forbid(t, of[name].acl(name))
	}
	for name, right := range of {
		if right.name == "id" && delivery[name] == "at_least_once" {
			continue // it is asked for when a generation begins
		}
		waitFor(t, name+": it is said what lacks", 45*time.Second, func() bool {
			_, ready := p.get("/readyz")
			for _, line := range strings.Split(ready+"\n"+proxy.log.String(), "\n") {
				if strings.Contains(line, name) && containsAll(line, right.says) {
					return true
				}
			}
			return false
		})
	}
	for _, name := range names {
		p.allow(t, of[name].acl(name))
	}
	back := time.Now()
	for _, name := range names {
		at := records(name)
		waitFor(t, name+": records flow again", time.Minute, func() bool { return records(name) > at+100 })
	}
	t.Logf("all routes go on %s after the rights are back", time.Since(back).Round(time.Second))
	waitFor(t, "all is well", time.Minute, ready(p.site))
	sent := map[string][]int64{}
	for _, name := range names {
		sent[name] = streams[name].stop(t)
	}
	for _, name := range names {
		awaitAll(t, p.site, name, sent[name], time.Minute)
	}
	proxy.stop(t)
	for _, name := range names {
		if doubled := auditSink(t, p.site, name, sent[name]); doubled > 0 && delivery[name] == "exactly_once" {
			t.Errorf("%s: %d records are doubled", name, doubled)
		}
	}
}
