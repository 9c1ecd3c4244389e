package endtoend

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
)

// A liveCase takes one thing away, and wants it named with what to do.
type liveCase struct {
	name    string
	config  []string // pairs of old and new text of the configuration
	env     string   // a variable
	change  func(t *testing.T) (restore func())
	subject string // of the finding; empty where all is to be well
	result  string
	atStart string
	want    []string // parts of the text for people
	noRun   bool     // run takes as long as the check to notice
}

// verify holds what the check found, and what run makes of it, against what is wanted.
func (p *livePlace) verify(t *testing.T, tc *liveCase) {
	t.Helper()
	r := p.check(t)
	if r.took > 15*time.Second { // 10 s for what hangs, all of it at once
		t.Errorf("the check took %s", r.took)
	}
	if works := tc.result != "failed"; (r.code == 0) != works {
		t.Errorf("exit code %d", r.code)
	}
	var found []liveFinding
	for _, f := range r.Findings {
		if f.Subject == tc.subject && f.Result == tc.result && f.AtStart == tc.atStart {
			found = append(found, f)
		}
		if f.Result == "failed" && tc.result != "failed" || tc.subject == "" && f.Result != "ok" {
			t.Errorf("%s: %s: %s", f.Subject, f.Result, f.Detail)
		}
	}
	if tc.subject != "" && len(found) == 0 {
		t.Errorf("no finding %s of %q", tc.result, tc.subject)
	}
	for _, want := range tc.want {
		if !strings.Contains(r.text, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	if t.Failed() {
		t.Fatalf("%+v\n%s", r.Findings, r.text)
	}
	proxy := p.run(t)
	if tc.noRun {
		waitFor(t, "the admin port is open", 10*time.Second, func() bool { code, _ := p.get("/readyz"); return code == 503 })
		proxy.stop(t) // at once, whatever is asked at the moment
		return
	}
	defer func() { p.clean(t, "the log", proxy.log.String()) }()
	switch tc.atStart {
	case "stops":
		if code := proxy.exitCode(t, 30*time.Second); code != 1 {
			t.Errorf("run ends with exit code %d, want 1", code)
		}
		logged := strings.ReplaceAll(proxy.log.String(), `\"`, `"`)
		for _, f := range r.Findings { // of Kafka and of Vault
			if f.AtStart != "stops" {
				continue
			}
			if !strings.Contains(logged, f.Detail) || !strings.Contains(logged, f.Do) {
				t.Errorf("the log of run does not say %q and %q", f.Detail, f.Do)
			}
		}
	case "", "goes on":
		waitFor(t, "what the check calls working works", 30*time.Second, ready(p.site))
		if took := startTook.FindString(proxy.log.String()); tc.subject == "" {
			t.Logf("the checks at the start: %s s", took)
		}
		proxy.stop(t)
	default:
		waitFor(t, "run says what it waits for", 30*time.Second, func() bool {
			code, text := p.get("/readyz")
			return code == 503 && strings.Contains(text, tc.subject)
		})
		proxy.stop(t)
	}
}

var startTook = regexp.MustCompile(`"took":[0-9.]+`)

// TestCheckLive takes one thing away at a time. What the check calls working works; where it says that a person is needed,
// run ends with the same words; what heals, run waits for.
func TestCheckLive(t *testing.T) {
	p := newLivePlace(t)
	if !t.Run("the printed commands", p.printed) {
		t.Fatal("the other cases begin with what this one leaves")
	}
	t.Run("no proxy is fenced", p.besideAProxy)
	t.Run("topics change while Vault is waited for", p.later)
	acls := liveACLs()
	p.policy(t, leastPolicy()...)
	p.allow(t, aclOf(kadm.OpWrite).Topics("wide", "nowhere"))
	without := func(name string) func(t *testing.T) func() {
		return func(t *testing.T) func() {
			p.forbid(t, acls[name])
			return func() { p.allow(t, acls[name]) }
		}
	}
	setting := func(topic, name, value string) func(t *testing.T) func() {
		return func(t *testing.T) func() {
			p.alter(t, topic, name, value)
			return func() { p.alter(t, topic, name, "") }
		}
	}
	policy := func(lines ...string) func(t *testing.T) func() {
		return func(t *testing.T) func() {
			p.policy(t, lines...)
			return func() { p.policy(t, leastPolicy()...) }
		}
	}
	member := func(topic string, balancer kgo.GroupBalancer) func(t *testing.T) func() {
		return func(t *testing.T) func() { return p.stranger(t, topic, balancer) }
	}
	var (
		broker       = p.cluster.BrokersOf("LOGIN")[0]
		silent, gone = silentAddress(t), freeAddress(t)
		least        = leastPolicy()
		acl          = "kafka-acls.sh --bootstrap-server " + broker + " --command-config admin.properties --add --allow-principal User:" + liveUser + " --operation "
		to           = "to: web\n"
	)
	for _, tc := range []liveCase{
		{name: "nothing is missing"},
		{name: "no READ of the source", change: without("read source"), subject: "source web.raw", result: "failed", atStart: "stops",
			want: []string{"may not read it", acl + "Read --topic web.raw\n"}},
		{name: "no WRITE of the sink", change: without("write sink"), subject: "sink web", result: "failed", atStart: "stops",
			want: []string{"may not write it", acl + "Write --topic web\n"}},
		{name: "no WRITE of the quarantine", change: without("write quarantine"), subject: "quarantine voile.quarantine", result: "failed", atStart: "stops",
			want: []string{"may not write it", acl + "Write --topic voile.quarantine\n"}},
		{name: "no READ of the group", change: without("read group"), subject: "group voile-web", result: "failed", atStart: "stops",
			want: []string{"may not join it, nor commit", acl + "Read --group voile-web\n"}},
		{name: "no WRITE of the transactional ids", change: without("write ids"), subject: "transactional ids voile-web/…", result: "failed", atStart: "stops",
			want: []string{"may not write under them", acl + "Write --transactional-id voile-web/ --resource-pattern-type prefixed\n"}},
		{name: "settings cannot be seen", change: without("see settings"), subject: "settings of sink web", result: "unseen",
			want: []string{"may not see them", acl + "DescribeConfigs --topic web.raw --topic web --topic voile.quarantine\n"}},
		{name: "LogAppendTime", change: setting("web", "message.timestamp.type", "LogAppendTime"), subject: "settings of sink web", result: "warning",
			want: []string{"timestamps are lost", "CreateTime"}},
		{name: "a narrow sink", change: setting("web", "max.message.bytes", "100000"), subject: "settings of sink web", result: "warning",
			want: []string{"max.message.bytes is 100000", "web.raw takes 1048588"}},
		{name: "a narrow quarantine", change: setting("voile.quarantine", "max.message.bytes", "5000"), subject: "settings of quarantine voile.quarantine", result: "failed", atStart: "stops",
			want: []string{"max.message.bytes is 5000", "raise it to 10240"}},
		{name: "a compacted quarantine", change: setting("voile.quarantine", "cleanup.policy", "compact"), subject: "settings of quarantine voile.quarantine", result: "failed", atStart: "stops",
			want: []string{"compaction deletes parts", "set it to delete"}},
		{name: "too few replicas", change: setting("web", "min.insync.replicas", "2"), subject: "settings of sink web", result: "failed", atStart: "goes on",
			want: []string{"min.insync.replicas is 2, and a partition has 1 replica in sync", "give the topic more replicas (it has 1)"}},
		{name: "a compacted sink", change: setting("web", "cleanup.policy", "compact"), subject: "settings of sink web", result: "ok",
			want: []string{"a record without a key goes to the quarantine"}},
		{name: "a stranger in the group", change: member("wide", kgo.RangeBalancer()), subject: "group voile-web", result: "warning",
			want: []string{"reads other topics", `"wide"`, "name another group"}},
		{name: "a stranger with another assignor", change: member("web.raw", kgo.CooperativeStickyBalancer()), subject: "group voile-web", result: "failed", atStart: "stops",
			want: []string{"cooperative-sticky", "name another group"}},
		{name: "a keyset that may not be read", change: policy(least[0], least[2], least[3]), subject: "keyset customer-id", result: "failed", atStart: "stops",
			want: []string{"forbidden", least[1] + " # lacks", "vault policy write voile-proxy - <<'EOF'"}},
		{name: "no decrypt", change: policy(least[:3]...), subject: "rights in Vault", result: "failed", atStart: "stops",
			want: []string{"lack update of transit/decrypt/voile", least[3] + " # lacks"}},
		{name: "the private keyset may be read", change: policy(append(least, `path "secret/data/voile/quarantine/private" { capabilities = ["read"] }`)...),
			subject: "rights in Vault", result: "warning", want: []string{"MORE THAN ENOUGH", "quarantine/private", "voile keys policy proxy"}},
		{name: "a sealed Vault", change: func(t *testing.T) func() { p.vault.Seal(t); return func() { p.vault.Unseal(t) } },
			subject: "login at " + p.vault.Address, result: "failed", atStart: "waits", want: []string{"sealed", "unseal Vault"}},

		// What only the configuration has wrong.
		{name: "at least once", config: []string{to, to + "    delivery: at_least_once\n"}},
		{name: "transactions that are too long", config: []string{"quarantine: {", "limits: {transaction_timeout: 61s}\nquarantine: {"}, subject: "transactional ids voile-web/…", result: "failed", atStart: "stops",
			want: []string{"limits.transaction_timeout is 1m1s, which is above the brokers' transaction.max.timeout.ms", "lower limits.transaction_timeout"}},
		{name: "a topic that is hidden", config: []string{to, "to: hidden\n"}, subject: "sink hidden", result: "failed", atStart: "stops",
			want: []string{"nor see whether it exists", acl + "Write --topic hidden\n"}},
		{name: "a topic that does not exist", config: []string{to, "to: nowhere\n"}, subject: "sink nowhere", result: "failed", atStart: "waits a while",
			want: []string{"does not exist", "with 3 partitions as the source web.raw has"}},
		{name: "unequal partitions", config: []string{to, "to: wide\n"}, subject: "partitions of route web", result: "failed", atStart: "stops",
			want: []string{"the source web.raw has 3 partitions and the sink wide has 4", "partition: key"}},
		{name: "a document that disagrees", config: []string{"customer-id: {method: hash}", "customer-id: {method: tokenize, value: text}"},
			subject: "keyset customer-id", result: "failed", atStart: "stops", want: []string{`method is "tokenize" in the configuration and "hash" in the document`}},
		{name: "two things at once", config: []string{"customer-id: {method: hash}", "customer-id: {method: tokenize, value: text}"}, env: "KAFKA_PASSWORD=" + wrongPassword,
			subject: "keyset customer-id", result: "failed", atStart: "stops", want: []string{"the document", "wrong user or password"}},
		{name: "no such document", config: []string{"customer-id", "customer-nr", "customer-id", "customer-nr"}, subject: "keyset customer-nr", result: "failed", atStart: "stops",
			want: []string{"not found", "voile keys init"}},
		{name: "a wrong password", env: "KAFKA_PASSWORD=" + wrongPassword, subject: "broker " + broker, result: "failed", atStart: "stops",
			want: []string{"wrong user or password", "sasl.password", "correct kafka.sasl"}},
		{name: "no SASL", noRun: true, config: []string{"  sasl: ", "  tls: false #"}, subject: "broker " + broker, result: "failed", atStart: "waits",
			want: []string{"closes the connection without an answer", "the listener may want SASL: set kafka.sasl"}},
		{name: "no such file", config: []string{"  sasl: ", "  tls: {ca: nowhere.pem}\n  sasl: "}, subject: "TLS to the brokers", result: "failed", atStart: "stops",
			want: []string{"nowhere.pem", "kafka.tls"}},
		{name: "a broker that is not there", config: []string{broker, gone}, subject: "broker " + gone, result: "failed", atStart: "waits",
			want: []string{"connection refused", "kafka.brokers", "not seen"}},
		{name: "a silent broker beside a good one", noRun: true, config: []string{`"` + broker, `"` + silent + `", "` + broker}, subject: "broker " + silent, result: "warning",
			want: []string{"no answer", "another one answered"}},
		{name: "no Vault", env: "VAULT_ADDR=http://" + gone, subject: "login at http://" + gone, result: "failed", atStart: "waits",
			want: []string{"connection refused", "vault.address"}},
		{name: "all is silent", noRun: true, config: []string{broker, silent}, env: "VAULT_ADDR=http://" + silent, subject: "login at http://" + silent, result: "failed", atStart: "waits",
			want: []string{"unreachable", "vault.address", "broker " + silent, "no answer"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.change != nil {
				defer tc.change(t)()
				p.verify(t, &tc)
				return
			}
			t.Parallel() // beside others that leave the cluster and Vault as they are
			p := p.aside(t)
			for i := 0; i < len(tc.config); i += 2 {
				if !strings.Contains(p.config, tc.config[i]) {
					t.Fatalf("the configuration has no %q", tc.config[i])
				}
				p.config = strings.Replace(p.config, tc.config[i], tc.config[i+1], 1)
			}
			p.write(t, "voile.yaml", p.config)
			p.env = append(p.env, tc.env)
			p.verify(t, &tc)
		})
	}
}

// besideAProxy checks while a transaction of a proxy is open, which must not notice.
func (p *livePlace) besideAProxy(t *testing.T) {
	proxy := kafkatest.Client(t, p.cluster.Brokers(), kgo.TransactionalID("voile-web/web.raw/0"), kgo.DefaultProduceTopic("wide"))
	if err := errors.Join(proxy.BeginTransaction(), proxy.ProduceSync(t.Context(), kgo.StringRecord("before")).FirstErr()); err != nil {
		t.Fatal(err)
	}
	if r := p.check(t); r.code != 0 {
		t.Errorf("exit code %d:\n%s", r.code, r.text)
	}
	if err := errors.Join(proxy.ProduceSync(t.Context(), kgo.StringRecord("after")).FirstErr(), proxy.EndTransaction(t.Context(), kgo.TryCommit)); err != nil {
		t.Error("the check fenced out a proxy at work:", err)
	}
}

// later has run wait for Vault for longer than what it found in Kafka is good for.
func (p *livePlace) later(t *testing.T) {
	p.policy(t, leastPolicy()...)
	p.cluster.CreateTopic(t, "late.raw", 1, nil)
	p.cluster.CreateTopic(t, "late", 1, nil)
	p.allow(t, aclOf(kadm.OpRead).Topics("late.raw"), aclOf(kadm.OpWrite).Topics("late"))
	late := p.aside(t)
	late.config = strings.NewReplacer("[web.raw]", "[late.raw]", "to: web\n", "to: late\n").Replace(late.config)
	late.write(t, "voile.yaml", late.config)
	p.vault.Seal(t)
	proxy := late.run(t)
	waitFor(t, "only Vault is waited for", 20*time.Second, func() bool {
		_, text := late.get("/readyz")
		return strings.Contains(text, "sealed") && !strings.Contains(text, "Kafka")
	})
	time.Sleep(11 * time.Second)
	if _, err := p.admin.CreatePartitions(t.Context(), 1, "late"); err != nil {
		t.Fatal(err)
	}
	p.vault.Unseal(t)
	if code := proxy.exitCode(t, time.Minute); code != 1 { // a look at Vault comes after 30 s at most
		t.Errorf("exit code %d, want 1", code)
	}
	if want := "and the sink late has 2: with `partition: source` the numbers must be equal"; !strings.Contains(proxy.log.String(), want) {
		t.Errorf("the log does not say %q", want)
	}
}

// stranger puts another program into the group.
func (p *livePlace) stranger(t *testing.T, topic string, balancer kgo.GroupBalancer) (leave func()) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.cluster.Brokers()...), kgo.ConsumerGroup("voile-web"), kgo.ConsumeTopics(topic), kgo.Balancers(balancer))
	if err != nil {
		t.Fatal(err)
	}
	members := func(n int) func() bool {
		return func() bool {
			groups, err := p.admin.DescribeGroups(t.Context(), "voile-web")
			return err == nil && len(groups["voile-web"].Members) == n && (n == 0 || groups["voile-web"].State == "Stable")
		}
	}
	waitFor(t, "the stranger is in the group", 20*time.Second, members(1))
	return func() {
		client.Close()
		waitFor(t, "the group is empty", 20*time.Second, members(0))
	}
}

