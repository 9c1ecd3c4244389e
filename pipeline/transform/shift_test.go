package transform_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"voile/config"
	"voile/pipeline/jsonpath"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

func shiftAction(t testing.TB, subject string, days int) config.Action {
	t.Helper()
	p, err := jsonpath.Parse(subject)
	if err != nil {
		t.Fatal(err)
	}
	return config.Action{Kind: config.ShiftDates, Domain: "h", ShiftDate: &config.ShiftDate{Subject: p, Days: days}}
}

// The shift of a subject, seen on a date: the days between what came out and what went in.
func shiftOf(t testing.TB, tr *transform.Transformer, doc string) int {
	t.Helper()
	var arena transform.Arena
	v := tr.Transform(&record.Record{Value: []byte(strings.Replace(doc, "DATE", "2026-03-02", 1))}, &arena)
	if v.Reason != "" {
		t.Fatalf("%s: %s", doc, v.Reason)
	}
	prefix, suffix, _ := bytes.Cut([]byte(doc), []byte("DATE"))
	text := bytes.TrimSuffix(bytes.TrimPrefix(v.Records[0].Value, prefix), suffix)
	at, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		t.Fatalf("%s: %v", v.Records[0].Value, err)
	}
	return int(at.Sub(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)).Hours() / 24)
}

// All shifts but 0 occur, none is longer than said, and each subject has one.
func TestShiftsSpread(t *testing.T) {
	tr := compileKeyed(t, true, action(t, "$.d", shiftAction(t, "$.id", 3)))
	seen := map[int]int{}
	for i := range 600 {
		doc := fmt.Sprintf(`{"id":"person %d","d":"DATE"}`, i)
		days := shiftOf(t, tr, doc)
		if again := shiftOf(t, tr, doc); again != days {
			t.Fatalf("%s: %d, then %d", doc, days, again)
		}
		seen[days]++
	}
	for days := -3; days <= 3; days++ {
		if n := seen[days]; days == 0 && n > 0 || days != 0 && n < 60 {
			t.Errorf("%d days: %d of 600", days, n)
		}
	}
	if len(seen) != 6 {
		t.Errorf("shifts are %v", seen)
	}
}

