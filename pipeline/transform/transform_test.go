package transform_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/jsonpath"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// testDomain makes readable tokens: vt1.<name>.<hex of the lower-cased plaintext>. It stands for the cryptography, which
// the transform must not know.
type testDomain struct {
	name   string
	refuse bool // the cipher fails
	panics bool
}

// cut takes the prefix of the domain's tokens off.
func (d testDomain) cut(text []byte) (rest []byte, ok bool) {
	if len(text) < 5+len(d.name) || string(text[:4]) != "vt1." || string(text[4:4+len(d.name)]) != d.name || text[4+len(d.name)] != '.' {
		return nil, false
	}
	return text[5+len(d.name):], true
}

func (d testDomain) Recognize(text []byte) (own, foreign bool) {
	if rest, ok := d.cut(text); ok {
		for _, c := range rest {
			if !strings.ContainsRune("0123456789abcdef", rune(c)) {
				return false, true
			}
		}
		return true, false
	}
	return false, len(text) > 4 && string(text[:4]) == "vt1."
}

func (d testDomain) Normalize(dst, text []byte) ([]byte, bool) {
	if d.panics {
		panic("a panic that quotes " + string(text))
	}
	if string(text) == "n/a" {
		return append(dst, text...), false
	}
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst, true
}

func (d testDomain) AppendToken(dst, plaintext []byte) ([]byte, error) {
	if d.refuse {
		return dst, errors.New("refused")
	}
	dst = append(append(append(dst, "vt1."...), d.name...), '.')
	return hex.AppendEncode(dst, plaintext), nil
}

var domains = map[string]transform.Domain{
	"d": testDomain{name: "d"}, "secret": testDomain{name: "secret"},
	"broken": testDomain{name: "broken", refuse: true}, "panics": testDomain{name: "panics", panics: true},
}

func tok(domain, text string) string { return "vt1." + domain + "." + hex.EncodeToString([]byte(text)) }

// rules are written in one line: `path action`, `key action`, `key:path action`, `header:name action`; action is a domain,
// redact, remove or mask:first,last; `!` behind it says required.
func rules(t testing.TB, lines ...string) []config.Rule {
	t.Helper()
	var out []config.Rule
	for i, line := range lines {
		selector, action, _ := strings.Cut(line, " ")
		r := config.Rule{Setting: fmt.Sprintf("fields[%d]", i)}
		action, r.Required = strings.CutSuffix(action, "!")
		path := ""
		switch {
		case selector == "key":
			r.Target, r.Whole = config.Key, true
		case strings.HasPrefix(selector, "key:"):
			r.Target, path = config.Key, selector[4:]
		case strings.HasPrefix(selector, "header:"):
			r.Target, r.Header = config.Header, selector[7:]
		default:
			path = selector
		}
		if path != "" {
			p, err := jsonpath.Parse(path)
			if err != nil {
				t.Fatal(err)
			}
			r.Path = p
		}
		switch kind, args, _ := strings.Cut(action, ":"); kind {
		case "redact":
			r.Action.Kind = config.Redact
		case "remove":
			r.Action.Kind = config.Remove
		case "mask":
			r.Action.Kind = config.Mask
			if _, err := fmt.Sscanf(args, "%d,%d", &r.Action.KeepFirst, &r.Action.KeepLast); err != nil {
				t.Fatal(err)
			}
		default:
			r.Action.Domain = kind
		}
		out = append(out, r)
	}
	return out
}

