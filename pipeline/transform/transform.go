package transform

import (
	"fmt"
	"runtime"

	"voile/pipeline/guard"
	"voile/pipeline/record"
	"voile/pipeline/scan"
)

// A Verdict is what becomes of one record: passed on as Records, dropped where there are none, or set aside where there
// is a Reason.
type Verdict struct {
	// Records go to the sink, in this order. They are valid until the next Transform; their bytes lie in the arena and
	// in the source record.
	Records []record.Record
	// Reason is not empty where the record cannot be passed on; then there are no Records.
	Reason Reason
	// Where names the rule (in the words of the configuration) or the line of the program; never a value. May be empty.
	Where string
}

// An Arena is memory for what a Transformer writes. What lies in it is valid until Reset.
type Arena struct {
	buf     []byte
	headers []record.Header
}

// Reset makes the arena empty. Its memory is used again.
func (a *Arena) Reset() {
	clear(a.headers)
	a.buf, a.headers = a.buf[:0], a.headers[:0]
}

// Cap is how many bytes the arena can hold without growing.
func (a *Arena) Cap() int { return cap(a.buf) }

// A Transformer applies Rules to records, one after the other. It belongs to one goroutine, and allocates nothing per
// record once it has seen its largest.
type Transformer struct {
	rules    *Rules
	levels   []level
	rest     scan.Rest // what is looked at beside what rules select
	watch    *watcher  // nil without a guard
	stats    []RuleStats
	scratch  scratch
	subjects subjects
	v        value

	met     []uint64 // by rule: the turn in which it selected something that is not null and not empty
	unmet   []uint64 // by rule: the turn in which it selected null or an empty text
	turn    uint64
	lax     bool // the record has no value: a tombstone, or empty; required: true does not hold
	out     []record.Record
	failure failure
}

// failure is why the record in hand cannot be passed on.
type failure struct {
	reason Reason
	where  string
}

// NewTransformer makes a Transformer. Each goroutine needs its own.
func (r *Rules) NewTransformer() *Transformer {
	t := &Transformer{
		rules:    r,
		levels:   newLevels(r.levels, r.maxDepth),
		subjects: newSubjects(r.subjects, r.maxDepth),
		watch:    newWatcher(r.watch, r.maxDepth),
		stats:    make([]RuleStats, len(r.rules)),
		met:      make([]uint64, len(r.rules)),
		unmet:    make([]uint64, len(r.rules)),
		out:      make([]record.Record, 0, 1),
	}
	t.v.accept, t.v.scratch, t.v.subjects = r.accept, &t.scratch, &t.subjects
	return t
}

// Stats gives the counters by rule, in the order of the configuration. The slice stays the Transformer's own.
func (t *Transformer) Stats() []RuleStats { return t.stats }

// Guard gives what the route's guard counted since its Reset; nil without a guard. It stays the Transformer's own.
func (t *Transformer) Guard() *guard.Tally {
	if t.watch == nil {
		return nil
	}
	return &t.watch.tally
}

// Transform gives the verdict on in, which it does not change. What it writes goes to arena.
//
// A panic in here becomes a verdict: a record that breaks the program is set aside like any other that cannot be
// transformed, and the process lives. The panic's own message may quote the record and is dropped.
func (t *Transformer) Transform(in *record.Record, arena *Arena) (verdict Verdict) {
	mark := len(arena.buf)
	defer func() {
		if p := recover(); p != nil {
			arena.buf = arena.buf[:mark]
			verdict = Verdict{Reason: ReasonPanic, Where: panicLine()}
		}
	}()
	t.turn++
	t.failure = failure{}
	t.lax = len(in.Value) == 0
	t.subjects.reset(in.Value)
	t.v.timestamp = in.Timestamp
	if t.watch != nil {
		t.rest = t.watch.begin()
	}
	out := record.Record{Offset: in.Offset, Timestamp: in.Timestamp}
	ok := false
	if out.Value, ok = t.transformValue(in.Value, arena); ok {
		if out.Key, ok = t.transformKey(in.Key, arena); ok {
			if out.Headers, ok = t.transformHeaders(in.Headers, arena); ok {
				ok = t.checkRequired()
			}
		}
	}
	if !ok {
		arena.buf = arena.buf[:mark]
		if t.failure.reason == "" { // else the record would count as dropped, and be lost
			t.fail(ReasonPanic, "a failure without a reason")
		}
		return Verdict{Reason: t.failure.reason, Where: t.failure.where}
	}
	t.out = append(t.out[:0], out)
	return Verdict{Records: t.out}
}

func (t *Transformer) fail(reason Reason, where string) bool {
	t.failure = failure{reason, where}
	return false
}

// transformValue passes tombstones and empty values: there is nothing in them.
func (t *Transformer) transformValue(in []byte, arena *Arena) ([]byte, bool) {
	if len(in) == 0 {
		return in, true
	}
	return t.document(in, t.rules.value, arena)
}