// The subject is the raw value, wherever it lies and whatever other rules do to it, and however it is spelled.
func TestSubjectIsTheRawValue(t *testing.T) {
	alone := shiftOf(t, compileKeyed(t, true, action(t, "$.d", shiftAction(t, "$.u.id", 3000))), `{"u":{"id":"ana"},"d":"DATE"}`)
	for _, tc := range []struct {
		name  string
		doc   string
		above []config.Rule
	}{
		{"behind the date", `{"d":"DATE","u":{"id":"ana"}}`, nil},
		{"in other spelling", `{"d":"DATE","u":{"id":"\u0041NA"}}`, nil},
		{"in other words of the name", `{"d":"DATE","u":{"i\u0064":"Ana"}}`, nil},
	} {
		if got := shiftOf(t, compileKeyed(t, true, append(tc.above, action(t, "$.d", shiftAction(t, "$.u.id", 3000)))...), tc.doc); got != alone {
			t.Errorf("%s: %d days, want %d", tc.name, got, alone)
		}
	}
	// A rule replaces the subject, or takes it with what is around it: the shift is the same.
	for _, path := range []string{"$.u.id redact", "$.u redact", "$..id remove", "$.u remove"} {
		tr := compileKeyed(t, true, append(rules(t, path), action(t, "$.d", shiftAction(t, "$.u.id", 3000)))...)
		var arena transform.Arena
		v := tr.Transform(&record.Record{Value: []byte(`{"u":{"id":"ana"},"d":"2026-03-02"}`)}, &arena)
		want := time.Date(2026, 3, 2+alone, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		if v.Reason != "" || !strings.Contains(string(v.Records[0].Value), `"d":"`+want+`"`) || strings.Contains(string(v.Records[0].Value), "ana") {
			t.Errorf("%s: %s %+v, want %s", path, v.Reason, v.Records, want)
		}
	}
	// And what else lies at the subject's path hides nothing from other rules.
	tr := compileKeyed(t, true, append(rules(t, "$..name redact"), action(t, "$.d", shiftAction(t, "$.u", 3000)))...)
	var arena transform.Arena
	v := tr.Transform(&record.Record{Value: []byte(`{"u":{"name":"ana"}}`)}, &arena)
	if v.Reason != "" || string(v.Records[0].Value) != `{"u":{"name":"[redacted]"}}` {
		t.Errorf("an object as the subject, and no date: %s %+v", v.Reason, v.Records)
	}
}

func TestShiftDates(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		why      transform.Reason
	}{
		{"all forms", `{"id":1,"d":["2026-03-02","2026-03-02T07:00:06.5+01:00",1772434806,"1772434806000",null,""]}`, ""},
		{"no date", `{"id":1,"d":["Ana"]}`, transform.ReasonNotUnderstood},
		{"a month", `{"id":1,"d":["2026-03"]}`, transform.ReasonNotUnderstood},
		{"an object", `{"id":1,"d":[{}]}`, transform.ReasonNotScalar},
		{"no text", `{"id":1,"d":["\ud800"]}`, transform.ReasonNotText},
		{"no subject", `{"d":["2026-03-02"]}`, transform.ReasonNoSubject},
		{"no subject and no date", `{"d":[null]}`, ""},
		{"a null subject", `{"id":null,"d":["2026-03-02"]}`, transform.ReasonNoSubject},
		{"an empty subject", `{"id":"","d":["2026-03-02"]}`, transform.ReasonNoSubject},
		{"two subjects", `{"id":1,"id":1,"d":["2026-03-02"]}`, transform.ReasonNoSubject},
		{"an object as the subject", `{"id":{},"d":["2026-03-02"]}`, transform.ReasonNoSubject},
		{"a subject that is no text", `{"id":"\ud800","d":["2026-03-02"]}`, transform.ReasonNoSubject},
		{"a subject that is not understood", `{"id":"n/a","d":["2026-03-02"]}`, transform.ReasonNoSubject},
	} {
		t.Run(tc.name, func(t *testing.T) {
			field := action(t, "$.d[*]", shiftAction(t, "$.id", 300))
			tr := compileKeyed(t, true, field)
			var arena transform.Arena
			for range 2 { // nothing stays of the record before
				tr.Transform(&record.Record{Value: []byte(`{"id":7,"d":["2026-03-02"]}`)}, &arena)
				v := tr.Transform(&record.Record{Value: []byte(tc.in)}, &arena)
				if v.Reason != tc.why {
					t.Fatalf("reason %q, want %q", v.Reason, tc.why)
				}
			}
			if tc.why == "" {
				return
			}
			field.OnInvalid = config.InvalidRedact
			v := compileKeyed(t, true, field).Transform(&record.Record{Value: []byte(tc.in)}, &arena)
			if v.Reason != "" || !strings.Contains(string(v.Records[0].Value), `"d":["[redacted]"]`) {
				t.Errorf("on_invalid: redact: %q %+v", v.Reason, v.Records)
			}
		})
	}
}

// A header's date is shifted by the subject in the value, as the value's own dates are.
func TestShiftInHeader(t *testing.T) {
	shift := shiftAction(t, "$.id", 300)
	tr := compileKeyed(t, true, action(t, "header:at", shift), action(t, "$.d", shift))
	var arena transform.Arena
	h := []record.Header{{Name: []byte("at"), Value: []byte("2026-03-02")}}
	v := tr.Transform(&record.Record{Value: []byte(`{"id":"ana","d":"2026-03-02"}`), Headers: h}, &arena)
	if v.Reason != "" {
		t.Fatal(v.Reason)
	}
	if got, want := string(v.Records[0].Value), fmt.Sprintf(`{"id":"ana","d":%q}`, v.Records[0].Headers[0].Value); got != want {
		t.Errorf("the value is %s, the header's date makes it %s", got, want)
	}
	if v := tr.Transform(&record.Record{Headers: h}, &arena); v.Reason != transform.ReasonNoSubject {
		t.Errorf("a tombstone with a date in a header: %q", v.Reason)
	}
}

func TestShiftAllocatesNothing(t *testing.T) {
	tr := compileKeyed(t, true, action(t, "$.d", shiftAction(t, "$.id", 30)), action(t, "$.e", shiftAction(t, "$.id", 30)))
	in := record.Record{Value: []byte(`{"id":"Ana \u00e9","d":"2026-03-02T07:00:06Z","e":1772434806}`)}
	var arena transform.Arena
	if got := testing.AllocsPerRun(100, func() {
		arena.Reset()
		if v := tr.Transform(&in, &arena); v.Reason != "" {
			t.Fatal(v)
		}
	}); got != 0 {
		t.Errorf("%g allocations", got)
	}
}
