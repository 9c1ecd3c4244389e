package demo

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

var testStart = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

// generate gives events and everything planted in them.
func generate(n int) (events []Event, planted []Identifier) {
	g := NewEvents(1, 400, testStart)
	for range n {
		e := g.Next()
		events = append(events, e)
		planted = append(planted, e.Planted...)
	}
	return events, planted
}

func mustJudge(t testing.TB, planted []Identifier) *Judge {
	t.Helper()
	j, err := NewJudge(planted)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestSameSeedSameEvents(t *testing.T) {
	a, _ := generate(500)
	b, _ := generate(500)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed gives other events")
	}
	if c := NewEvents(2, 400, testStart).Next(); bytes.Equal(c.Record.Value, a[0].Record.Value) {
		t.Error("another seed gives the same event")
	}
}

func TestEvents(t *testing.T) {
	events, _ := generate(3000)
	wrong, nullKeys := map[string]int{}, 0
	for i, e := range events {
		if want := Channel(i % 5); e.Channel != want {
			t.Fatalf("event %d is of %v, want %v", i, e.Channel, want)
		}
		if i < 5 && (e.Person != 0 || e.Wrong != "") {
			t.Errorf("event %d is of person %d, wrong %q; want person 0, nothing wrong", i, e.Person, e.Wrong)
		}
		if n := len(e.Record.Value); n < 600 || n > 1500 {
			t.Errorf("event %d has %d bytes, want 600 to 1,500", i, n)
		}
		if got, want := json.Valid(e.Record.Value), e.Wrong != "broken JSON"; got != want {
			t.Errorf("event %d (%v, wrong %q): valid JSON %v, want %v\n%s", i, e.Channel, e.Wrong, got, want, e.Record.Value)
		}
		if bytes.Contains(e.Record.Value, []byte("${")) {
			t.Errorf("event %d has a place that was not filled in", i)
		}
		if want := testStart.Add(time.Duration(i) * interval).UnixMilli(); e.Record.Timestamp != want {
			t.Errorf("event %d is of %d, want %d", i, e.Record.Timestamp, want)
		}
		if e.Record.Key == nil {
			nullKeys++
		}
		wrong[e.Wrong]++
	}
	for _, what := range []string{"broken JSON", "no e-mail", "e-mail not understood"} {
		if wrong[what] != 10 {
			t.Errorf("%d of 3,000 events are wrong by %q, want 10", wrong[what], what)
		}
	}
	if nullKeys != 300 {
		t.Errorf("%d of 3,000 keys are null, want 300", nullKeys)
	}
}

// Both directions of the contract: what an event says is planted can be found in its record, and what can be found in its
// record, of anybody, it says is planted.
func TestPlantedIsWhatCanBeFound(t *testing.T) {
	n := 2000
	if testing.Short() {
		n = 300
	}
	events, planted := generate(n)
	j, speller := mustJudge(t, planted), newSpeller()
	numbers := map[Identifier]int{} // as NewJudge numbers them
	for _, id := range planted {
		canonical := Identifier{id.Class, speller.canonical(id)}
		if _, ok := numbers[canonical]; !ok {
			numbers[canonical] = len(numbers)
		}
	}
	if len(numbers) != j.Identifiers() {
		t.Fatalf("%d identifiers, the judge has %d", len(numbers), j.Identifiers())
	}
	for i := range events {
		said := map[int]Class{}
		for _, id := range events[i].Planted {
			said[numbers[Identifier{id.Class, speller.canonical(id)}]] = id.Class
		}
		before := j.turn
		j.LookRecord("in", &events[i].Record)
		for number, class := range j.classes {
			found := j.seen[number] > before
			_, ok := said[number]
			// A truncated event has lost what stood at its end.
			if ok && !found && events[i].Wrong == "" {
				t.Fatalf("event %d (%v): a planted %s cannot be found", i, events[i].Channel, class)
			}
			if found && !ok {
				t.Fatalf("event %d (%v): a %s is found that is not among the planted", i, events[i].Channel, class)
			}
		}
	}
}

func TestPeopleShareNothing(t *testing.T) {
	people := NewEvents(7, 2000, testStart).people
	seen := map[string]bool{}
	for _, p := range people {
		for _, id := range []string{p.email, p.phone, p.customer, p.device, p.advertising, strings.ToLower(p.card)} {
			if seen[id] {
				t.Fatalf("%q is of two people", id)
			}
			seen[id] = true
		}
		if len(p.card) != 16 || !luhn(p.card) {
			t.Errorf("card %s has no right check digit", p.card)
		}
	}
}

func luhn(digits string) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}

// All that people type differs, and stays one person's: the normalizers bring it together.
func TestSpellingsDiffer(t *testing.T) {
	events, _ := generate(5)
	speller := newSpeller()
	for _, class := range []Class{ClassEmail, ClassPhone} {
		written, canonical := map[string]bool{}, map[string]bool{}
		for _, e := range events {
			for _, id := range e.Planted {
				if id.Class == class && (e.Channel != Web || class == ClassEmail) { // the web event names the phone of somebody else, too
					written[id.Text], canonical[speller.canonical(id)] = true, true
				}
			}
		}
		if len(written) < 4 || len(canonical) != 1 {
			t.Errorf("%s: %d spellings of %d identifiers, want 4 or more of 1", class, len(written), len(canonical))
		}
	}
}
