package wire

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
)

// TestThrottled: a quota makes the broker hold requests back for longer than their deadline. That is waited for, on the same
// connection: who takes it for a broker that hangs sends the batch again on a new one, where it is not held back, and so
// gets round the quota.
func TestThrottled(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	admin := kadm.NewClient(kafkatest.Client(t, brokers))
	id := "throttled"
	_, err := admin.AlterClientQuotas(t.Context(), []kadm.AlterClientQuotaEntry{{
		Entity: kadm.ClientQuotaEntity{{Type: "client-id", Name: &id}},
		Ops:    []kadm.AlterClientQuotaOp{{Key: "producer_byte_rate", Value: 100_000}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	log, seen := logs()
	c := client(t, Options{Brokers: brokers, ClientID: id, Log: log, RequestTimeout: time.Second})
	var dials atomic.Int32
	dial := c.transport.Dial
	c.transport.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return dial(ctx, network, address)
	}
	name := topic(t, brokers, 1, nil)
	p := producer(t, c)
	write(t, p, name, 0, "first")
	before, said := dials.Load(), len(seen())
	for i := 0; ; i++ {
		_, err := p.Produce(timeout(t, time.Minute), name, 0, 1, encode(batch.None, values(strings.Repeat("x", 400_000))))
		if err != nil {
			t.Fatal(err)
		}
		if muted := c.nodes.mutedFor(1); muted > 3*time.Second {
			t.Logf("after %d batches the broker holds back for %s", i+1, muted)
			break
		}
		if i == 50 {
			t.Fatal("the broker never holds back: this proves nothing")
		}
	}
	start := time.Now()
	write(t, p, name, 0, "last")
	if took := time.Since(start); took < 2*time.Second {
		t.Errorf("written after %s: the quota is got round", took)
	}
	want(t, "new connections", dials.Load()-before, int32(0))
	if lines := seen()[said:]; len(lines) > 0 {
		t.Errorf("logged %q, want nothing", lines)
	}
}
