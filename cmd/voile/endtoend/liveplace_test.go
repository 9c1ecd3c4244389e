package endtoend

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

const (
	liveUser      = "planted-voile" // a user's name is no secret
	livePassword  = "planted-password-5de0c1"
	wrongPassword = "planted-wrong-5de0c1"
	adminUser     = "planted-admin"
	adminPassword = "planted-admin-password"
)

// A livePlace is a cluster with an authorizer and a Vault server, where the proxy has what it needs and nothing more.
type livePlace struct {
	*site
	cluster *kafkatest.Cluster
	admin   *kadm.Client
	config  string
}

func newLivePlace(t *testing.T) *livePlace {
	t.Helper()
	cluster := kafkatest.Start(t, kafkatest.Authorizer(adminUser), kafkatest.Config("transaction.max.timeout.ms", "60000"),
		kafkatest.ScramUser("SCRAM-SHA-512", liveUser, livePassword),
		kafkatest.ScramUser("SCRAM-SHA-512", adminUser, adminPassword),
		kafkatest.Listener("LOGIN", "SASL_PLAINTEXT", map[string]string{
			"sasl.enabled.mechanisms":        "SCRAM-SHA-512",
			"scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;"}))
	t.Setenv("KAFKA_PASSWORD", livePassword)
	p := &livePlace{cluster: cluster, config: fmt.Sprintf(`
kafka:
  brokers: ["%s"]
  sasl: {mechanism: scram-sha-512, username: %s, password: "${KAFKA_PASSWORD}"}
vault: {address: "${VAULT_ADDR}", auth: {token: {file: "${VAULT_TOKEN_FILE}"}}}
quarantine: {topic: voile.quarantine}
admin: {listen: "${VOILE_ADMIN}"}
domains:
  customer-email: {method: tokenize, value: email}
  customer-id: {method: hash}
routes:
  - name: web
    from: [web.raw]
    to: web
    group: voile-web
    fields:
      - {key: true, domain: customer-id}
      - {path: $.email, domain: customer-email, required: true}
`, cluster.BrokersOf("LOGIN")[0], liveUser)}
	p.site = newSiteWith(t, cluster, vaulttest.StartPersistent(t), p.config)
	p.admin = kadm.NewClient(kafkatest.Client(t, cluster.Brokers()))
	for topic, n := range map[string]int{"web.raw": 3, "web": 3, "voile.quarantine": 1, "wide": 4} {
		cluster.CreateTopic(t, topic, n, nil)
	}
	return p
}

func aclOf(op kadm.ACLOperation) *kadm.ACLBuilder {
	return kadm.NewACLs().Allow("User:" + liveUser).AllowHosts().Operations(op).ResourcePatternType(kadm.ACLPatternLiteral)
}

// liveACLs are those of a proxy: all that it needs, and the right to see settings.
func liveACLs() map[string]*kadm.ACLBuilder {
	return map[string]*kadm.ACLBuilder{
		"read source":      aclOf(kadm.OpRead).Topics("web.raw"),
		"write sink":       aclOf(kadm.OpWrite).Topics("web"),
		"write quarantine": aclOf(kadm.OpWrite).Topics("voile.quarantine"),
		"read group":       aclOf(kadm.OpRead).Groups("voile-web"),
		"write ids":        aclOf(kadm.OpWrite).TransactionalIDs("voile-web/").ResourcePatternType(kadm.ACLPatternPrefixed),
		"see settings":     aclOf(kadm.OpDescribeConfigs).Topics("web.raw", "web", "voile.quarantine"),
	}
}

func (p *livePlace) allow(t *testing.T, acls ...*kadm.ACLBuilder) {
	t.Helper()
	for _, acl := range acls {
		if _, err := p.admin.CreateACLs(t.Context(), acl); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the broker's authorizer knows the ACL", 20*time.Second, func() bool { return p.known(t, acl) > 0 })
	}
}

func (p *livePlace) forbid(t *testing.T, acls ...*kadm.ACLBuilder) {
	t.Helper()
	for _, acl := range acls {
		if _, err := p.admin.DeleteACLs(t.Context(), acl); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the broker's authorizer has forgotten the ACL", 20*time.Second, func() bool { return p.known(t, acl) == 0 })
	}
}

