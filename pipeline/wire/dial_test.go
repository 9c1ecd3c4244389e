package wire

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/internal/kafkatest"
)

// hanging gives a broker that can be made to hang: it accepts connections, takes requests, and answers none. first is told
// of each request before.
func hanging(t *testing.T, first func(kmsg.Request, *atomic.Bool)) (fake *kfake.Cluster, hangs *atomic.Bool) {
	t.Helper()
	fake, hangs = kafkatest.Fake(t), new(atomic.Bool)
	fake.Control(func(in kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		first(in, hangs)
		return nil, nil, hangs.Load()
	})
	return fake, hangs
}

// TestBrokerHangsInAJoin: the coordinator hangs with a join in its hands, for which it may have 24 s.
func TestBrokerHangsInAJoin(t *testing.T) {
	var joins atomic.Int32
	fake, hangs := hanging(t, func(in kmsg.Request, hangs *atomic.Bool) {
		if in.Key() == int16(kmsg.JoinGroup) && joins.Add(1) == 1 {
			hangs.Store(true)
		}
	})
	c := client(t, Options{Brokers: fake.ListenAddrs(), DialTimeout: 300 * time.Millisecond, RequestTimeout: time.Second})
	name := topic(t, fake.ListenAddrs(), 1, nil)
	start := time.Now()
	g := join(t, c, name, name)
	time.AfterFunc(1500*time.Millisecond, func() { hangs.Store(false) })
	want(t, "assigned", partitions(next(t, g), name), []int{0})
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("it took %s to join", took)
	}
	if n := joins.Load(); n < 2 {
		t.Errorf("%d joins: this proves nothing", n)
	}
}

// TestBrokerThatHangsIsRefused: at once, where there is another, and until it answers.
func TestBrokerThatHangsIsRefused(t *testing.T) {
	fake, hangs := hanging(t, func(kmsg.Request, *atomic.Bool) {})
	address := fake.ListenAddrs()[0]
	well := kafkatest.Fake(t).ListenAddrs()[0]
	const patience = 300 * time.Millisecond
	l := &link{timeout: patience, clientID: "t"}
	i := newImpatience(t.Context(), l.dial, patience, []string{address, well})
	dial := func(address string) (time.Duration, error) {
		start := time.Now()
		conn, err := i.dial(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return time.Since(start), err
	}
	for _, a := range []string{address, well} {
		if _, err := dial(a); err != nil {
			t.Fatal(err)
		}
	}
	hangs.Store(true)
	if took, err := dial(address); err == nil || errors.Is(err, errHung) || took < patience {
		t.Errorf("a broker that hangs, the first time: %v after %s", err, took)
	}
	if took, err := dial(address); !errors.Is(err, errHung) || took > patience {
		t.Errorf("a broker that hangs, the second time: %v after %s, want %v at once", err, took, errHung)
	}
	if _, err := dial(well); err != nil {
		t.Error("the other:", err)
	}
	hangs.Store(false)
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := dial(address); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatal("a broker that answers again:", err)
		}
	}
}
