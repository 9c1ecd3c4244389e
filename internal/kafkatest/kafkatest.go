// Package kafkatest gives tests a real Apache Kafka 4.1.1, and kafka's embedded imitation where that is enough.
//
// Before: java 17 or later and mvn are on the PATH (the jars are fetched once, into the git-ignored folder
// .cache/kafka-4.1.1 at the root of the repository). Where one of the two is missing a test skips and says so, and under
// CI=true it fails: a proof that did not run is no proof. Under -short every test that asks for a real broker skips.
//
// During: each broker is a process of its own on free ports of the loopback interface, combined with its controller
// (KRaft), with its data in a temporary folder. Its log is shown when the test fails.
//
// After: the processes have ended and the folders are gone, also when the test's own process was killed (on Linux the
// kernel ends the brokers together with it).
//
// The package is for tests only and MUST NOT be imported by anything that is shipped.
package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// startTimeout bounds the start of one cluster; a node is up in 4 s on an idle machine.
const startTimeout = 2 * time.Minute

// An Option changes the cluster before it starts.
type Option func(*settings)

type settings struct {
	nodes       int
	config      map[string]string
	listeners   []listener
	scram       []string
	jvm         []string
	heap        string
	data        map[int]string
	environment map[int][]string
}

type listener struct {
	name, protocol string
	config         map[string]string
	advertised     []string // by node; empty for the addresses that are bound
}

// Nodes sets the number of combined brokers and controllers; 1 is the default. With three or more, the internal topics
// have replication factor 3 and need two replicas in sync.
func Nodes(n int) Option { return func(s *settings) { s.nodes = n } }

// Config overrides one line of every node's server.properties.
func Config(key, value string) Option { return func(s *settings) { s.config[key] = value } }

// Listener adds a listener beside the plain one. Protocol is SSL, SASL_SSL or SASL_PLAINTEXT; the keys of config are
// those that follow `listener.name.<name>.` in server.properties. Its addresses are given by BrokersOf(name).
func Listener(name, protocol string, config map[string]string) Option {
	return func(s *settings) {
		s.listeners = append(s.listeners, listener{name: name, protocol: protocol, config: config})
	}
}

// ListenerBehind adds a plain listener that tells its clients other addresses than its own, one for each node: something
// in between, which forwards to BrokersOf(name), has all of them, and nobody else, in its hand.
func ListenerBehind(name string, advertised []string) Option {
	return func(s *settings) {
		s.listeners = append(s.listeners, listener{name: name, protocol: "PLAINTEXT", advertised: advertised})
	}
}

// DataDir has a node keep its data in a folder of the test's, such as a small file system. It MUST be empty.
func DataDir(node int, dir string) Option { return func(s *settings) { s.data[node] = dir } }

// Environment adds variables, as NAME=value, to the environment of a node's broker.
func Environment(node int, variables ...string) Option {
	return func(s *settings) { s.environment[node] = append(s.environment[node], variables...) }
}

// SystemProperty sets a system property of every node's Java machine.
func SystemProperty(key, value string) Option {
	return func(s *settings) { s.jvm = append(s.jvm, "-D"+key+"="+value) }
}

// ScramUser creates a user of mechanism SCRAM-SHA-256 or SCRAM-SHA-512 when the cluster is formatted.
func ScramUser(mechanism, user, password string) Option {
	return func(s *settings) {
		s.scram = append(s.scram, fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user, password))
	}
}

// Authorizer has every request judged by Kafka's own authorizer: what no ACL allows is refused, but to whoever comes by the
// plain listener, as the brokers do themselves, and to the users named.
func Authorizer(superUsers ...string) Option {
	return func(s *settings) {
		supers := "User:ANONYMOUS"
		for _, user := range superUsers {
			supers += ";User:" + user
		}
		s.config["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
		s.config["super.users"] = supers
	}
}

// A Cluster is one or more running brokers.
type Cluster struct {
	dir   string
	libs  string
	nodes []*Node
}

// Start starts a cluster that ends with the test.
func Start(t testing.TB, opts ...Option) *Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Kafka: left out under -short")
	}
	c, err := start(opts)
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(func() {
		c.close()
		if t.Failed() {
			t.Log(c.Log())
		}
		c.remove()
	})
	return c
}

// A Shared cluster serves all the tests of a package. It starts with the first test that asks for it:
//
//	var kafka kafkatest.Shared
//
//	func TestMain(m *testing.M) { os.Exit(kafka.Run(m)) }
type Shared struct {
	Options []Option

	once    sync.Once
	cluster *Cluster
	err     error
}

