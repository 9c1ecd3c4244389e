package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"voile/pipeline/wire"
)

// TestGuardReports: what no rule takes is found, counted and logged by its path; the records pass as they are, and nothing of them
// shows.
func TestGuardReports(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 1, "    guard: {sample: 100%}")
	var values []string
	for i := range 40 {
		values = append(values, fmt.Sprintf(`{"i":%d,"email":"x","note":"call +33612345678","people":{"ana%d@example.org":{"name":"Ana"}}}`, i, i))
	}
	c.write(0, values...)
	p := c.start(wire.Options{})
	p.settled(40, 0)
	if n := p.metric("voile_guard_records_total"); n != 40 {
		t.Errorf("the guard looked at %d records, want 40", n)
	}
	for path, want := range map[string]int{"$.note": 40, "$.people.*": 40} {
		kind := map[string]string{"$.note": "phone", "$.people.*": "email"}[path]
		have := p.metric("voile_guard_findings_total", "path="+path, "kind="+kind)
		if have < want-4 || have > want { // the names of the first records are not known yet
			t.Errorf("%d findings of %s at %s, want %d", have, kind, path, want)
		}
	}
	if n := p.logged("an identifier lies where no rule takes it"); n == 0 {
		t.Error("the log does not say it")
	}
	families, err := p.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(families)
	for _, entry := range p.logs.All() {
		text += fmt.Sprintln(entry.Message, entry.ContextMap())
	}
	for _, secret := range []string{"@example.org", "33612345678", "Ana"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows in metrics or logs", secret)
		}
	}
}

// TestGuardSeals: with mode quarantine no record with a finding reaches the sink.
func TestGuardSeals(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 1, "    guard: {mode: quarantine}\n    quarantine_limit: off")
	c.write(0, `{"i":0,"email":"x"}`, `{"i":1,"email":"x","note":"ana@example.org"}`, `{"i":2,"email":"x","note":"ana"}`)
	p := c.start(wire.Options{})
	p.settled(2, 1)
	if have := fmt.Sprint(c.numbers()); have != "[0 2]" {
		t.Errorf("the sink holds %s", have)
	}
	for _, e := range c.opened() {
		if e.Reason != "guard_found" || e.Offset != 1 {
			t.Errorf("%d is set aside for %q", e.Offset, e.Reason)
		}
	}
}
