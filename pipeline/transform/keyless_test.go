package transform_test

import (
	"encoding/json"
	"testing"
	"time"

	"voile/config"
	"voile/pipeline/jsonpath"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// keyless is a route of one rule for $.a, and one for the header h.
func keyless(t testing.TB, a config.Action) *transform.Rules {
	t.Helper()
	path, err := jsonpath.Parse("$.a")
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, &config.Route{Fields: []config.Rule{
		{Path: path, Action: a, Setting: "fields[0]"},
		{Target: config.Header, Header: "h", Action: a, Setting: "fields[1]"},
	}})
}

var (
	toNull   = config.Action{Kind: config.Redact, ToNull: true}
	toText   = config.Action{Kind: config.Redact, Text: `a "b"`}
	short    = config.Action{Kind: config.Truncating, Keep: 3}
	networks = config.Action{Kind: config.Generalizing, Generalize: &config.Generalize{IP: &config.Prefixes{V4: 24, V6: 48}}}
	months   = config.Action{Kind: config.Generalizing, Generalize: &config.Generalize{Date: "month"}}
	bands    = general(config.Generalize{Number: &config.Numbers{Bands: []string{"18", "25"}}})
	tens     = general(config.Generalize{Number: &config.Numbers{Step: "10"}})
	ages     = general(config.Generalize{Age: &config.Ages{Bands: []int{18, 25}}})
	agesAt   = general(config.Generalize{Age: &config.Ages{Bands: []int{18, 25}, At: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)}})
	degrees  = general(config.Generalize{Geo: &config.Coordinates{Digits: new(int)}})
	geohash  = general(config.Generalize{Geo: &config.Coordinates{Geohash: 5}})
	postcode = general(config.Generalize{Postcode: &config.Postcode{Keep: 2}})
	agents   = general(config.Generalize{UserAgent: true})
	origins  = general(config.Generalize{URL: config.URLOrigin})
	paths    = general(config.Generalize{URL: config.URLWithoutQuery})
	crosses  = config.Action{Kind: config.Mask, KeepLast: 2, Character: "×"}
	inPlace  = config.Action{Kind: config.Mask, KeepFirst: 1, KeepLast: 2, KeepSeparators: true}
	allHash  = config.Action{Kind: config.Mask, Character: "#", KeepSeparators: true}
)

func general(g config.Generalize) config.Action {
	return config.Action{Kind: config.Generalizing, Generalize: &g}
}

