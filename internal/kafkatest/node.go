package kafkatest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Node is one broker, which is also a controller.
type Node struct {
	cluster   *Cluster
	id        int
	addresses map[string]string // by listener
	heap      string
	jvm       []string
	clusterID string
	env       []string // of the broker, beside ours

	mu      sync.Mutex
	process *process
}

// layOut chooses ports and writes the properties of all nodes.
func (c *Cluster) layOut(s *settings) error {
	listeners := append([]listener{{name: "PLAINTEXT", protocol: "PLAINTEXT"}}, s.listeners...)
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails, by its contract
	id[0] &= 0x7f        // else its text could begin with a hyphen, which the format tool takes for a flag
	free, err := freeAddresses(s.nodes * (len(listeners) + 1))
	if err != nil {
		return err
	}
	for i := range s.nodes {
		n := &Node{cluster: c, id: i + 1, heap: s.heap, jvm: s.jvm, env: s.environment[i+1], addresses: map[string]string{},
			clusterID: base64.RawURLEncoding.EncodeToString(id)}
		for _, name := range append(names(listeners), "CONTROLLER") {
			n.addresses[name], free = free[0], free[1:]
		}
		c.nodes = append(c.nodes, n)
	}
	for _, n := range c.nodes {
		if err := n.write(s, listeners); err != nil {
			return err
		}
	}
	return nil
}

func names(listeners []listener) []string {
	out := make([]string, 0, len(listeners)+1)
	for _, l := range listeners {
		out = append(out, l.name)
	}
	return out
}

// write writes server.properties and the configuration of the log.
func (n *Node) write(s *settings, listeners []listener) error {
	replicas, inSync := min(s.nodes, 3), min(max(1, s.nodes-1), 2)
	voters := make([]string, len(n.cluster.nodes))
	for i, other := range n.cluster.nodes {
		voters[i] = fmt.Sprintf("%d@%s", other.id, other.addresses["CONTROLLER"])
	}
	protocols := "CONTROLLER:PLAINTEXT"
	var bound, advertised []string
	config := map[string]string{}
	for _, l := range listeners {
		protocols += "," + l.name + ":" + l.protocol
		bound = append(bound, l.name+"://"+n.addresses[l.name])
		if l.advertised != nil {
			advertised = append(advertised, l.name+"://"+l.advertised[n.id-1])
		} else {
			advertised = append(advertised, bound[len(bound)-1])
		}
		for key, value := range l.config {
			config["listener.name."+strings.ToLower(l.name)+"."+key] = value
		}
	}
	for key, value := range map[string]string{
		"process.roles":                            "broker,controller",
		"node.id":                                  fmt.Sprint(n.id),
		"controller.quorum.voters":                 strings.Join(voters, ","),
		"listeners":                                strings.Join(append(bound, "CONTROLLER://"+n.addresses["CONTROLLER"]), ","),
		"advertised.listeners":                     strings.Join(advertised, ","),
		"listener.security.protocol.map":           protocols,
		"inter.broker.listener.name":               "PLAINTEXT",
		"controller.listener.names":                "CONTROLLER",
		"log.dirs":                                 filepath.Join(n.dir(), "data"),
		"offsets.topic.replication.factor":         fmt.Sprint(replicas),
		"offsets.topic.num.partitions":             "4",
		"transaction.state.log.replication.factor": fmt.Sprint(replicas),
		"transaction.state.log.num.partitions":     "4",
		"transaction.state.log.min.isr":            fmt.Sprint(inSync),
		"default.replication.factor":               fmt.Sprint(replicas),
		"min.insync.replicas":                      fmt.Sprint(inSync),
		"group.initial.rebalance.delay.ms":         "0",
		"auto.create.topics.enable":                "false",
	} {
		config[key] = value
	}
	if dir, ok := s.data[n.id]; ok {
		config["log.dirs"] = dir
	}
	for key, value := range s.config {
		config[key] = value
	}
	if err := os.MkdirAll(n.dir(), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(n.dir(), "log4j2.properties"), []byte(logConfig), 0o600); err != nil {
		return err
	}
	lines := make([]string, 0, len(config))
	for key, value := range config {
		lines = append(lines, key+"="+value+"\n")
	}
	sort.Strings(lines)
	return os.WriteFile(n.properties(), []byte(strings.Join(lines, "")), 0o600)
}

