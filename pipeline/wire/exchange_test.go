package wire

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
)

// TestBuffersComeBack has the connection hang in the middle of a request whose context ends: the call returns only when
// the connection has let go of the caller's bytes.
func TestBuffersComeBack(t *testing.T) {
	fake := kafkatest.Fake(t)
	name := topic(t, fake.ListenAddrs(), 1, nil)
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	var stuck stuck
	stuck.api.Store(-1)
	dial := c.transport.Dial
	c.transport.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &stuckConn{Conn: conn, s: &stuck, past: make(chan struct{})}, err
	}
	p := producer(t, c)
	write(t, p, name, 0, "1")
	for api, call := range map[protocol.ApiKey]func(context.Context) error{
		protocol.Produce: func(ctx context.Context) error {
			_, err := p.Produce(ctx, name, 0, 1, encode(batch.None, values("2")))
			return err
		},
		protocol.Fetch: func(ctx context.Context) error {
			_, err := c.Fetch(ctx, FetchRequest{Topic: name, MaxBytes: 1 << 20, MaxWait: 10 * time.Second}, make([]byte, 1<<20))
			return err
		},
	} {
		stuck.api.Store(int32(api))
		before := stuck.times.Load()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		start := time.Now()
		err := call(ctx)
		cancel()
		inside, took := stuck.inside.Load(), time.Since(start)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v: error %v, want the context's", api, err)
		}
		if stuck.times.Load() == before {
			t.Errorf("%v: the connection never hung", api)
		}
		if inside != 0 {
			t.Errorf("%v: returned while the connection still had the bytes", api)
		}
		if took > 2*time.Second {
			t.Errorf("%v: returned after %s", api, took)
		}
	}
}

type stuck struct {
	api           atomic.Int32 // whose requests hang; -1 none
	inside, times atomic.Int32
}

type stuckConn struct {
	net.Conn
	s    *stuck
	once sync.Once
	past chan struct{} // closed when a deadline in the past is set
}

func (c *stuckConn) SetDeadline(t time.Time) error {
	if !t.IsZero() && t.Before(time.Now()) {
		c.once.Do(func() { close(c.past) })
	}
	return c.Conn.SetDeadline(t)
}

func (c *stuckConn) Write(b []byte) (int, error) {
	if len(b) < 12 || string(b[8:12]) != "voil" || int32(b[4])<<8|int32(b[5]) != c.s.api.Load() {
		return c.Conn.Write(b)
	}
	c.s.inside.Add(1)
	defer c.s.inside.Add(-1)
	c.s.times.Add(1)
	select {
	case <-c.past:
	case <-time.After(10 * time.Second):
	}
	time.Sleep(50 * time.Millisecond)
	return 0, os.ErrDeadlineExceeded
}