func compile(t testing.TB, route *config.Route) *transform.Rules {
	t.Helper()
	c := &config.Config{Limits: config.Limits{MaxDepth: 20}, Domains: []config.Domain{
		{Name: "d", Method: config.Tokenize}, {Name: "secret", Method: config.Encrypt},
		{Name: "broken", Method: config.Hash}, {Name: "panics", Method: config.Tokenize},
	}}
	r, err := transform.Compile(route, c, domains)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestValues(t *testing.T) {
	for _, tc := range []struct {
		name  string
		rules []string
		in    string
		want  string // "" for the reason
		why   transform.Reason
	}{
		{"no rule", nil, `{"a": 1.50, "a":1}`, `{"a": 1.50, "a":1}`, ""},
		{"a string", []string{"$.a d"}, `{"a": "Ana" , "b":"Ana"}`, `{"a": "` + tok("d", "ana") + `" , "b":"Ana"}`, ""},
		{"an escaped string", []string{"$.a d"}, `{"a":"An\u0061\n"}`, `{"a":"` + tok("d", "ana\n") + `"}`, ""},
		{"an escaped name", []string{"$.a d"}, `{"\u0061":"Ana"}`, `{"\u0061":"` + tok("d", "ana") + `"}`, ""},
		{"all duplicates", []string{"$.a d"}, `{"a":"x","a":"y"}`, `{"a":"` + tok("d", "x") + `","a":"` + tok("d", "y") + `"}`, ""},
		{"a number by its text", []string{"$.a d"}, `{"a":1.0E+2}`, `{"a":"` + tok("d", "1.0e+2") + `"}`, ""},
		{"a boolean", []string{"$.a d"}, `{"a":true}`, `{"a":"` + tok("d", "true") + `"}`, ""},
		{"null stays", []string{"$.a d", "$.b redact", "$.c mask:0,4", "$.d secret"}, `{"a":null,"b":null,"c":null,"d":null}`, `{"a":null,"b":null,"c":null,"d":null}`, ""},
		{"empty stays", []string{"$.a d", "$.b redact", "$.c mask:0,4", "$.d secret"}, `{"a":"","b":"","c":"","d":""}`, `{"a":"","b":"","c":"","d":""}`, ""},
		{"an object where a scalar is needed", []string{"$.a d"}, `{"a":{"b":1}}`, "", transform.ReasonNotScalar},
		{"an array where a scalar is needed", []string{"$.a mask:0,4"}, `{"a":[1]}`, "", transform.ReasonNotScalar},
		{"encrypt takes an object", []string{"$.a secret"}, `{"a":{"b": 1}}`, `{"a":"` + tok("secret", `{"b": 1}`) + `"}`, ""},
		{"encrypt takes the raw string", []string{"$.a secret"}, `{"a":"\u0041"}`, `{"a":"` + tok("secret", `"\u0041"`) + `"}`, ""},
		{"redact takes anything", []string{"$.* redact"}, `{"a":{"b":1},"c":2}`, `{"a":"[redacted]","c":"[redacted]"}`, ""},
		{"the first rule wins", []string{"$.a redact", "$.* d"}, `{"a":"x","b":"y"}`, `{"a":"[redacted]","b":"` + tok("d", "y") + `"}`, ""},
		{"the outer rule wins", []string{"$..b d", "$.a redact"}, `{"a":{"b":"x"},"b":"y"}`, `{"a":"[redacted]","b":"` + tok("d", "y") + `"}`, ""},
		{"remove takes one comma", []string{"$.b remove"}, `{"a":1,"b":2,"c":3}`, `{"a":1,"c":3}`, ""},
		{"remove the only member", []string{"$.b remove"}, `{"b":2}`, `{}`, ""},
		{"remove all", []string{"$.* remove"}, `{"a":1,"b":{"c":2},"d":3}`, `{}`, ""},
		{"remove an element", []string{"$.a[*].x remove", "$.a[1] remove"}, `{"a":[{"x":1},2,{"x":1,"y":3}]}`, `{"a":[{},{"y":3}]}`, ""},
		{"remove takes null", []string{"$.b remove"}, `{"a":1,"b":null}`, `{"a":1}`, ""},
		{"mask keeps the last", []string{"$.a mask:0,4"}, `{"a":"4000003700752666"}`, `{"a":"****2666"}`, ""},
		{"mask keeps both ends", []string{"$.a mask:2,3"}, `{"a":"4000003700752666"}`, `{"a":"40*****666"}`, ""},
		{"mask of a short value", []string{"$.a mask:0,4"}, `{"a":"1234567"}`, `{"a":"****"}`, ""},
		{"mask counts characters", []string{"$.a mask:0,2"}, `{"a":"żółćżółć"}`, `{"a":"****łć"}`, ""},
		{"mask escapes what it keeps", []string{"$.a mask:1,1"}, `{"a":"\"bcdefgh\\"}`, `{"a":"\"****\\"}`, ""},
		{"mask of a number", []string{"$.a mask:0,4"}, `{"a":4000003700752666}`, `{"a":"****2666"}`, ""},
		{"a token stays", []string{"$.a d"}, `{"a":"` + tok("d", "ana") + `"}`, `{"a":"` + tok("d", "ana") + `"}`, ""},
		{"a made-up token does not", []string{"$.a d"}, `{"a":"vt1.d.zz"}`, `{"a":"` + tok("d", "vt1.d.zz") + `"}`, ""},
		{"not understood", []string{"$.a d"}, `{"a":"n/a"}`, `{"a":"` + tok("d", "n/a") + `"}`, ""},
		{"not understood but required", []string{"$.a d!"}, `{"a":"n/a"}`, "", transform.ReasonNotNormalized},
		{"required and there", []string{"$.a d!"}, `{"a":"x"}`, `{"a":"` + tok("d", "x") + `"}`, ""},
		{"required and missing", []string{"$.a d!"}, `{"b":"x"}`, "", transform.ReasonRequired},
		{"required and null", []string{"$.a d!"}, `{"a":null}`, "", transform.ReasonRequired},
		{"required and empty", []string{"$.a d!"}, `{"a":""}`, "", transform.ReasonRequired},
		{"required wildcard that selects nothing", []string{"$.a[*] d!"}, `{"a":[]}`, "", transform.ReasonRequired},
		{"required wildcard with one null", []string{"$.a[*] d!"}, `{"a":["x",null]}`, "", transform.ReasonRequired},
		{"required, and taken by the rule above", []string{"$.a redact", "$..a d!"}, `{"a":"x"}`, `{"a":"[redacted]"}`, ""},
		{"no JSON", []string{"$.a d"}, `{"a":"x"`, "", transform.ReasonNotJSON},
		{"no JSON, and no rule", nil, `hello ana@example.org`, "", transform.ReasonNotJSON},
		{"too deep", []string{"$.a d"}, strings.Repeat("[", 30) + strings.Repeat("]", 30), "", transform.ReasonTooDeep},
		{"filters", []string{"$.p[?@.k=='email'].v d", "$.p[?@.k=='x'].v redact"}, `{"p":[{"v":"ana","k":"email"},{"k":"x","v":1},{"k":"y","v":2}]}`,
			`{"p":[{"v":"` + tok("d", "ana") + `","k":"email"},{"k":"x","v":"[redacted]"},{"k":"y","v":2}]}`, ""},
		{"a filter true of a duplicate", []string{"$.p[?@.k=='email'].v d"}, `{"p":[{"k":"email","k":"y","v":"ana"}]}`,
			`{"p":[{"k":"email","k":"y","v":"` + tok("d", "ana") + `"}]}`, ""},
		{"filters true of two duplicates", []string{"$.p[?@.k=='email'].v d", "$.p[?@.k=='x'].v redact"}, `{"p":[{"k":"email","k":"x","v":"ana"}]}`,
			"", transform.ReasonAmbiguous},
		{"a lone surrogate", []string{"$.a d"}, `{"a":"\ud800"}`, "", transform.ReasonNotText},
		{"a lone surrogate elsewhere", []string{"$.a d"}, `{"b":"\ud800"}`, `{"b":"\ud800"}`, ""},
		{"invalid UTF-8", []string{"$.a d"}, "{\"a\":\"\xff\"}", "", transform.ReasonNotText},
		{"invalid UTF-8 under encrypt", []string{"$.a secret"}, "{\"a\":\"\xff\"}", "", transform.ReasonNotText},
		{"invalid UTF-8 under redact", []string{"$.a redact"}, "{\"a\":\"\xff\"}", `{"a":"[redacted]"}`, ""},
		{"the cipher fails", []string{"$.a broken"}, `{"a":"x"}`, "", transform.ReasonCipher},
		{"a panic", []string{"$.a panics"}, `{"a":"ana@example.org"}`, "", transform.ReasonPanic},
		{"the whole value", []string{"$ d"}, ` "x" `, ` "` + tok("d", "x") + `" `, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			route := &config.Route{AcceptTokens: true, Fields: rules(t, tc.rules...)}
			tr := compile(t, route).NewTransformer()
			var arena transform.Arena
			for range 2 { // the second time with used memory
				in := record.Record{Value: []byte(tc.in), Key: []byte("k"), Offset: 7, Timestamp: 8}
				v := tr.Transform(&in, &arena)
				if string(in.Value) != tc.in {
					t.Fatal("the source record was changed")
				}
				if v.Reason != tc.why {
					t.Fatalf("reason %q at %s, want %q", v.Reason, v.Where, tc.why)
				}
				if strings.Contains(v.Where, "ana") {
					t.Errorf("the verdict quotes the value: %s", v.Where)
				}
				if tc.why != "" {
					if len(v.Records) != 0 {
						t.Error("a record beside a reason")
					}
					continue
				}
				got := v.Records[0]
				if string(got.Value) != tc.want || got.Offset != 7 || got.Timestamp != 8 || string(got.Key) != "k" {
					t.Errorf("got  %+v %s\nwant %s", got, got.Value, tc.want)
				}
			}
		})
	}
}