const logConfig = `status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
`

func (n *Node) dir() string        { return filepath.Join(n.cluster.dir, fmt.Sprintf("node%d", n.id)) }
func (n *Node) properties() string { return filepath.Join(n.dir(), "server.properties") }
func (n *Node) logFile() string    { return filepath.Join(n.dir(), "log") }

// Address is the node's plain listener.
func (n *Node) Address() string { return n.addresses["PLAINTEXT"] }

// PID is the process id of the running node, 0 when it is down.
func (n *Node) PID() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process == nil || n.process.ended() {
		return 0
	}
	return n.process.cmd.Process.Pid
}

func (n *Node) java(heap, class string, args ...string) *exec.Cmd {
	cmd := exec.Command("java", slices.Concat([]string{heap, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
		"-Dlog4j2.configurationFile=" + filepath.Join(n.dir(), "log4j2.properties")}, n.jvm,
		[]string{"-cp", filepath.Join(n.cluster.libs, "*"), class}, args)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "JAVA_TOOL_OPTIONS=") })
	return cmd
}

func (n *Node) format(scram []string) error {
	args := []string{"format", "-t", n.clusterID, "-c", n.properties()}
	for _, user := range scram {
		args = append(args, "--add-scram", user)
	}
	log, err := os.OpenFile(n.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := n.java("-Xmx256m", "kafka.tools.StorageTool", args...)
	cmd.Stdout, cmd.Stderr = log, log
	p, err := launch(cmd)
	if err != nil {
		return err
	}
	if err := p.wait(startTimeout); err != nil {
		return fmt.Errorf("format of the storage of node %d: %w", n.id, err)
	}
	return nil
}

// launch starts the node's process unless it runs already.
func (n *Node) launch() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process != nil && !n.process.ended() {
		return nil
	}
	log, err := os.OpenFile(n.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the process has its own descriptor
	cmd := n.java(n.heap, "kafka.Kafka", n.properties())
	cmd.Env = append(cmd.Env, n.env...)
	cmd.Stdout, cmd.Stderr = log, log
	n.process, err = launch(cmd)
	return err
}

// Start starts a node that is down, on its old ports and its old data. It does not wait until the node answers.
func (n *Node) Start(t testing.TB) {
	t.Helper()
	if err := n.launch(); err != nil {
		t.Fatalf("kafkatest: node %d: %v", n.id, err)
	}
}

// Kill ends the node as kill -9 does, and returns when it has ended.
func (n *Node) Kill() { n.end(syscall.SIGKILL, time.Minute) }

// Stop ends the node as SIGTERM does: it hands its partitions over first. It is killed where that takes over a minute.
func (n *Node) Stop() { n.end(syscall.SIGTERM, time.Minute) }

// Signal sends the node a signal, such as SIGSTOP and SIGCONT.
func (n *Node) Signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process == nil || n.process.ended() {
		t.Fatalf("kafkatest: node %d is down", n.id)
	}
	if err := n.process.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("kafkatest: node %d: %v", n.id, err)
	}
}

func (n *Node) end(sig syscall.Signal, bound time.Duration) {
	n.mu.Lock()
	p := n.process
	n.mu.Unlock()
	if p != nil {
		p.end(sig, bound)
	}
}

// freeAddresses gives n addresses, each another: none is let go before all are found.
func freeAddresses(n int) ([]string, error) {
	addresses := make([]string, n)
	for i := range addresses {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }()
		addresses[i] = l.Addr().String()
	}
	return addresses, nil
}