// transformKey takes the whole key as text, or rules inside a key that is JSON.
func (t *Transformer) transformKey(in []byte, arena *Arena) ([]byte, bool) {
	if len(in) == 0 {
		return in, true
	}
	if t.watch != nil {
		t.watch.base = baseKey
	}
	if p := t.rules.keyWhole; p != nil {
		out, _, ok := t.text(in, p, arena)
		return out, ok
	}
	if t.rules.keyPath == nil {
		if t.watch == nil || !t.watch.looking {
			return in, true
		}
		out, _, ok := t.text(in, &t.watch.text, arena)
		return out, ok
	}
	return t.document(in, t.rules.keyPath, arena)
}

// transformHeaders keeps order and duplicates; every header of a rule's name is taken.
func (t *Transformer) transformHeaders(in []record.Header, arena *Arena) ([]record.Header, bool) {
	if len(in) == 0 || len(t.rules.headers) == 0 && (t.watch == nil || !t.watch.looking && !t.watch.deny) {
		return in, true
	}
	start := len(arena.headers)
	for _, h := range in {
		p := t.rules.header(h.Name)
		if t.watch != nil {
			t.watch.base, t.watch.header = baseHeader, h.Name
			switch {
			case p == nil && t.watch.deny && !t.watch.headers[string(h.Name)]:
				if t.watch.seals {
					return nil, t.fail(ReasonUnlisted, guardWhere)
				}
				t.watch.tally.Unlisted++
				continue
			case p == nil && t.watch.looking:
				p = &t.watch.text
			}
		}
		if p == nil {
			arena.headers = append(arena.headers, h)
			continue
		}
		out, e, ok := t.text(h.Value, p, arena)
		if !ok {
			return nil, false
		}
		if e != removed {
			arena.headers = append(arena.headers, record.Header{Name: h.Name, Value: out})
		}
	}
	end := len(arena.headers)
	return arena.headers[start:end:end], true
}

// header finds the plan for a header of this name; nil none.
func (r *Rules) header(name []byte) *plan {
	for i := range r.headers {
		if r.headers[i].name == string(name) {
			return &r.headers[i].plan
		}
	}
	return nil
}

// text does what a plan says with a text that is no JSON: a header's value, or a whole key.
func (t *Transformer) text(in []byte, p *plan, arena *Arena) ([]byte, effect, bool) {
	start := len(arena.buf)
	out, _, e, ok := t.take(arena.buf, spelling{kind: scan.String, raw: in}, p)
	if !ok || e != replaced {
		return in, e, ok
	}
	if r := p.rule; r >= 0 && t.rules.rules[r].nulls() {
		return nil, e, true
	}
	arena.buf = out
	end := len(out)
	return out[start:end:end], e, true
}

// apply applies rule i to the value in t.v, and appends to dst what takes its place.
func (t *Transformer) apply(dst []byte, i int) ([]byte, effect, bool) {
	r, v := &t.rules.rules[i], &t.v
	v.stats = &t.stats[i]
	v.stats.Matched++
	void := v.void()
	if t.note(i, void); void && r.stays() {
		return dst, kept, true
	}
	if r.redact && v.constant() {
		return dst, kept, true
	}
	v.required = r.required && !t.lax
	before := len(dst)
	out, e, reason := r.action.apply(dst, v)
	if e == failed && r.redact && reason.ofValue() {
		out, e, _ = redact{}.apply(out[:before], v)
	}
	switch e {
	case failed:
		return dst, e, t.fail(reason, r.where)
	case replaced, removed:
		v.stats.Replaced++
	}
	return out, e, true
}

// note notes for rule i that it selects a value, and whether that is null or empty.
func (t *Transformer) note(i int, void bool) {
	if void {
		t.unmet[i] = t.turn
	} else {
		t.met[i] = t.turn
	}
}

// stays says whether null and the empty string stay what they are under the rule. Only what is removed goes in any case.
func (r *rule) stays() bool {
	_, goes := r.action.(remove)
	return !goes
}

// nulls says whether what a text becomes under the rule is null, where a text can be: as the value of a header.
func (r *rule) nulls() bool {
	_, nulls := r.action.(redactToNull)
	return nulls
}

// checkRequired holds the rules with required: true against what was selected. Tombstones and empty values pass.
func (t *Transformer) checkRequired() bool {
	if t.lax {
		return true
	}
	for _, i := range t.rules.required {
		if t.met[i] != t.turn || t.unmet[i] == t.turn {
			return t.fail(ReasonRequired, t.rules.rules[i].where)
		}
	}
	return true
}

// panicLine names the first line of voile's own code below the panic.
func panicLine() string {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	for {
		f, more := frames.Next()
		if f.Function != "" && len(f.Function) > 8 && f.Function[:8] != "runtime." {
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}