// TestTwiceIsOnce: what came out goes in again and comes out as it is.
func TestTwiceIsOnce(t *testing.T) {
	route := &config.Route{AcceptTokens: true, Fields: rules(t, "key d", "header:h d", "header:e secret", "$.a d", "$.b secret", "$.c redact", "$.d mask:3,6", "$.e mask:0,1", "$.f remove")}
	tr := compile(t, route).NewTransformer()
	in := record.Record{Key: []byte("Ana"), Value: []byte(`{"a":1,"b":{"x":"y"},"c":1,"d":"1234567890123456789","e":"żółć","f":1}`),
		Headers: []record.Header{{Name: []byte("h"), Value: []byte("N/A")}, {Name: []byte("e"), Value: []byte("x")}}}
	var arena, again transform.Arena
	once := tr.Transform(&in, &arena).Records[0]
	twice := tr.Transform(&once, &again).Records[0]
	if string(once.Value) != string(twice.Value) || string(once.Key) != string(twice.Key) || !reflect.DeepEqual(once.Headers, twice.Headers) {
		t.Errorf("once  %s %s %s\ntwice %s %s %s", once.Key, once.Value, once.Headers, twice.Key, twice.Value, twice.Headers)
	}
}

func TestTokensCanBeRefused(t *testing.T) {
	tr := compile(t, &config.Route{Fields: rules(t, "$.a d")}).NewTransformer()
	var arena transform.Arena
	for in, want := range map[string]transform.Reason{
		`{"a":"` + tok("d", "x") + `"}`: transform.ReasonTokenRefused,
		`{"a":"` + tok("e", "x") + `"}`: "",
		`{"a":"x"}`:                     "",
	} {
		if v := tr.Transform(&record.Record{Value: []byte(in)}, &arena); v.Reason != want {
			t.Errorf("%s: reason %q, want %q", in, v.Reason, want)
		}
	}
}

