package wire

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestEndOffsetsOfABrokerThatHangs: who asks waits for the time that it gave, and no longer.
func TestEndOffsetsOfABrokerThatHangs(t *testing.T) {
	var armed atomic.Bool
	fake, _ := hanging(t, func(in kmsg.Request, hangs *atomic.Bool) {
		hangs.Store(armed.Load() && in.Key() == int16(kmsg.ListOffsets))
	})
	c := client(t, Options{Brokers: fake.ListenAddrs(), RequestTimeout: 10 * time.Second})
	name := topic(t, fake.ListenAddrs(), 1, nil)
	armed.Store(true)
	start := time.Now()
	ends := c.EndOffsets(t.Context(), name, []int{0}, 200*time.Millisecond)
	if took := time.Since(start); took > 5*time.Second || len(ends) > 0 {
		t.Errorf("%v after %s, want nothing after 200ms", ends, took)
	}
}
