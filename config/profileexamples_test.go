package config_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// A named domain makes <name> of any value, so that a person can read what a profile does.
type named string

func (named) Recognize([]byte) (own, foreign bool)        { return false, false }
func (named) Normalize(dst, text []byte) ([]byte, bool)   { return append(dst, text...), true }
func (d named) AppendToken(dst, _ []byte) ([]byte, error) { return append(dst, "<"+d+">"...), nil }

// profileTransformer is the profile called name and nothing else.
func profileTransformer(t *testing.T, name string, own ...string) (*transform.Transformer, []config.Rule) {
	t.Helper()
	c := parse(t, using("["+name+"]", own...))
	domains := map[string]transform.Domain{}
	for _, d := range c.Domains {
		domains[d.Name] = named(d.Name)
	}
	rules, err := transform.Compile(&c.Routes[0], c, domains)
	if err != nil {
		t.Fatal(err)
	}
	return rules.NewTransformer(), c.Routes[0].Fields
}

// What each profile makes of records in its envelope stands beside them, and each of its rules takes something there: a
// path with a slip in it takes nothing.
func TestProfileExamples(t *testing.T) {
	for _, name := range config.ProfileNames() {
		t.Run(name, func(t *testing.T) {
			rewrite, rules := profileTransformer(t, name)
			lines, err := os.ReadFile("testdata/profiles/" + name + ".jsonl")
			if err != nil {
				t.Fatal(err)
			}
			var shown bytes.Buffer
			enc := json.NewEncoder(&shown)
			enc.SetEscapeHTML(false)
			for line := range bytes.Lines(lines) {
				if err := enc.Encode(transformedExample(t, rewrite, line)); err != nil {
					t.Fatal(err)
				}
			}
			golden(t, "testdata/profiles/"+name+".out.jsonl", shown.Bytes())
			for i, s := range rewrite.Stats() {
				if s.Matched == 0 {
					t.Errorf("no example for %s", rules[i].Selector())
				}
			}
		})
	}
}

// An exampleRecord is a line of an example. {"json": v} and {"base64url": v} in its value stand for v in a text.
type exampleRecord struct {
	Key     *string     `json:"key,omitempty"`
	Headers [][2]string `json:"headers,omitempty"`
	Value   any         `json:"value"`
}

func transformedExample(t *testing.T, rewrite *transform.Transformer, line []byte) exampleRecord {
	t.Helper()
	var e exampleRecord
	if err := json.Unmarshal(line, &e); err != nil {
		t.Fatal(err)
	}
	var in record.Record
	if e.Key != nil {
		in.Key = []byte(*e.Key)
	}
	if e.Value != nil {
		in.Value = embed(t, e.Value)
	}
	for _, h := range e.Headers {
		in.Headers = append(in.Headers, record.Header{Name: []byte(h[0]), Value: []byte(h[1])})
	}
	v := rewrite.Transform(&in, new(transform.Arena))
	if v.Reason != "" {
		t.Fatalf("set aside: %s %s: %s", v.Reason, v.Where, line)
	}
	out := v.Records[0]
	if e.Key != nil {
		key := string(out.Key)
		e.Key = &key
	}
	for i, h := range out.Headers {
		e.Headers[i][1] = string(h.Value)
	}
	if out.Value != nil {
		e.Value = disclose(t, out.Value)
	}
	return e
}

// embed writes a value as JSON, with what stands for texts put into texts.
func embed(t *testing.T, v any) []byte {
	t.Helper()
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			for how, inside := range v {
				switch {
				case len(v) != 1:
				case how == "json":
					return string(embed(t, inside))
				case how == "base64url":
					return base64.RawURLEncoding.EncodeToString(embed(t, inside))
				}
			}
			for name := range maps.Clone(v) {
				v[name] = walk(v[name])
			}
		}
		return v
	}
	text, err := json.Marshal(walk(v))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// disclose is embed backwards, for people to read.
func disclose(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case string:
			if len(v) > 0 && v[0] == '{' && json.Valid([]byte(v)) {
				return map[string]any{"json": disclose(t, []byte(v))}
			}
			if data, err := base64.RawURLEncoding.DecodeString(v); err == nil && len(data) > 0 && data[0] == '{' && json.Valid(data) {
				return map[string]any{"base64url": disclose(t, data)}
			}
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			for name := range maps.Clone(v) {
				v[name] = walk(v[name])
			}
		}
		return v
	}
	return walk(v)
}

// Own rules win value by value, also where a profile's rule has more values than theirs, and where both go into one text.
func TestOwnRulesWinOverProfiles(t *testing.T) {
	for _, test := range []struct{ name, own, value, want string }{
		{"one of many names", "{path: $.context.traits.name, redact: true}",
			`{"context":{"traits":{"name":"Ana Lee","firstName":"Ana"}}}`, `{"context":{"traits":{"name":"[redacted]","firstName":"<customer-name>"}}}`},
		{"one of many texts, another parameter", "{path: $.context.page.referrer, in: [url], at: query.uid, domain: customer-email}",
			`{"context":{"page":{"referrer":"https://a.example/?uid=a&email=b","url":"https://a.example/?uid=a&email=b"}}}`,
			`{"context":{"page":{"referrer":"https://a.example/?uid=%3Ccustomer-email%3E&email=%3Ccustomer-email%3E","url":"https://a.example/?uid=a&email=%3Ccustomer-email%3E"}}}`},
		{"one of many texts, the same parameter", "{path: $.context.page.referrer, in: [url], at: query.email, redact: true}",
			`{"context":{"page":{"referrer":"?email=b","url":"?email=b"}}}`, `{"context":{"page":{"referrer":"?email=%5Bredacted%5D","url":"?email=%3Ccustomer-email%3E"}}}`},
		{"one of many texts, whole", "{path: $.context.page.referrer, domain: customer-details}",
			`{"context":{"page":{"referrer":"?email=b","url":"?email=b"}}}`, `{"context":{"page":{"referrer":"<customer-details>","url":"?email=%3Ccustomer-email%3E"}}}`},
		{"a part of what a profile takes whole", "{path: $.properties.email.work, redact: true}",
			`{"properties":{"email":"a"}}`, `{"properties":{"email":"<customer-email>"}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			rewrite, _ := profileTransformer(t, "segment", test.own)
			v := rewrite.Transform(&record.Record{Value: []byte(test.value)}, new(transform.Arena))
			if v.Reason != "" || string(v.Records[0].Value) != test.want {
				t.Errorf("have %s %s\nwant %s", v.Reason, v.Records[0].Value, test.want)
			}
		})
	}
}