func TestKeysHeadersAndTombstones(t *testing.T) {
	b := func(s string) []byte { return []byte(s) }
	h := func(name string, value []byte) record.Header { return record.Header{Name: b(name), Value: value} }
	for _, tc := range []struct {
		name  string
		rules []string
		in    record.Record
		want  record.Record
		why   transform.Reason
	}{
		{"the whole key", []string{"key d"}, record.Record{Key: b("Ana"), Value: b("1")}, record.Record{Key: b(tok("d", "ana")), Value: b("1")}, ""},
		{"a null key", []string{"key d"}, record.Record{Value: b("1")}, record.Record{Value: b("1")}, ""},
		{"an empty key", []string{"key d"}, record.Record{Key: b(""), Value: b("1")}, record.Record{Key: b(""), Value: b("1")}, ""},
		{"a key that is no text", []string{"key d"}, record.Record{Key: b("\xff"), Value: b("1")}, record.Record{}, transform.ReasonNotText},
		{"a key that is JSON", []string{"key:$.id d"}, record.Record{Key: b(`{"t":1,"id":"A"}`), Value: b("1")}, record.Record{Key: b(`{"t":1,"id":"` + tok("d", "a") + `"}`), Value: b("1")}, ""},
		{"a key that is not JSON but should be", []string{"key:$.id d"}, record.Record{Key: b(`A`), Value: b("1")}, record.Record{}, transform.ReasonNotJSON},
		{"a tombstone", []string{"key d", "$.a d!"}, record.Record{Key: b("A")}, record.Record{Key: b(tok("d", "a"))}, ""},
		{"a tombstone of a key that is not understood", []string{"key d!"}, record.Record{Key: b("n/a")}, record.Record{Key: b(tok("d", "n/a"))}, ""},
		{"an empty value", []string{"$.a d!"}, record.Record{Value: b("")}, record.Record{Value: b("")}, ""},
		{"headers, doubled, in order", []string{"header:u d", "header:x remove", "header:r redact"},
			record.Record{Value: b("1"), Headers: []record.Header{h("u", b("A")), h("x", b("1")), h("v", b("1")), h("u", nil), h("u", b("")), h("r", b("q")), h("u", b("B"))}},
			record.Record{Value: b("1"), Headers: []record.Header{h("u", b(tok("d", "a"))), h("v", b("1")), h("u", nil), h("u", b("")), h("r", b("[redacted]")), h("u", b(tok("d", "b")))}}, ""},
		{"header names are told by case", []string{"header:u d"}, record.Record{Value: b("1"), Headers: []record.Header{h("U", b("A"))}}, record.Record{Value: b("1"), Headers: []record.Header{h("U", b("A"))}}, ""},
		{"encrypt of a header is its JSON string", []string{"header:u secret"}, record.Record{Value: b("1"), Headers: []record.Header{h("u", b(`a"b`))}}, record.Record{Value: b("1"), Headers: []record.Header{h("u", b(tok("secret", `"a\"b"`)))}}, ""},
		{"a header that is no text", []string{"header:u d"}, record.Record{Value: b("1"), Headers: []record.Header{h("u", b("\xff"))}}, record.Record{}, transform.ReasonNotText},
		{"a required header", []string{"header:u d!"}, record.Record{Value: b("1")}, record.Record{}, transform.ReasonRequired},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := compile(t, &config.Route{AcceptTokens: true, Fields: rules(t, tc.rules...)}).NewTransformer()
			var arena transform.Arena
			v := tr.Transform(&tc.in, &arena)
			if v.Reason != tc.why {
				t.Fatalf("reason %q, want %q", v.Reason, tc.why)
			}
			if tc.why == "" && !reflect.DeepEqual(v.Records[0], tc.want) {
				t.Errorf("got  %#v\nwant %#v", v.Records[0], tc.want)
			}
		})
	}
}

