package transform_test

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// route reads rules as a file writes them, one to a line. The domains are d and secret.
func route(t testing.TB, lines ...string) *config.Route {
	t.Helper()
	text := `
kafka: {brokers: ["127.0.0.1:9092"]}
vault: {address: "http://127.0.0.1:8200", auth: {token: {env: VAULT_TOKEN}}}
domains: {d: {method: tokenize}, secret: {method: encrypt}, broken: {method: hash}}
routes:
  - name: test
    from: [a]
    to: b
    fields:
      - {header: unused, domain: d}
      - {header: unused2, domain: secret}
      - {header: unused3, domain: broken}
`
	for _, line := range lines {
		text += "      - " + line + "\n"
	}
	c, err := config.Parse("voile.yaml", []byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return &c.Routes[0]
}

func std(s string) string  { return base64.StdEncoding.EncodeToString([]byte(s)) }
func safe(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestInside(t *testing.T) {
	ana := tok("d", "ana")
	for _, tc := range []struct {
		name  string
		rules []string
		in    string
		want  string // or the reason
	}{
		{"JSON in a string", []string{`{path: $.a, in: [json], at: $.e, domain: d}`}, `{"a":"{ \"e\" : \"Ana\",\"x\":1}"}`, `{"a":"{ \"e\" : \"` + ana + `\",\"x\":1}"}`},
		{"escapes around it stay", []string{`{path: $.a, in: [json], at: $.e, domain: d}`}, `{"a":"{\u0022u\":\"http:\/\/x\",\u0022e\u0022:\u0022An\u0061\u0022,\"n\":\"\\u00e9\u00e9é\"}"}`,
			`{"a":"{\u0022u\":\"http:\/\/x\",\u0022e\u0022:\"` + ana + `\",\"n\":\"\\u00e9\u00e9é\"}"}`},
		{"surrogates around it stay", []string{`{path: $.a, in: [json], at: $.e, domain: d}`}, `{"a":"{\"x\":\"\ud83d\ude00\",\"e\":\"Ana\",\"y\":\"😀\\ud83d\\ude00\"}"}`,
			`{"a":"{\"x\":\"\ud83d\ude00\",\"e\":\"` + ana + `\",\"y\":\"😀\\ud83d\\ude00\"}"}`},
		{"several rules in one text", []string{`{path: $.a, in: [json], at: $.e, domain: d}`, `{path: $.a, in: [json], at: "$.l[*]", domain: d}`, `{path: $.a, in: [json], at: $.x, remove: true}`},
			`{"a":"{\"x\":1,\"l\":[\"Ana\",\"Ana\"],\"e\":\"Ana\"}"}`, `{"a":"{\"l\":[\"` + ana + `\",\"` + ana + `\"],\"e\":\"` + ana + `\"}"}`},
		{"rules that meet by other paths", []string{`{path: $.a, in: [json], at: $.e, domain: d}`, `{path: $..a, in: [json], at: $.f, domain: d}`},
			`{"a":"{\"e\":\"Ana\",\"f\":\"Ana\"}","b":{"a":"{\"e\":\"Ana\",\"f\":\"Ana\"}"}}`,
			`{"a":"{\"e\":\"` + ana + `\",\"f\":\"` + ana + `\"}","b":{"a":"{\"e\":\"Ana\",\"f\":\"` + ana + `\"}"}}`},
		{"other decoders that meet by other paths", []string{`{path: $.a, in: [url], at: query.e, domain: d}`, `{path: "$[*]", in: [form], at: f, domain: d}`},
			`{"a":"?e=Ana&f=Ana"}`, `{"a":"?e=` + ana + `&f=` + ana + `"}`},
		{"the later of two decoders changes more before", []string{`{path: $.a, in: [url], at: query.e, domain: d}`, `{path: "$[*]", in: [form], at: f, domain: d}`},
			`{"a":"?x=1&f=Ana&f=Ana&y=\u0031&e=Ana&z=Ana&zz=Ana"}`, `{"a":"?x=1&f=` + ana + `&f=` + ana + `&y=\u0031&e=` + ana + `&z=Ana&zz=Ana"}`},
		{"the whole of the JSON", []string{`{path: $.a, in: [json], domain: d}`}, `{"a":"\"Ana\""}`, `{"a":"\"` + ana + `\""}`},
		{"nothing there", []string{`{path: $.a, in: [json], at: $.e, domain: d}`}, `{"a":"{\"x\":\"Ana\" }", "b" : 1}`, `{"a":"{\"x\":\"Ana\" }", "b" : 1}`},
		{"null and empty stay", []string{`{path: "$[*]", in: [json], at: $.e, domain: d}`}, `[null,"","{\"e\":null}","{\"e\":\"\"}"]`, `[null,"","{\"e\":null}","{\"e\":\"\"}"]`},
		{"its own tokens stay", []string{`{path: $.a, in: [json], at: $.e, domain: d}`}, `{"a":"{\"e\":\"` + ana + `\"}"}`, `{"a":"{\"e\":\"` + ana + `\"}"}`},
		{"member names", []string{`{path: $.a, in: [json], at: {keys_of: "$"}, domain: d}`}, `{"a":"{\"Ana\":{\"x\":1},\"\":2}"}`, `{"a":"{\"` + ana + `\":{\"x\":1},\"\":2}"}`},
		{"JSON in JSON in a string", []string{`{path: $.a, in: [json], at: {path: $.b, in: [json], at: $.e}, domain: d}`},
			`{"a":"{\"b\":\"{\\\"u\\\":\\\"\\\\\/\\/\/\\\",\\\"e\\\":\\\"Ana\\\"}\"}"}`, `{"a":"{\"b\":\"{\\\"u\\\":\\\"\\\\\/\\/\/\\\",\\\"e\\\":\\\"` + ana + `\\\"}\"}"}`},
		{"base64", []string{`{path: $.a, in: [base64, json], at: $.e, domain: d}`}, `{"a":"` + std(`{"e":"Ana"} `) + `"}`, `{"a":"` + std(`{"e":"`+ana+`"} `) + `"}`},
		{"base64 with escaped slashes", []string{`{path: $.a, in: [base64, json], at: $.e, domain: d}`}, `{"a":"` + strings.ReplaceAll(std(`{"e":"Ana","x":"????"}`), "/", `\/`) + `"}`, `{"a":"` + std(`{"e":"`+ana+`","x":"????"}`) + `"}`},
		{"base64url without padding", []string{`{path: $.a, in: [base64url, json], at: $.e, domain: d}`}, `{"a":"` + safe(`{"e":"Ana"}`) + `"}`, `{"a":"` + safe(`{"e":"`+ana+`"}`) + `"}`},
		{"base64 of a text", []string{`{path: $.a, in: [base64], domain: d}`}, `{"a":"` + std("Ana") + `"}`, `{"a":"` + std(ana) + `"}`},
		{"removed in base64", []string{`{path: $.a, in: [base64], remove: true}`}, `{"a":"` + std("Ana") + `","b":1}`, `{"b":1}`},
		{"a query", []string{`{path: $.a, in: [url], at: query.e, domain: d}`}, `{"a":"https://h/p%20q?x=%2f%2F+&e=Ana&%65=an%61&y#e=Ana"}`, `{"a":"https://h/p%20q?x=%2f%2F+&e=` + ana + `&%65=` + ana + `&y#e=Ana"}`},
		{"a relative one", []string{`{path: $.a, in: [url], at: query.e, domain: d}`}, `{"a":"?e=Ana"}`, `{"a":"?e=` + ana + `"}`},
		{"every parameter", []string{`{path: $.a, in: [url], at: query.e, domain: d}`, `{path: $.a, in: [url], at: "query.*", redact: true}`}, `{"a":"/?a=1&e=Ana&b=&c"}`, `{"a":"/?a=%5Bredacted%5D&e=` + ana + `&b=&c"}`},
		{"parameters that go", []string{`{path: $.a, in: [url], at: query.e, remove: true}`}, `["?e=1&x=2","?x=2&e=1","?e=1","?e=1&e=2#f"]`, `["?e=1&x=2","?x=2&e=1","?e=1","?e=1&e=2#f"]`},
		{"parameters that do go", []string{`{path: "$[*]", in: [url], at: query.e, remove: true}`}, `["?e=1&x=2","?x=2&e=1","?e=1","?e=1&e=2#f","?x=1&e=1&y=2"]`, `["?x=2","?x=2","","?#f","?x=1&y=2"]`},
		{"userinfo, path, fragment", []string{`{path: $.a, in: [url], at: userinfo, remove: true}`, `{path: $.a, in: [url], at: path.1, domain: d}`, `{path: $.a, in: [url], at: fragment, redact: true}`},
			`{"a":"https://ana:pw@h:1/u/Ana/x?q#f"}`, `{"a":"https://h:1/u/` + ana + `/x?q#%5Bredacted%5D"}`},
		{"the whole path", []string{`{path: $.a, in: [url], at: path, domain: d}`}, `{"a":"mailto:An%61?subject=x"}`, `{"a":"mailto:` + ana + `?subject=x"}`},
		{"a URL in a parameter", []string{`{path: $.a, in: [url], at: {path: query.r, in: [url], at: query.e}, domain: d}`},
			`{"a":"/?x=%7e&r=https%3a%2f%2Fh%3fx%3D%257e%26e%3DAna"}`, `{"a":"/?x=%7e&r=https%3a%2f%2Fh%3fx%3D%257e%26e%3D` + ana + `"}`},
		{"JSON in a parameter", []string{`{path: $.a, in: [url], at: {path: query.r, in: [json], at: $.e}, domain: d}`},
			`{"a":"/?r=%7B%22e%22%3a+%22Ana%22%7D"}`, `{"a":"/?r=%7B%22e%22%3a+%22` + ana + `%22%7D"}`},
		{"a form", []string{`{path: $.a, in: [form], at: e, domain: d}`}, `{"a":"x=1&e=Ana&e=An%61"}`, `{"a":"x=1&e=` + ana + `&e=` + ana + `"}`},
		{"a parameter with a space", []string{`{path: $.a, in: [form], at: e, mask: {keep_last: 1}}`}, `{"a":"e=An+a+%C3%A9"}`, `{"a":"e=%2A%2A%2A%2A%C3%A9"}`},
		{"no JSON", []string{`{path: $.a, in: [json], at: $.e, domain: d}`}, `{"a":"{"}`, "not_decoded"},
		{"no text", []string{`{path: $.a, in: [json], at: $.e, domain: d}`}, `{"a":{"e":"Ana"}}`, "not_decoded"},
		{"half a surrogate pair", []string{`{path: $.a, in: [json], at: $.e, domain: d}`}, `{"a":"{\"e\":\"\ud800\"}"}`, "not_decoded"},
		{"half a surrogate pair inside", []string{`{path: $.a, in: [json], at: $.e, domain: d}`}, `{"a":"{\"e\":\"\\ud800\"}"}`, "not_text"},
		{"no base64", []string{`{path: $.a, in: [base64], domain: d}`}, `{"a":"Ana!"}`, "not_decoded"},
		{"base64 with bits that nobody needs", []string{`{path: $.a, in: [base64], domain: d}`}, `{"a":"QW4="}`, `{"a":"` + std(tok("d", "an")) + `"}`},
		{"base64 with bits that nobody can keep", []string{`{path: $.a, in: [base64], domain: d}`}, `{"a":"QW5="}`, "not_decoded"},
		{"base64 in lines", []string{`{path: $.a, in: [base64], domain: d}`}, `{"a":"QW\n4="}`, "not_decoded"},
		{"what is broken is redacted", []string{`{path: "$[*]", in: [base64, json], at: $.e, domain: d, on_invalid: redact}`}, `["A",1,{"e":"Ana"},"` + std("{") + `","` + std(`{"e":[]}`) + `"]`,
			`["[redacted]","[redacted]","[redacted]","` + std("[redacted]") + `","` + std(`{"e":"[redacted]"}`) + `"]`},
		{"redacted only where all rules say so", []string{`{path: $.a, in: [json], at: $.e, domain: d, on_invalid: redact}`, `{path: $.a, in: [json], at: $.f, domain: d}`}, `{"a":"{"}`, "not_decoded"},
		{"the cipher fails", []string{`{path: $.a, in: [json], at: $.e, domain: broken, on_invalid: redact}`}, `{"a":"{\"e\":\"Ana\"}"}`, "cipher_failed"},
		{"required", []string{`{path: $.a, in: [json], at: $.e, domain: d, required: true}`}, `{"a":"{\"x\":1}"}`, "required_missing"},
		{"required and empty outside", []string{`{path: $.a, in: [json], at: $.e, domain: d, required: true}`}, `{"a":""}`, "required_missing"},
		{"required and there", []string{`{path: $.a, in: [json], at: $.e, domain: d, required: true}`}, `{"a":"{\"e\":\"Ana\"}"}`, `{"a":"{\"e\":\"` + ana + `\"}"}`},
		{"names", []string{`{keys_of: $.m, domain: d}`, `{path: $.m.x, remove: true}`}, `{"m":{"Ana":{"Ana":1},"x":2,"An\u0061":3}}`, `{"m":{"` + ana + `":{"Ana":1},"` + ana + `":3}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := compile(t, accepting(route(t, tc.rules...))).NewTransformer()
			have := value(tr, tc.in)
			if have != tc.want {
				t.Fatalf("%s\nhave %s\nwant %s", tc.in, have, tc.want)
			}
			if strings.HasPrefix(have, "{") || strings.HasPrefix(have, "[") {
				if !json.Valid([]byte(have)) {
					t.Error("no JSON")
				}
				// What is masked in percent is another value to the next proxy.
				if again := value(tr, have); again != have && !strings.Contains(tc.in, "%C3") {
					t.Errorf("a second pass gives %s", again)
				}
			}
		})
	}
}

func accepting(r *config.Route) *config.Route {
	r.AcceptTokens = true
	return r
}

// value transforms a JSON value; it gives what became of it, or the reason.
func value(tr *transform.Transformer, in string) string {
	var arena transform.Arena
	v := tr.Transform(&record.Record{Value: []byte(in)}, &arena)
	if v.Reason != "" {
		return string(v.Reason)
	}
	return string(v.Records[0].Value)
}

// Keys and headers are looked into like values.
func TestInsideKeysAndHeaders(t *testing.T) {
	tr := compile(t, accepting(route(t, `{key: true, in: [base64, json], at: $.e, domain: d}`, `{header: h, in: [json], at: $.e, domain: d}`, `{header: h, in: [json], at: $.x, remove: true}`,
		`{header: u, in: [url], at: query.e, domain: d}`))).NewTransformer()
	b := func(s string) []byte { return []byte(s) }
	var arena transform.Arena
	v := tr.Transform(&record.Record{Key: b(std(`{"e":"Ana"}`)), Headers: []record.Header{{Name: b("h"), Value: b(`{"x":1,"e":"Ana\u0061"}`)}, {Name: b("u"), Value: b("/?e=Ana")}, {Name: b("h")}}}, &arena)
	if v.Reason != "" {
		t.Fatal(v)
	}
	out := v.Records[0]
	have := string(out.Key) + " " + string(out.Headers[0].Value) + " " + string(out.Headers[1].Value) + " " + strconv.FormatBool(out.Headers[2].Value == nil)
	want := std(`{"e":"`+tok("d", "ana")+`"}`) + ` {"e":"` + tok("d", "anaa") + `"} /?e=` + tok("d", "ana") + " true"
	if have != want {
		t.Errorf("have %s\nwant %s", have, want)
	}
}

// FuzzInside states that whatever lies inside a text, what is not selected stays, byte by byte and in every spelling: a rule
// that selects nothing in it changes nothing, and where one selects, the text around it is the same.
func FuzzInside(f *testing.F) {
	for _, s := range []string{`"{\"e\":\"Ana\"}"`, `"{\u0022e\u0022:1,\"x\":\"\/\\/\"}"`, `"https://h/?e=%41na&x=%2f"`, `"\u00e9"`, `"?e=Ana\u0026x=é"`, `"[{\"e\":\"\\u00e9\"}]"`} {
		f.Add([]byte(s))
	}
	same := compile(f, route(f, `{path: "$[0]", in: [json], at: $..nobody, domain: d, on_invalid: redact}`, `{path: "$[1]", in: [url], at: query.nobody, domain: d, on_invalid: redact}`)).NewTransformer()
	tr := compile(f, accepting(route(f, `{path: "$[0]", in: [json], at: $..e, mask: {}, on_invalid: redact}`, `{path: "$[1]", in: [url], at: query.e, domain: d, on_invalid: redact}`))).NewTransformer()
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) < 2 || text[0] != '"' || !json.Valid(text) {
			return
		}
		in := "[" + string(text) + "," + string(text) + "]"
		if have := value(same, in); have != in && !strings.Contains(have, `"[redacted]"`) {
			t.Fatalf("%s became %s", in, have)
		}
		once := value(tr, in)
		if !json.Valid([]byte(once)) {
			t.Fatalf("%s became %s", in, once)
		}
		if twice := value(tr, once); twice != once {
			t.Fatalf("%s became %s, and then %s", in, once, twice)
		}
	})
}
