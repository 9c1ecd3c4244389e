package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"voile/crypto/vault"
	"voile/internal/kafkatest"
	"voile/internal/repo"
	"voile/internal/vaulttest"
)

const (
	brokers    = 3
	slots      = 3 // voile processes of a fleet
	partitions = 6
	source     = "orders.raw"
	people     = 60

	// sourceHeader is the header that names the source of a record of the sink.
	sourceHeader = "voile-source"
)

// A fleet is the voile processes of one group, in one delivery, from the source to a sink and a quarantine of their own.
type fleet struct {
	delivery, sink, quarantine, group string

	members []*member // slots of them, which are always there, and one that comes and goes
}

// A scene is everything that a run needs.
type scene struct {
	t      *testing.T
	begun  time.Time
	dir    string // of logs and evidence
	kafka  *kafkatest.Cluster
	admin  *kadm.Client
	vault  *vaulttest.Server
	links  [][]*link // by slot and broker
	fleets []*fleet
	watch  *watch
	disk   *disk  // of one broker; nil without root
	clock  *clock // of one broker; nil without a C compiler

	brokerKills int
	settled     map[int32]int64 // offsets of the source that every group has committed, as of the last time that all was well
}

// say prints a line of progress.
func (s *scene) say(format string, args ...any) {
	fmt.Printf("%5.0f s  %s\n", time.Since(s.begun).Seconds(), fmt.Sprintf(format, args...))
}

// newScene starts brokers and Vault, makes topics and keysets, and starts no voile yet.
func newScene(t *testing.T, dir string, deliveries []string) *scene {
	t.Helper()
	s := &scene{t: t, begun: time.Now(), dir: dir, disk: newDisk(t), clock: newClock(t, dir)}
	options := []kafkatest.Option{
		kafkatest.Nodes(brokers),
		// One thread for each listener, of which there are many; nothing else is special about these brokers.
		kafkatest.Config("num.network.threads", "1"), kafkatest.Config("num.io.threads", "4"),
	}
	for slot := range slots {
		var advertised []string
		s.links = append(s.links, nil)
		for range brokers {
			l := newLink(t)
			s.links[slot] = append(s.links[slot], l)
			advertised = append(advertised, l.address())
		}
		options = append(options, kafkatest.ListenerBehind(listenerOf(slot), advertised))
	}
	if s.disk != nil {
		options = append(options, kafkatest.DataDir(diskNode, s.disk.dir))
	}
	if s.clock != nil {
		options = append(options, kafkatest.Environment(clockNode, s.clock.env...))
	}
	s.kafka = kafkatest.Start(t, options...)
	for slot, links := range s.links {
		for i, address := range s.kafka.BrokersOf(listenerOf(slot)) {
			links[i].to(address)
		}
	}
	s.admin = kadm.NewClient(kafkatest.Client(t, s.kafka.Brokers()))
	s.vault = vaulttest.StartPersistent(t)
	s.vault.EnableTransit(t, "transit")
	s.kafka.CreateTopic(t, source, partitions, nil)
	exe := filepath.Join(dir, "voile")
	build(t, exe, "voile/cmd/voile")
	build(t, s.auditor(), "voile/cmd/auditor")
	for i, delivery := range deliveries {
		s.fleets = append(s.fleets, s.newFleet(exe, delivery, i == 0))
	}
	return s
}

func (s *scene) auditor() string { return filepath.Join(s.dir, "auditor") }

func listenerOf(slot int) string { return fmt.Sprintf("VOILE%d", slot) }

func build(t testing.TB, exe, pkg string) {
	t.Helper()
	if err := repo.Build(exe, pkg); err != nil {
		t.Fatal(err)
	}
}

// fleetConfig takes what a writer writes.
const fleetConfig = `
kafka: {brokers: [BROKERS]}
vault: {address: "${VAULT_ADDR}", auth: {token: {file: "${VAULT_TOKEN_FILE}"}}}
quarantine: {topic: QUARANTINE}
admin: {listen: "${VOILE_ADMIN}"}
domains:
  customer-email: {method: tokenize, value: email}
  customer-id: {method: hash}
  remark: {method: encrypt}
routes:
  - name: orders
    from: [SOURCE]
    to: SINK
    group: GROUP
    delivery: DELIVERY
    source_header: true
    fields:
      - {key: true, domain: customer-email}
      - {header: x-user, domain: customer-id}
      - {path: $.mail, domain: customer-email, required: true}
      - {path: $.user.id, domain: customer-id}
      - {path: $.user.name, redact: true}
      - {path: "$.user.friends[*].mail", domain: customer-email}
      - {path: $.card, mask: {keep_first: 0, keep_last: 4}}
      - {path: $.remark, domain: remark}
`

