package wire

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"voile/internal/kafkatest"
)

// A network is what lies between a client and the brokers: it can take one of them away.
type network struct {
	mu      sync.Mutex
	refuses string // an address: nobody listens there any more
	silent  string // an address: what goes there is never answered, and no connection breaks
}

var errRefused = errors.New("connection refused")

func (n *network) install(c *Client) {
	dial := c.transport.Dial
	c.transport.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if n.is(&n.refuses, address) {
			return nil, errRefused
		}
		conn, err := dial(ctx, network, address)
		return &networkConn{Conn: conn, of: n, address: address}, err
	}
}

func (n *network) is(what *string, address string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return *what == address
}

func (n *network) set(what *string, address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	*what = address
}

type networkConn struct {
	net.Conn
	of      *network
	address string
}

func (c *networkConn) Write(b []byte) (int, error) {
	if c.of.is(&c.of.silent, c.address) {
		return len(b), nil // it is on its way for ever
	}
	return c.Conn.Write(b)
}

// TestLeaderHangs: the leader's machine is gone without a word. The batch, and the fetch, go to its successor within a
// second of the election, and not when the deadline of the request ends.
func TestLeaderHangs(t *testing.T) {
	fake := kafkatest.Fake(t, kfake.NumBrokers(3))
	brokers := fake.ListenAddrs()
	c := client(t, Options{Brokers: brokers, RequestTimeout: 20 * time.Second})
	var n network
	n.install(c)
	name := topic(t, brokers, 1, nil)
	move := func(to int) {
		if err := fake.MoveTopicPartition(name, 0, int32(to)); err != nil {
			t.Error(err)
		}
	}
	move(0)
	p := producer(t, c)
	write(t, p, name, 0, "0")
	fetch := func(offset int64) error {
		_, err := c.Fetch(t.Context(), FetchRequest{Topic: name, Offset: offset, MaxBytes: 1 << 20, MaxWait: 300 * time.Millisecond}, nil)
		return err
	}
	if err := fetch(0); err != nil {
		t.Fatal(err)
	}
	n.set(&n.silent, brokers[0])
	elected := make(chan time.Time, 1)
	time.AfterFunc(2*time.Second, func() { move(1); elected <- time.Now() })
	fetched := make(chan time.Time, 1)
	go func() {
		if err := fetch(0); err != nil {
			t.Error(err)
		}
		fetched <- time.Now()
	}()
	write(t, p, name, 0, "1")
	written, at := time.Now(), <-elected
	for what, took := range map[string]time.Duration{"written": written.Sub(at), "fetched": (<-fetched).Sub(at)} {
		t.Logf("%s %s after the election", what, took)
		if took > time.Second {
			t.Errorf("%s %s after the election, want within 1 s", what, took)
		}
	}
	want(t, "stored", stored(t, brokers, name), []string{"0", "1"})
}

// TestConfiguredBrokerIsGone: the one broker that the configuration names is gone for good. The others are known, and are
// asked, also by a transport that has forgotten everything.
func TestConfiguredBrokerIsGone(t *testing.T) {
	fake := kafkatest.Fake(t, kfake.NumBrokers(3))
	brokers := fake.ListenAddrs()
	c := client(t, Options{Brokers: brokers[:1]})
	var n network
	n.install(c)
	name := topic(t, brokers, 1, nil)
	if err := fake.MoveTopicPartition(name, 0, 1); err != nil {
		t.Fatal(err)
	}
	p := producer(t, c)
	write(t, p, name, 0, "0")
	n.set(&n.refuses, brokers[0])
	c.reconnect()
	for i, to := range []int32{2, 1, 2} {
		if err := fake.MoveTopicPartition(name, 0, to); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		write(t, p, name, 0, "1")
		if took := time.Since(start); took > time.Second {
			t.Errorf("move %d: written after %s, want within 1 s", i, took)
		}
	}
	if _, err := c.CommittedOf(t.Context(), "group", map[string][]int{name: {0}}, true); err != nil {
		t.Errorf("a coordinator is not found: %v", err)
	}
}
