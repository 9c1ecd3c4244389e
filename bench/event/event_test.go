package event

import (
	"bytes"
	"encoding/json"
	"testing"
)

var source = Source{Seed: 1, People: 100_000}

func TestEventsAreWhatTheyClaim(t *testing.T) {
	const events = 5000
	total := 0
	distinct := make([]map[string]bool, len(Fields))
	for i := range distinct {
		distinct[i] = map[string]bool{}
	}
	for n := range events {
		value := source.Append(nil, n)
		total += len(value)
		if number, ok := Number(value); !ok || number != n {
			t.Fatalf("number of event %d: %d, %t", n, number, ok)
		}
		var tree any
		if err := json.Unmarshal(value, &tree); err != nil {
			t.Fatalf("event %d: %v", n, err)
		}
		for i, want := range source.Values(n) {
			at := tree
			for _, name := range Fields[i].Path {
				at = at.(map[string]any)[name]
			}
			if at != want {
				t.Fatalf("event %d, %v: %v, want %s", n, Fields[i].Path, at, want)
			}
			if found := bytes.Count(value, []byte(`"`+want+`"`)); found != 1 {
				t.Fatalf("event %d has the value of %v %d times", n, Fields[i].Path, found)
			}
			distinct[i][want] = true
		}
	}
	if mean := total / events; mean < 1150 || mean > 1350 {
		t.Errorf("an event has %d bytes on average, want some 1.2 KB", mean)
	}
	for i, values := range distinct {
		if len(values) < events*3/4 {
			t.Errorf("%v: %d distinct values in %d events", Fields[i].Path, len(values), events)
		}
	}
}

func TestEventsAreAlwaysTheSame(t *testing.T) {
	other := Source{Seed: 2, People: 100_000}
	for _, n := range []int{0, 7, 123_456_789} {
		once := source.Append(nil, n)
		source.Append(nil, n+1)
		if again := source.Append(nil, n); !bytes.Equal(once, again) {
			t.Errorf("event %d is\n%s\nand then\n%s", n, once, again)
		}
		if bytes.Equal(once, other.Append(nil, n)) {
			t.Errorf("event %d is the same with another seed", n)
		}
	}
}

func TestNumberOfSomethingElse(t *testing.T) {
	for _, value := range []string{"", "{}", `{"messageId":"seg-12`, `{"messageId":"seg-12345678x"}`} {
		if n, ok := Number([]byte(value)); ok {
			t.Errorf("number of %q: %d", value, n)
		}
	}
}

// TestZipf: the share of the first k people is that of the law.
func TestZipf(t *testing.T) {
	source := Source{Seed: 1, People: 100_000, Zipf: true}
	const events = 200_000
	seen := make([]int, source.People)
	for n := range events {
		seen[source.Person(n)]++
	}
	for _, test := range []struct {
		people int
		want   float64 // ln(k+1)/ln(100,001)
	}{{1, 0.0602}, {10, 0.2083}, {1000, 0.6001}, {100_000, 1}} {
		share := 0.0
		for _, times := range seen[:test.people] {
			share += float64(times) / events
		}
		if share < test.want-0.01 || share > test.want+0.01 {
			t.Errorf("the first %d people have %.4f of the events, want %.4f", test.people, share, test.want)
		}
	}
}