// newFleet makes the topics of a fleet and its members' environments; the first one makes the keysets, which all share.
func (s *scene) newFleet(exe, delivery string, first bool) *fleet {
	name := strings.ReplaceAll(delivery, "_", "-")
	f := &fleet{delivery: delivery, sink: "orders." + name, quarantine: "quarantine." + name, group: "voile-" + name}
	s.kafka.CreateTopic(s.t, f.sink, partitions, nil)
	s.kafka.CreateTopic(s.t, f.quarantine, 1, nil)
	tokenFile := filepath.Join(s.dir, "vault-token")
	for i := range slots + 1 { // the one that comes and goes has the links of the first
		bootstrap := make([]string, 0, brokers)
		for _, l := range s.links[i%slots] {
			bootstrap = append(bootstrap, `"`+l.address()+`"`)
		}
		config := strings.NewReplacer("BROKERS", strings.Join(bootstrap, ", "), "QUARANTINE", f.quarantine, "SOURCE", source,
			"SINK", f.sink, "GROUP", f.group, "DELIVERY", delivery).Replace(fleetConfig)
		m := &member{name: fmt.Sprintf("%s-%d", name, i+1), exe: exe, dir: s.dir, addr: freeAddress(s.t)}
		file := filepath.Join(s.dir, m.name+".yaml")
		s.write(file, config)
		m.env = append(os.Environ(), "VAULT_ADDR="+s.vault.Address, "VAULT_TOKEN_FILE="+tokenFile, "VOILE_ADMIN="+m.addr, "VOILE_CONFIG="+file)
		f.members = append(f.members, m)
	}
	if first {
		s.makeKeys(f.members[0], tokenFile)
	}
	return f
}

func (s *scene) write(file, text string) {
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) makeKeys(m *member, tokenFile string) {
	voile := func(variable string, args ...string) string {
		cmd := exec.Command(m.exe, args...)
		cmd.Env = append(slices.Clone(m.env), variable)
		out, err := cmd.Output()
		if err != nil {
			s.t.Fatalf("voile %s: %v", strings.Join(args, " "), err)
		}
		return string(out)
	}
	login := func(role vault.Role) string {
		s.vault.WritePolicy(s.t, "voile-"+string(role), voile("", "keys", "policy", string(role)))
		return s.vault.Token(s.t, "voile-"+string(role), 24*time.Hour, nil)
	}
	proxy := login(vault.RoleProxy)
	voile("VAULT_TOKEN="+login(vault.RoleKeyAdmin), "keys", "init")
	s.write(tokenFile, proxy)
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the address is what counts
	return l.Addr().String()
}

// slot gives the members of a slot, one of each fleet.
func (s *scene) slot(i int) (members []*member) {
	for _, f := range s.fleets {
		members = append(members, f.members[i])
	}
	return members
}

// each does something to the members of a slot, one of each fleet.
func (s *scene) each(slot int, do func(*member) error) error {
	var errs []error
	for _, m := range s.slot(slot) {
		errs = append(errs, do(m))
	}
	return errors.Join(errs...)
}

// wellBound is how long everything may take to be well again after a fault.
const wellBound = 3 * time.Minute

// heal ends every fault, and waits until brokers and processes are there as before, and the groups have committed what the
// source had then.
func (s *scene) heal() error {
	for _, links := range s.links {
		for _, l := range links {
			l.Heal(false)
		}
	}
	for slot := range slots + 1 {
		if err := s.each(slot, (*member).unbidden); err != nil {
			return err
		}
	}
	for slot := range slots {
		if err := s.each(slot, (*member).start); err != nil {
			return err
		}
	}
	if err := s.inSync(); err != nil {
		return err
	}
	if err := s.caughtUp(); err != nil {
		return err
	}
	return s.watch.flowing()
}

// poll tries until it is well, within the bound.
func poll(bound time.Duration, try func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	for {
		attempt, cancelAttempt := context.WithTimeout(ctx, 10*time.Second)
		err := try(attempt)
		cancelAttempt()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", bound, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// inSync starts the brokers that are down and waits until every partition has all its replicas in sync.
func (s *scene) inSync() error {
	for _, node := range s.kafka.Nodes() {
		node.Start(s.t)
	}
	return poll(wellBound, func(ctx context.Context) error {
		topics, err := s.admin.ListTopicsWithInternal(ctx)
		if err == nil {
			err = topics.Error()
		}
		if err != nil {
			return err
		}
		for _, topic := range topics {
			for _, p := range topic.Partitions {
				if len(p.ISR) < min(brokers, len(p.Replicas)) {
					return fmt.Errorf("%s/%d has %d replicas in sync", topic.Topic, p.Partition, len(p.ISR))
				}
			}
		}
		return nil
	})
}

// ends gives the committed end of each source partition.
func (s *scene) ends(ctx context.Context) (map[int32]int64, error) {
	listed, err := s.admin.ListCommittedOffsets(ctx, source)
	if err == nil {
		err = listed.Error()
	}
	ends := map[int32]int64{}
	for p, o := range listed[source] {
		ends[p] = o.Offset
	}
	return ends, err
}

// caughtUp waits until every group has committed what the source has now.
func (s *scene) caughtUp() error {
	var ends map[int32]int64
	if err := poll(wellBound, func(ctx context.Context) (err error) {
		ends, err = s.ends(ctx)
		return err
	}); err != nil {
		return err
	}
	for _, f := range s.fleets {
		if err := poll(wellBound, func(ctx context.Context) error { return s.committed(ctx, f, ends) }); err != nil {
			return fmt.Errorf("group %s does not recover: %w", f.group, err)
		}
	}
	s.settled = ends
	return nil
}

func (s *scene) committed(ctx context.Context, f *fleet, ends map[int32]int64) error {
	offsets, err := s.admin.FetchOffsets(ctx, f.group)
	if err == nil {
		err = offsets.Error()
	}
	if err != nil {
		return err
	}
	var behind []string
	for p := range int32(partitions) {
		o, ok := offsets.Lookup(source, p)
		if !ok || o.At < ends[p] {
			behind = append(behind, fmt.Sprintf("%s/%d at %d of %d", source, p, o.At, ends[p]))
		}
	}
	if behind != nil {
		return errors.New(strings.Join(behind, ", "))
	}
	return nil
}