// Run runs the tests, then ends the cluster if one was started. It returns the exit code.
func (s *Shared) Run(m interface{ Run() int }) int {
	code := m.Run()
	if s.cluster == nil {
		return code
	}
	s.cluster.close()
	if code != 0 {
		fmt.Fprintln(os.Stderr, s.cluster.Log())
	}
	s.cluster.remove()
	return code
}

// Cluster gives the package's cluster, and starts it when it is asked for the first time. Tests MUST leave it running.
func (s *Shared) Cluster(t testing.TB) *Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Kafka: left out under -short")
	}
	s.once.Do(func() { s.cluster, s.err = start(s.Options) })
	if s.err != nil {
		unavailable(t, s.err)
	}
	return s.cluster
}

// errMissing marks a program that the machine lacks: the one reason to skip instead of to fail.
var errMissing = errors.New("not installed")

func unavailable(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errMissing) && os.Getenv("CI") != "true" {
		t.Skipf("skipped, no real Kafka on this machine: %v", err)
	}
	t.Fatalf("kafkatest: %v", err)
}

func start(opts []Option) (*Cluster, error) {
	s := settings{nodes: 1, config: map[string]string{}, data: map[int]string{}, environment: map[int][]string{}}
	for _, opt := range opts {
		opt(&s)
	}
	s.heap = "-Xmx1g"
	if s.nodes > 1 {
		s.heap = "-Xmx512m"
	}
	libs, err := jars()
	if err != nil {
		return nil, err
	}
	// Free ports are found by asking and letting go, so another process can take one in between: then all is done again.
	for attempt := 0; ; attempt++ {
		c, err := startOnce(&s, libs)
		if err == nil {
			return c, nil
		}
		if attempt == 2 || !strings.Contains(err.Error(), "Address already in use") {
			return nil, err
		}
	}
}

func startOnce(s *settings, libs string) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "voile-kafka-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, libs: libs}
	if err := c.boot(s); err != nil {
		c.close()
		err = fmt.Errorf("%w\n%s", err, c.Log())
		c.remove()
		return nil, err
	}
	return c, nil
}

// boot lays out, formats and starts all nodes, and waits until the cluster answers.
func (c *Cluster) boot(s *settings) error {
	if err := c.layOut(s); err != nil {
		return err
	}
	var formats sync.WaitGroup
	errs := make([]error, len(c.nodes))
	for i, n := range c.nodes {
		formats.Go(func() { errs[i] = n.format(s.scram) })
	}
	formats.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, n := range c.nodes {
		if err := n.launch(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return c.ready(ctx)
}

// Brokers gives the addresses of the plain listeners, one for each node.
func (c *Cluster) Brokers() []string { return c.BrokersOf("PLAINTEXT") }

// BrokersOf gives the addresses of the named listener, one for each node.
func (c *Cluster) BrokersOf(name string) []string {
	brokers := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		brokers[i] = n.addresses[name]
	}
	return brokers
}

// Nodes gives the brokers; node i has node.id i+1.
func (c *Cluster) Nodes() []*Node { return c.nodes }

// Kill ends every node at once, as kill -9 does.
func (c *Cluster) Kill() {
	for _, n := range c.nodes {
		n.Kill()
	}
}

// Stop ends every node in order, as SIGTERM does, and waits until they have ended.
func (c *Cluster) Stop() {
	var stops sync.WaitGroup
	for _, n := range c.nodes {
		stops.Go(n.Stop)
	}
	stops.Wait()
}

// Restart starts every node that is down, on its old ports and its old data, and waits until the cluster answers.
func (c *Cluster) Restart(t testing.TB) {
	t.Helper()
	for _, n := range c.nodes {
		if err := n.launch(); err != nil {
			t.Fatalf("kafkatest: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := c.ready(ctx); err != nil {
		t.Fatalf("kafkatest: restart: %v\n%s", err, c.Log())
	}
}

// Log gives the end of what every node has written.
func (c *Cluster) Log() string {
	var b strings.Builder
	for _, n := range c.nodes {
		fmt.Fprintf(&b, "--- log of Kafka node %d\n%s", n.id, tail(n.logFile(), 64<<10))
	}
	return b.String()
}

func (c *Cluster) close() { c.Kill() }

func (c *Cluster) remove() { _ = os.RemoveAll(c.dir) }

func tail(path string, most int) string {
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return err.Error() + "\n"
	}
	return string(b[len(b)-min(len(b), most):])
}
