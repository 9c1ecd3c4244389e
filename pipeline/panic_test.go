package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"voile/pipeline/wire"
)

// TestPanicIsSetAside: records that make the transform panic are sealed, one by one; what is around them goes on in order, and
// the log says where it was, and nothing of the record.
func TestPanicIsSetAside(t *testing.T) {
	t.Parallel()
	eachDelivery(t, func(t *testing.T, delivery string) {
		c := newCluster(t, 1, 1, "    delivery: "+delivery)
		values := events(0, 40)
		for _, i := range []int{0, 7, 8, 39} {
			values[i] = fmt.Sprintf(`{"i":%d,"email":%q}`, i, poison)
		}
		c.write(0, values...)
		p := c.start(wire.Options{})
		p.settled(36, 4)
		p.runs()
		want := slices.Concat(upTo(1, 7), upTo(9, 39))
		if got := c.numbers(); !slices.Equal(got, want) {
			t.Errorf("the sink holds %v, want %v", got, want)
		}
		for _, e := range c.opened() {
			if e.Reason != "panic" {
				t.Errorf("the record at %d is set aside for %q, want panic", e.Offset, e.Reason)
			}
		}
		if n := p.logged("the transform panicked; the record is in the quarantine"); n != 4 {
			t.Errorf("the log says it %d times, want 4", n)
		}
		for _, entry := range p.logs.All() {
			line := fmt.Sprint(entry.Message, entry.ContextMap())
			if strings.Contains(line, "poison") {
				t.Errorf("the log quotes the record: %s", line)
			}
		}
		c.write(0, event(40))
		p.settled(37, 4)
	})
}
