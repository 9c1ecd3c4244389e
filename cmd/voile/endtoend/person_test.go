package endtoend

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/crypto"
	"voile/crypto/vault"
	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// TestPersonIsFoundAndErased goes docs/operations.md, "Finding a person's records", through to its end, across a rotation of
// the keys of a one-way domain.
func TestPersonIsFoundAndErased(t *testing.T) {
	const (
		partitions = 3
		people     = 20
		who        = 7 // asks
	)
	cluster, server := kafkatest.Start(t), vaulttest.Start(t)
	s := newSiteWith(t, cluster, server, strings.NewReplacer(
		"  customer-email:", "  customer-id: {method: hash}\n  customer-email:",
		"{key: true, domain: customer-email}", "{key: true, domain: customer-id}",
	).Replace(flowConfig("customers", cluster.Brokers(), "    group: customers")))
	compacted := map[string]string{"cleanup.policy": "compact"}
	cluster.CreateTopic(t, "customers.raw", partitions, compacted)
	cluster.CreateTopic(t, "customers", partitions, compacted)
	cluster.CreateTopic(t, "voile.quarantine", 1, nil)
	client := kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	produce := func(person int, value string) {
		t.Helper()
		r := &kgo.Record{Topic: "customers.raw", Partition: int32(person % partitions), Key: fmt.Appendf(nil, "id-%d", person)}
		if value != "" {
			r.Value = []byte(value)
		}
		produceAll(t, client, r)
	}
	profile := func(person, version int) string {
		return fmt.Sprintf(`{"version":%d,"email":"person%d@example.org"}`, version, person)
	}
	passed := func(p *proxy, n float64) {
		t.Helper()
		waitFor(t, "everything is in the sink", 30*time.Second, func() bool { return p.site.total("voile_records_total", `result="passed"`) == n })
	}

	for n := range people {
		produce(n, profile(n, 1))
	}
	produce(people, "no JSON")
	before := s.run(t)
	passed(before, people)
	waitFor(t, "one record is set aside", 30*time.Second, func() bool { return s.total("voile_records_total", `result="quarantined"`) == 1 })
	before.stop(t)
	rotate(t, server, "customer-id", prf.AESCMACPRFKeyTemplate())
	after := s.run(t)
	for n := range people {
		produce(n, profile(n, 2))
	}
	passed(after, people)

	t.Run("its role alone opens the quarantine", s.opensQuarantine)

	// Who may find may not reveal, and the other way round.
	tokens := strings.Fields(s.as(t, vault.RoleToken, fmt.Sprintf("id-%d\n", who), "token", "customer-id"))
	if len(tokens) != 2 {
		t.Fatalf("%d tokens, want one under each of two keys", len(tokens))
	}
	found := carrying(t, s, tokens)
	if len(found) != 2 || string(found[0].Key) != tokens[1] || string(found[1].Key) != tokens[0] {
		t.Fatalf("%d records found, want the two of the person, the first under the old token", len(found))
	}
	var text bytes.Buffer
	for i, r := range found {
		if r.Partition != who%partitions || !bytes.Contains(r.Value, fmt.Appendf(nil, `"version":%d`, i+1)) {
			t.Errorf("what was found is not of the person: partition %d", r.Partition)
		}
		text.Write(append(r.Value, '\n'))
	}
	if got, want := s.as(t, vault.RoleReveal, text.String(), "reveal", "--json"), profile(who, 1)+"\n"+profile(who, 2)+"\n"; got != want {
		t.Errorf("access: got %s, want %s", got, want)
	}

	// A tombstone at the source takes away what has today's token; what has the old one needs a tombstone of its own.
	produce(who, "")
	passed(after, people+1)
	after.stop(t)
	if left := live(t, s, tokens); !slices.Equal(left, tokens[1:]) {
		t.Errorf("%d live keys after the tombstone at the source, want the old token alone", len(left))
	}
	produceAll(t, client, &kgo.Record{Topic: "customers", Partition: found[0].Partition, Key: found[0].Key})
	if left := live(t, s, tokens); len(left) > 0 {
		t.Errorf("%d live keys of the person after the erasure, want none", len(left))
	}
	if left := live(t, s, nil); len(left) != 2*(people-1) {
		t.Errorf("%d live keys of everybody else, want %d", len(left), 2*(people-1))
	}
}