// printed begins with no rights at all, types what `voile check --live` prints as it stands, with the real tools of Kafka
// and Vault, and demands that nothing is missing then, and that run works.
func (p *livePlace) printed(t *testing.T) {
	p.policy(t, `path "secret/data/else" { capabilities = ["read"] }`)
	tools := t.TempDir()
	p.cluster.Script(t, tools)
	if err := os.Symlink(p.vault.Program(), filepath.Join(tools, "vault")); err != nil {
		t.Fatal(err)
	}
	p.write(t, "admin.properties", "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\n"+
		"sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\""+adminUser+"\" password=\""+adminPassword+"\";\n")
	shell := func(r liveReport, commands ...string) {
		t.Helper()
		var wg sync.WaitGroup
		for _, command := range commands {
			if !strings.Contains(r.text, "\n"+command+"\n") {
				t.Errorf("the command for machines is not the one for people: %s", command)
			}
			cmd := exec.Command("bash", "-euc", command)
			cmd.Dir = p.dir
			cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "HOME="+tools,
				"VAULT_ADDR="+p.vault.Address, "BAO_ADDR="+p.vault.Address, "VAULT_TOKEN="+p.vault.RootToken, "BAO_TOKEN="+p.vault.RootToken)
			wg.Go(func() {
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", command, err, out)
				}
			})
		}
		wg.Wait()
	}
	r := p.check(t)
	if r.code != 1 || len(r.ACLCommands) != 4 || r.PolicyCommand == "" {
		t.Fatalf("exit code %d, %d commands for Kafka, want 4:\n%s", r.code, len(r.ACLCommands), r.text)
	}
	shell(r, append(r.ACLCommands, r.PolicyCommand)...)
	if r = p.check(t); r.code != 0 || len(r.AdvisoryACLs) != 1 {
		t.Fatalf("after the commands: exit code %d:\n%s", r.code, r.text)
	}
	shell(r, r.AdvisoryACLs...)
	p.verify(t, &liveCase{})
	for _, delivery := range []string{"exactly_once", "at_least_once"} {
		p.carries(t, delivery)
	}
}

// carries demands that the rights are enough to take records to the sink and to the quarantine, and to commit.
func (p *livePlace) carries(t *testing.T, delivery string) {
	t.Helper()
	p = p.aside(t)
	p.write(t, "voile.yaml", strings.Replace(p.config, "to: web\n", "to: web\n    delivery: "+delivery+"\n", 1))
	proxy := p.run(t)
	address := "ana@" + delivery + ".example"
	produceAll(t, kafkatest.Client(t, p.cluster.Brokers()),
		&kgo.Record{Topic: "web.raw", Key: []byte("a"), Value: []byte(`{"email":"` + address + `"}`)}, &kgo.Record{Topic: "web.raw", Key: []byte("b"), Value: []byte(`{}`)})
	waitFor(t, delivery+": both records are acknowledged", 30*time.Second, func() bool { return p.total("voile_records_total") == 2 })
	proxy.stop(t)
	lags, err := p.admin.Lag(t.Context(), "voile-web")
	if err := errors.Join(err, lags.Error()); err != nil {
		t.Fatal(err)
	}
	if n := lags["voile-web"].Lag.Total(); n != 0 {
		t.Errorf("%s: %d records are not committed", delivery, n)
	}
}