// known is how many of some ACLs the broker goes by.
func (p *livePlace) known(t *testing.T, acl *kadm.ACLBuilder) (n int) {
	t.Helper()
	found, err := p.admin.DescribeACLs(t.Context(), acl)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		n += len(f.Described)
	}
	return n
}

// alter changes a setting of a topic, or takes it back where the value is empty.
func (p *livePlace) alter(t *testing.T, topic, name, value string) {
	t.Helper()
	change := kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value}
	if value == "" {
		change = kadm.AlterConfig{Op: kadm.DeleteConfig, Name: name}
	}
	if _, err := p.admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{change}, topic); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the broker goes by the setting", 20*time.Second, func() bool {
		all, err := p.admin.DescribeTopicConfigs(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(all[0].Configs, func(c kadm.Config) bool {
			own := c.Source == kmsg.ConfigSourceDynamicTopicConfig
			return c.Key == name && own == (value != "") && (!own || *c.Value == value)
		})
	})
}

// policy gives the proxy's Vault token that policy.
func (p *livePlace) policy(t *testing.T, lines ...string) {
	t.Helper()
	p.vault.WritePolicy(t, "voile-proxy", strings.Join(lines, "\n"))
}

// leastPolicy is what a proxy needs of Vault, line by line.
//
// The last line is of a domain that only one case has.
func leastPolicy() []string {
	return []string{
		`path "secret/data/voile/keysets/customer-email" { capabilities = ["read"] }`,
		`path "secret/data/voile/keysets/customer-id" { capabilities = ["read"] }`,
		`path "secret/data/voile/quarantine/public" { capabilities = ["read"] }`,
		`path "transit/decrypt/voile" { capabilities = ["update"] }`,
		`path "secret/data/voile/keysets/customer-nr" { capabilities = ["read"] }`,
	}
}

// aside is the place with a folder of its own, so that the configuration can be changed beside others.
func (p *livePlace) aside(t *testing.T) *livePlace {
	t.Helper()
	other := *p
	s := *p.site
	other.site = &s
	token, err := os.ReadFile(p.path("vault-token"))
	if err != nil {
		t.Fatal(err)
	}
	s.dir, s.admin = t.TempDir(), freeAddress(t)
	s.write(t, "voile.yaml", p.config)
	s.write(t, "vault-token", string(token))
	s.env = append(slices.Clone(p.env), "VOILE_ADMIN="+s.admin, "VOILE_CONFIG="+s.path("voile.yaml"), "VAULT_TOKEN_FILE="+s.path("vault-token"))
	return &other
}

// A liveReport is what `voile check --live` found, as JSON and as a person sees it.
type liveReport struct {
	Works         bool
	Findings      []liveFinding
	ACLCommands   []string `json:"acl_commands"`
	AdvisoryACLs  []string `json:"advisory_acl_commands"`
	PolicyCommand string   `json:"policy_command"`

	text string
	code int
	took time.Duration
}

type liveFinding struct {
	Check, Subject, Result, Detail, Do string
	AtStart                            string `json:"at_start"`
}

// check runs `voile check --live` in both forms at once.
func (p *livePlace) check(t *testing.T) (r liveReport) {
	t.Helper()
	var (
		wg   sync.WaitGroup
		text string
		code int
	)
	began := time.Now()
	wg.Go(func() { text, code = p.output(t, "check", "--live") })
	asJSON, other := p.output(t, "check", "--live", "--json")
	wg.Wait()
	if err := json.Unmarshal([]byte(asJSON), &r); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, asJSON)
	}
	r.text, r.code, r.took = text, code, time.Since(began)
	if other != code || (code == 0) != r.Works {
		t.Errorf("the exit code is %d, with --json %d; works: %t", code, other, r.Works)
	}
	return r
}

// output runs voile to its end. Nothing of it may hold a secret.
func (p *livePlace) output(t *testing.T, args ...string) (out string, code int) {
	raw, err := p.command("", args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Error(err)
	}
	p.clean(t, "the output", string(raw))
	return string(raw), code
}

func (p *livePlace) clean(t *testing.T, where, text string) {
	vaultToken, err := os.ReadFile(p.path("vault-token"))
	if err != nil {
		t.Error(err)
	}
	for what, secret := range map[string]string{"the password": livePassword, "a wrong password": wrongPassword,
		"the Vault token": string(vaultToken), "the root token": p.vault.RootToken} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in %s", what, where)
		}
	}
}

// silentAddress is a server that accepts connections and says nothing.
func silentAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}