// opensQuarantine tries to open the one record that is set aside under the policy of each role.
func (s *site) opensQuarantine(t *testing.T) {
	for _, role := range vault.Roles() {
		out, err := s.command("VAULT_TOKEN="+s.login(t, role), "quarantine", "replay", "--dry-run").CombinedOutput()
		opened, refused := strings.Contains(string(out), "still fails"), strings.Contains(string(out), "hint: the role quarantine has these rights")
		if may := role == vault.RoleQuarantine; opened != may || refused == may {
			t.Errorf("%s: opened %v, refused %v: %v\n%s", role, opened, refused, err, out)
		}
	}
}

// as runs voile in a role, and gives what it prints.
func (s *site) as(t *testing.T, role vault.Role, stdin string, args ...string) string {
	t.Helper()
	cmd := s.command("VAULT_TOKEN="+s.login(t, role), args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("voile %s as %s: %v\n%s", args[0], role, err, &stderr)
	}
	return string(out)
}

// carrying gives the records of the sink that hold one of the tokens anywhere, in the order in which they were written.
func carrying(t *testing.T, s *site, tokens []string) (found []*kgo.Record) {
	t.Helper()
	for _, r := range kafkatest.ReadAll(t, s.brokers, "customers", true) {
		if slices.ContainsFunc(tokens, func(token string) bool { return bytes.Contains(textOf(r), []byte(token)) }) {
			found = append(found, r)
		}
	}
	return found
}

// live gives those of the keys, of all where there are none named, whose newest record of their partition is no tombstone:
// what stays when the topic has been compacted.
func live(t *testing.T, s *site, keys []string) (left []string) {
	t.Helper()
	type place struct {
		partition int32
		key       string
	}
	newest := map[place]bool{}
	for _, r := range kafkatest.ReadAll(t, s.brokers, "customers", true) {
		newest[place{r.Partition, string(r.Key)}] = r.Value != nil
	}
	for at, alive := range newest {
		if alive && (keys == nil || slices.Contains(keys, at.key)) {
			left = append(left, at.key)
		}
	}
	return left
}

// rotate gives a domain a new key and makes it the primary one. Nobody but root may do that to a document.
func rotate(t *testing.T, server *vaulttest.Server, domain string, template *tinkpb.KeyTemplate) {
	t.Helper()
	path := "secret/data/voile/keysets/" + domain
	data, _ := server.Do(t, http.MethodGet, path, nil)["data"].(map[string]any)
	text, err := json.Marshal(data["data"])
	if err != nil {
		t.Fatal(err)
	}
	document, err := crypto.ParseDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	kek := &transit{t, server}
	handle, err := document.Unwrap(kek)
	if err != nil {
		t.Fatal(err)
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(template)
	if err == nil {
		err = manager.SetPrimary(id)
	}
	if err != nil {
		t.Fatal(err)
	}
	if handle, err = manager.Handle(); err == nil {
		err = document.Wrap(handle, kek)
	}
	if err != nil {
		t.Fatal(err)
	}
	if text, err = document.Marshal(); err != nil {
		t.Fatal(err)
	}
	server.Do(t, http.MethodPut, path, map[string]any{"data": json.RawMessage(text)})
}

// transit is the Transit key of the domains as a tink.AEAD, under the root token.
type transit struct {
	t      *testing.T
	server *vaulttest.Server
}

func (k *transit) ask(operation, member string, body map[string]any) string {
	k.t.Helper()
	data, _ := k.server.Do(k.t, http.MethodPut, "transit/"+operation+"/voile", body)["data"].(map[string]any)
	text, _ := data[member].(string)
	return text
}

func (k *transit) Encrypt(plaintext, associatedData []byte) ([]byte, error) {
	return []byte(k.ask("encrypt", "ciphertext", map[string]any{"plaintext": plaintext, "associated_data": associatedData})), nil
}

func (k *transit) Decrypt(ciphertext, associatedData []byte) ([]byte, error) {
	return base64.StdEncoding.DecodeString(k.ask("decrypt", "plaintext", map[string]any{"ciphertext": string(ciphertext), "associated_data": associatedData}))
}