func TestKeyless(t *testing.T) {
	for _, tc := range []struct {
		name   string
		action config.Action
		in     string // JSON
		want   string // JSON; "" for the reason
		why    transform.Reason
	}{
		{"redact to null", toNull, `{"b":[1]}`, `null`, ""},
		{"redact null to a text", toText, `null`, `null`, ""},
		{"redact an empty text to null", toNull, `""`, `""`, ""},
		{"redact to a text", toText, `[1]`, `"a \"b\""`, ""},
		{"truncate", short, `"żółć"`, `"żół"`, ""},
		{"truncate what is escaped", short, `"\u0041\n\"\\"`, `"A\n\""`, ""},
		{"truncate what is short, byte by byte", short, `"\u0041"`, `"\u0041"`, ""},
		{"truncate a number", short, `12.50`, `"12."`, ""},
		{"truncate a short number", short, `1e2`, `1e2`, ""},
		{"truncate true", short, `true`, `"tru"`, ""},
		{"truncate an object", short, `{}`, "", transform.ReasonNotScalar},
		{"truncate no text", short, `"\ud800"`, "", transform.ReasonNotText},
		{"a network", networks, `"198.18.174.132"`, `"198.18.174.0"`, ""},
		{"a network of an escaped text", networks, `"\u0032001:db8:1:2::3"`, `"2001:db8:1::"`, ""},
		{"a number is no address", networks, `3232235777`, "", transform.ReasonNotUnderstood},
		{"a name is no address", networks, `"Ana"`, "", transform.ReasonNotUnderstood},
		{"an array is no address", networks, `["198.18.174.132"]`, "", transform.ReasonNotScalar},
		{"no text is no address", networks, `"\udc00"`, "", transform.ReasonNotText},
		{"null is no date, and stays", months, `null`, `null`, ""},
		{"nothing is no date, and stays", months, `""`, `""`, ""},
		{"a time", months, `"2026-03-02T07:00:06.000Z"`, `"2026-03-01T00:00:00.000Z"`, ""},
		{"seconds stay a number", months, `1772434806.5`, `1772323200.0`, ""},
		{"seconds as a text stay a text", months, `"1772434806"`, `"1772323200"`, ""},
		{"true is no date", months, `true`, "", transform.ReasonNotUnderstood},
		{"a band is a text", bands, `24.5`, `"18-25"`, ""},
		{"a band of a text", bands, `"2e1"`, `"18-25"`, ""},
		{"a step of a number", tens, `-14.9`, `-10`, ""},
		{"a step of a text", tens, `" 15"`, `"20"`, ""},
		{"a step of true", tens, `true`, "", transform.ReasonNotUnderstood},
		{"an age on the record's day", ages, `"2008-03-02"`, `"18-24"`, ""},
		{"an age of seconds", ages, `1204502400`, `"<18"`, ""},
		{"an age on another day", agesAt, `"1983-01-01"`, `"18-24"`, ""},
		{"no age yet", agesAt, `"2008-03-02"`, "", transform.ReasonNotUnderstood},
		{"an age of an object", ages, `{"y":1984}`, "", transform.ReasonNotScalar},
		{"degrees of a number", degrees, `48.85837`, `49`, ""},
		{"degrees of a pair", degrees, `"48.85837,2.29"`, `"49,2"`, ""},
		{"a geohash", geohash, `"48.85837,2.294481"`, `"u09tu"`, ""},
		{"a geohash of a number", geohash, `48`, "", transform.ReasonNotUnderstood},
		{"a geohash of true", geohash, `true`, "", transform.ReasonNotUnderstood},
		{"a postal code", postcode, `"75011"`, `"75"`, ""},
		{"a postal code that is a number", postcode, `75011`, `"75"`, ""},
		{"a user agent", agents, `"okhttp\/4.12.0"`, `"okhttp 4"`, ""},
		{"a user agent that is none", agents, `42`, `"other"`, ""},
		{"an origin", origins, `"https:\/\/ana@shop.example\/a?b"`, `"https://shop.example"`, ""},
		{"a path", paths, `"/a?b#c"`, `"/a"`, ""},
		{"a number is no URL", paths, `1`, "", transform.ReasonNotUnderstood},
		{"mask with another character", crosses, `"4970101234567890"`, `"××××90"`, ""},
		{"mask a short text with another character", crosses, `"9"`, `"××××"`, ""},
		{"mask and keep separators", inPlace, `"+33 (6) 39-98.12"`, `"+3* (*) **-**.12"`, ""},
		{"mask a short text and keep separators", inPlace, `"a-b c/de"`, `"*-* */**"`, ""},
		{"mask a number and keep separators", inPlace, `1234.567`, `"1***.*67"`, ""},
		{"mask an address and keep separators", allHash, `"ana.petit@example.org"`, `"###.#####@#######.###"`, ""},
		{"mask what is no separator, marks and all", allHash, `"e\u0301*👩 d’Or"`, `"#### #’##"`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := keyless(t, tc.action).NewTransformer()
			var arena transform.Arena
			keyless(t, config.Action{Kind: config.Redact}).NewTransformer().Transform(&record.Record{Value: []byte(`{"a":1}`)}, &arena) // it has room then
			in := record.Record{Value: []byte(`{"a":` + tc.in + `}`), Timestamp: 1772434806000}
			for range 2 { // what came out gives itself
				v := tr.Transform(&in, &arena)
				if v.Reason != tc.why {
					t.Fatalf("reason %q at %s, want %q", v.Reason, v.Where, tc.why)
				}
				if tc.why != "" {
					return
				}
				if have, want := string(v.Records[0].Value), `{"a":`+tc.want+`}`; have != want {
					t.Fatalf("have %s, want %s", have, want)
				}
				in.Value = append([]byte(nil), v.Records[0].Value...)
			}
			if n := testing.AllocsPerRun(10, func() { arena.Reset(); tr.Transform(&in, &arena) }); n > 0 {
				t.Errorf("%g allocations", n)
			}
		})
	}
}

