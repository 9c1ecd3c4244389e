package wire

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/internal/kafkatest"
)

// TestGhostIsLaid cuts the connections of one heartbeat, one join and one leave, as the end of a coordinator does. The old
// member must not hold the group until its session of 6 s ends.
func TestGhostIsLaid(t *testing.T) {
	fake := kafkatest.Fake(t)
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	name := topic(t, fake.ListenAddrs(), 2, nil)
	g := join(t, c, name, name)
	first := next(t, g)
	cut := make(chan kmsg.Key, 3)
	for _, key := range []kmsg.Key{kmsg.Heartbeat, kmsg.JoinGroup, kmsg.LeaveGroup} {
		fake.ControlKey(int16(key), func(kmsg.Request) (kmsg.Response, error, bool) {
			cut <- key
			return nil, errors.New("cut"), true
		})
	}
	start := time.Now()
	second := next(t, g)
	want(t, "connections cut", len(cut), 3)
	want(t, "assigned", partitions(second, name), []int{0, 1})
	if first.MemberID == second.MemberID {
		t.Error("the member is the same: this proves nothing")
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("the next generation came after %s", took)
	}
}

// TestHungBrokerIsPassedOver has two brokers to begin with, the first of which accepts connections and never answers.
func TestHungBrokerIsPassedOver(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	fake := kafkatest.Fake(t, kfake.NumBrokers(1))
	brokers := []string{silent.Addr().String(), fake.ListenAddrs()[0]}
	c := client(t, Options{Brokers: brokers, RequestTimeout: 500 * time.Millisecond})
	c.brokers = brokers // not shuffled
	name := topic(t, fake.ListenAddrs(), 1, nil)
	gen, err := join(t, c, name, name).Next(timeout(t, 10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "assigned", partitions(gen, name), []int{0})
}