func TestStats(t *testing.T) {
	r := compile(t, &config.Route{AcceptTokens: true, Fields: rules(t, "$.a[*] d", "$.never d")})
	tr := r.NewTransformer()
	var arena transform.Arena
	tr.Transform(&record.Record{Value: []byte(`{"a":["x",null,"n/a","` + tok("d", "x") + `","` + tok("e", "x") + `"]}`)}, &arena)
	want := []transform.RuleStats{{Matched: 5, Replaced: 3, NotNormalized: 1, Accepted: 1, Foreign: 1}, {}}
	if !reflect.DeepEqual(tr.Stats(), want) {
		t.Errorf("got %+v, want %+v", tr.Stats(), want)
	}
}

// TestVerdictsOutliveTheNext: what a verdict gave stays as it is while the arena grows.
func TestVerdictsOutliveTheNext(t *testing.T) {
	tr := compile(t, &config.Route{Fields: rules(t, "key d", "header:h d", "$.a d")}).NewTransformer()
	var arena transform.Arena
	var got []record.Record
	for i := range 1000 {
		s := fmt.Sprint(i)
		v := tr.Transform(&record.Record{Key: []byte(s), Value: []byte(`{"a":` + s + `}`), Headers: []record.Header{{Name: []byte("h"), Value: []byte(s)}}}, &arena)
		got = append(got, v.Records...)
	}
	for i, r := range got {
		want := tok("d", fmt.Sprint(i))
		if string(r.Key) != want || string(r.Value) != `{"a":"`+want+`"}` || string(r.Headers[0].Value) != want {
			t.Fatalf("record %d became %s %s %s", i, r.Key, r.Value, r.Headers[0].Value)
		}
	}
}