// The age of a record without a timestamp is not known, and what the rule says of such a value holds.
func TestAgeWithoutTimestamp(t *testing.T) {
	for timestamp, want := range map[int64]string{-1: `{"a":"[redacted]"}`, 0: `{"a":"<18"}`} {
		r := route(t, `{path: $.a, generalize: {age: {bands: [18]}}, on_invalid: redact}`, `{path: $.b, generalize: {age: {bands: [18]}}}`)
		tr := compile(t, r).NewTransformer()
		v := tr.Transform(&record.Record{Value: []byte(`{"a":"1969-01-01"}`), Timestamp: timestamp}, new(transform.Arena))
		if v.Reason != "" || string(v.Records[0].Value) != want {
			t.Errorf("at %d: have %+v, want %s", timestamp, v, want)
		}
		v = tr.Transform(&record.Record{Value: []byte(`{"b":"1969-01-01"}`), Timestamp: timestamp}, new(transform.Arena))
		if sealed := v.Reason == transform.ReasonNotUnderstood; sealed != (timestamp < 0) {
			t.Errorf("at %d: have %+v", timestamp, v)
		}
	}
}

// A text that cannot be null is emptied where it lies inside another one, and never left.
func TestRedactToNullInside(t *testing.T) {
	r := route(t, `{path: $.u, in: [url], at: query.e, redact: {to_null: true}}`, `{path: $.b, in: [base64, json], at: $.e, redact: {to_null: true}}`,
		`{header: u, in: [form], at: e, redact: {to_null: true}}`, `{path: $.n, in: [json], at: {path: $.u, in: [url], at: fragment}, redact: {to_null: true}}`)
	in := record.Record{
		Value:   []byte(`{"u":"/a?e=Ana&b=1","b":"eyJlIjoiQW5hIn0=","n":"{\"u\":\"/a#Ana\"}"}`),
		Headers: []record.Header{{Name: []byte("u"), Value: []byte("b=1&e=Ana")}},
	}
	v := compile(t, r).NewTransformer().Transform(&in, new(transform.Arena))
	if v.Reason != "" {
		t.Fatal(v.Reason, v.Where)
	}
	want := `{"u":"/a?e=&b=1","b":"eyJlIjpudWxsfQ==","n":"{\"u\":\"/a#\"}"}`
	if have := v.Records[0]; string(have.Value) != want || string(have.Headers[0].Value) != "b=1&e=" {
		t.Errorf("have %s %q, want %s", have.Value, have.Headers, want)
	}
}

// What a header holds is a text, and null is Kafka's.
func TestKeylessHeaders(t *testing.T) {
	for _, tc := range []struct {
		name     string
		action   config.Action
		in, want []byte
		why      transform.Reason
	}{
		{"to null", toNull, []byte("Ana"), nil, ""},
		{"null to null", toNull, nil, nil, ""},
		{"empty to null", toNull, []byte{}, []byte{}, ""},
		{"to a text", toText, []byte("\xff"), []byte(`a "b"`), ""},
		{"null to a text", toText, nil, nil, ""},
		{"truncated", short, []byte("żółć"), []byte("żół"), ""},
		{"truncated no text", short, []byte("\xff"), nil, transform.ReasonNotText},
		{"a network", networks, []byte("198.18.174.132, 2001:db8:1:2::3"), []byte("198.18.174.0, 2001:db8:1::"), ""},
		{"no address", networks, []byte("Ana"), nil, transform.ReasonNotUnderstood},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := record.Record{Value: []byte("1"), Headers: []record.Header{{Name: []byte("g"), Value: []byte("x")}, {Name: []byte("h"), Value: tc.in}}}
			v := keyless(t, tc.action).NewTransformer().Transform(&in, new(transform.Arena))
			if v.Reason != tc.why {
				t.Fatalf("reason %q, want %q", v.Reason, tc.why)
			}
			if tc.why != "" {
				return
			}
			have := v.Records[0].Headers
			if len(have) != 2 || string(have[0].Value) != "x" || string(have[1].Value) != string(tc.want) || (have[1].Value == nil) != (tc.want == nil) {
				t.Errorf("have %q, want %q", have, tc.want)
			}
		})
	}
}

