package transform_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// FuzzLaws states what holds for every value: what is passed is JSON; a second pass changes nothing; a value without a
// selected member comes out as it went in; and the source is not touched.
func FuzzLaws(f *testing.F) {
	for _, s := range []string{`{"a":"Ana","b":{"a":1},"c":2,"d":"12345678"}`, `[{"c":1},{"a":[1]}]`, `{"c":1,"c":2,"x":3}`, `{"x":{"c":1,"y":2}}`,
		`{"a":"\ud800"}`, `{"\u0061":1.0E+2}`, ` "x" `, `{`, `{"a":"vt1.d.414e41"}`, `{"a":null,"b":"","c":[],"d":"żółć"}`} {
		f.Add([]byte(s))
	}
	tr := compile(f, &config.Route{AcceptTokens: true, Fields: rules(f, "$..a d", "$.b secret", "$..c remove", "$..d mask:1,2", "$.e redact")}).NewTransformer()
	f.Fuzz(func(t *testing.T, doc []byte) {
		var arena, again transform.Arena
		in := bytes.Clone(doc)
		once := tr.Transform(&record.Record{Value: in}, &arena)
		if !bytes.Equal(in, doc) {
			t.Fatal("the source was changed")
		}
		if once.Reason != "" {
			if len(once.Records) != 0 {
				t.Fatal("a reason and a record")
			}
			return
		}
		value := bytes.Clone(once.Records[0].Value)
		if len(doc) > 0 && !json.Valid(value) {
			t.Fatalf("%q became %q, which is no JSON", doc, value)
		}
		twice := tr.Transform(&record.Record{Value: value}, &again)
		if twice.Reason != "" || !bytes.Equal(twice.Records[0].Value, value) {
			t.Fatalf("%q became %q, and then %v %s", doc, value, twice.Records, twice.Reason)
		}
		if !bytes.ContainsAny(doc, `abcde\`) && !bytes.Equal(value, doc) {
			t.Fatalf("%q became %q though no rule can select anything", doc, value)
		}
	})
}

// TestTransformAllocatesNothing: with a domain that allocates nothing, a record costs no allocation, be it key, headers or
// value, passed, kept or set aside.
func TestTransformAllocatesNothing(t *testing.T) {
	b := func(s string) []byte { return []byte(s) }
	tr := compile(t, &config.Route{AcceptTokens: true, Fields: rules(t, "key d", "header:h d", "header:x remove", "$..a d", "$.b secret", "$.c remove", "$.d mask:0,2", "$.e redact", "$.r d!")}).NewTransformer()
	full := `{"a":"Ana \u00e9","b":{"x":1},"c":2,"d":"12345678","e":1,"r":"` + tok("d", "x") + `"}`
	for name, in := range map[string]record.Record{
		"passed":    {Key: b("Ana"), Value: b(full), Headers: []record.Header{{Name: b("h"), Value: b("x")}, {Name: b("x"), Value: b("x")}, {Name: b("y")}}},
		"set aside": {Key: b("Ana"), Value: b(`{"a":1}`)},
		"no JSON":   {Value: b(`{"a":`)},
		"tombstone": {Key: b("Ana")},
	} {
		var arena transform.Arena
		got := testing.AllocsPerRun(100, func() {
			arena.Reset()
			tr.Transform(&in, &arena)
		})
		want := 0.0
		if name == "no JSON" {
			want = 1 // the scanner's error
		}
		if got > want {
			t.Errorf("%s: %g allocations, want %g", name, got, want)
		}
	}
}