// FuzzKeyless states for every text and number what the actions promise: what is passed is JSON, it gives itself the second
// time, and a value that an action does not understand is never passed.
func FuzzKeyless(f *testing.F) {
	for _, s := range []string{"198.18.174.132", "2026-03-02T07:00:06.000Z", "-14.5e1", "48.8,2.2", "u09tunq", "75011", "https://a@b/c?d", "okhttp/4", "+33 6 39", "Ana \U0001f469 \u00e9"} {
		f.Add(s)
	}
	all := map[string]config.Action{
		"null": toNull, "text": toText, "short": short, "networks": networks, "months": months, "bands": bands, "tens": tens, "ages": agesAt, "degrees": degrees,
		"geohash": geohash, "postcode": postcode, "agents": agents, "origins": origins, "paths": paths, "crosses": crosses, "inPlace": inPlace, "allHash": allHash,
	}
	transformers := map[string]*transform.Transformer{}
	for name, a := range all {
		transformers[name] = keyless(f, a).NewTransformer()
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []string{string(quoted), text} {
			if !json.Valid([]byte(in)) {
				continue
			}
			for name, tr := range transformers {
				var arena, again transform.Arena
				once := tr.Transform(&record.Record{Value: []byte(`{"a":` + in + `}`)}, &arena)
				if once.Reason != "" {
					continue
				}
				value := string(once.Records[0].Value)
				if !json.Valid([]byte(value)) {
					t.Fatalf("%s: %s became %s, which is no JSON", name, in, value)
				}
				twice := tr.Transform(&record.Record{Value: []byte(value)}, &again)
				if twice.Reason != "" || string(twice.Records[0].Value) != value {
					t.Fatalf("%s: %s became %s, and then %+v", name, in, value, twice)
				}
			}
		}
	})
}

// BenchmarkKeyless is the cost of a record of one member, by what is done with it; none is that of no rule for it.
func BenchmarkKeyless(b *testing.B) {
	for _, bc := range []struct {
		name   string
		action config.Action
		in     string
	}{
		{"redact", config.Action{Kind: config.Redact}, `"4970101234567890"`}, {"to_null", toNull, `"4970101234567890"`}, {"remove", config.Action{Kind: config.Remove}, `"4970101234567890"`},
		{"mask", config.Action{Kind: config.Mask, KeepLast: 4}, `"4970101234567890"`}, {"mask-keep_separators", inPlace, `"4970 1012 3456 7890"`},
		{"truncate", short, `"4970101234567890"`}, {"generalize-ip", networks, `"198.18.174.132"`}, {"generalize-date", months, `"2026-03-02T07:00:06.000Z"`},
	} {
		b.Run("action="+bc.name, func(b *testing.B) {
			tr := keyless(b, bc.action).NewTransformer()
			in := record.Record{Value: []byte(`{"a":` + bc.in + `}`), Timestamp: 1772434806000}
			var arena transform.Arena
			b.ReportAllocs()
			for b.Loop() {
				arena.Reset()
				if v := tr.Transform(&in, &arena); v.Reason != "" {
					b.Fatal(v.Reason)
				}
			}
		})
	}
	b.Run("action=none", func(b *testing.B) {
		tr := keyless(b, networks).NewTransformer()
		in := record.Record{Value: []byte(`{"b":"198.18.174.132"}`)}
		var arena transform.Arena
		b.ReportAllocs()
		for b.Loop() {
			arena.Reset()
			tr.Transform(&in, &arena)
		}
	})
}
