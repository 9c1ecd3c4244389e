package policy

import (
	"errors"
	"os"
	"strings"
	"testing"

	"voile/config"
	"voile/crypto"
	"voile/pipeline/transform"
)

// Most of these tests have two routes, three domains and all kinds of action.
const testConfig = `
kafka: {brokers: ["a:1"]}
vault: {address: "http://a", auth: {token: {env: A}}}
domains:
  email: {method: tokenize, value: email}
  id: {method: hash}
  secret: {method: encrypt}
routes:
  - name: web
    from: [a]
    to: b
    fields:
      - {key: true, domain: id}
      - {header: x-user, domain: id}
      - {path: $.id, domain: id, required: true}
      - {path: $.email, domain: email}
      - {path: "$.all[*]", domain: email}
      - {path: $.gone, remove: true}
      - {path: $.name, redact: true}
      - {path: $.phone, mask: {keep_last: 2}}
  - name: shop
    from: [c]
    to: d
    fields:
      - {path: $.customer, domain: email}
      - {path: $.note, domain: secret}
`

func parseConfig(t *testing.T, text string) (*config.Config, map[string]transform.Domain) {
	t.Helper()
	c, err := config.Parse("voile.yaml", []byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	domains := map[string]transform.Domain{}
	for _, d := range c.Domains {
		p, err := crypto.NewParams(d.Name, crypto.Method(d.Method), d.Value, d.Region)
		if err != nil {
			t.Fatal(err)
		}
		if domains[d.Name], err = crypto.NewEphemeralDomain(p); err != nil {
			t.Fatal(err)
		}
	}
	return c, domains
}

func runText(t *testing.T, text string) (*Report, error) {
	t.Helper()
	f, err := Read("t.yaml", []byte(text), os.ReadFile)
	if err != nil {
		return nil, err
	}
	c, domains := parseConfig(t, testConfig)
	return Run(f, c, domains)
}

// Each expectation on one event: those that hold, and those that do not, with what is shown of them. A token shows as T.
func TestExpectations(t *testing.T) {
	const event = `{key: "1", headers: {x-user: "1", x: y}, value: {id: 1, email: Ana@Example.org, all: [ana@example.org, ben@example.org], ` +
		`gone: 1, name: Ana, phone: "0639981234", n: 1.50, o: {b: [1, {a: null}]}, ` +
		`cx: eyJhIjp7ImIiOiJ4In19, url: "https://u:p@h/a%20b?e=1%2B1&e=2#f", form: a=1&b=x+y, bad: "{"}}`
	tests := []struct{ where, want, got string }{
		{"key", "token of id", ""},
		{"key", "token of email", `"T", a token of another domain`},
		{"key", "equal to $.id", ""},
		{"key", "different from $.id", `"T", and at $.id "T"`},
		{"key", "equal to $.nowhere", `"T", and at $.nowhere nothing is there`},
		{"key", "changed", ""},
		{"header x-user", "[token of id, equal to key]", ""},
		{"header x", "unchanged", ""},
		{"header x", "y", "problem"},
		{"header x", "{is: y}", ""},
		{"header x", "{is: z}", `"y"`},
		{"header x", "changed", `"y", as in the event`},
		{"header X", "unchanged", "nothing is there"},
		{"header X", "absent", ""},
		{"$.email", "token of email", ""},
		{"$.email", "token of id", `"T", a token of another domain`},
		{"$.email", "unchanged", `"T"`},
		{"$.email", `"equal to $.all[0]"`, ""},
		{"$.email", `"equal to $.all[*]"`, `"T", and at $.all[*] "T"`},
		{"$.email", `"different from $.all[1]"`, ""},
		{"$.all[*]", "token of email", ""},
		{"$.gone", "absent", ""},
		{"$.gone", "unchanged", "nothing is there"},
		{"$.n", "absent", "1.50"},
		{"$.name", "redacted", ""},
		{"$.n", "redacted", "1.50"},
		{"$.n", "unchanged", ""},
		{"$.n", "1.5", ""},
		{"$.n", "1.6", "1.50"},
		{"$.n", `{is: "1.50"}`, "1.50"},
		{"$.o", "{is: {b: [1, {a: null}]}}", ""},
		{"$.o", "{is: {b: [1]}}", `{"b":[1,{"a":null}]}`},
		{"$.o.b[1].a", "null", ""},
		{"$.phone", `{is: "****34"}`, ""},
		{"$.phone", `{matches: "\\*+34"}`, ""},
		{"$.phone", `{matches: "\\*+"}`, `"****34"`},
		{"keys of $.o", "{is: b}", ""},
		{"keys of $.o", "{is: a}", `"b"`},
		{"keys of $.n", "absent", ""},
		{"$.cx | base64 | json $.a.b", "{is: x}", ""},
		{"$.cx | base64url | json keys of $.a", "{is: b}", ""},
		{"$.cx | json $.a", "unchanged", "nothing is there"},
		{"$.bad | json $.a", "absent", ""},
		{"$.url | url query.e", `{matches: "1\\+1|2"}`, ""},
		{"$.url | url path", "{is: /a b}", ""},
		{"$.url | url fragment", "{is: f}", ""},
		{"$.url | url userinfo", "{is: u:p}", ""},
		{"$.form | form b", "{is: x y}", ""},
		{"$.form | form c", "absent", ""},
		{"$.n", "token of nobody", "problem"},
		{"$.n", "equal to key in nobody", "problem"},
		{"$.n", `{matches: "("}`, "problem"},
		{"$.n", "{is: 1, matches: x}", "problem"},
		{"$.n", "[[1]]", "problem"},
		{"$.[", "absent", "problem"},
		{"$.url | url host", "absent", "problem"},
		{"$.url | rot13", "absent", "problem"},
		{"$.cx | json", "absent", "problem"},
	}
	for _, tt := range tests {
		t.Run(tt.where+" "+tt.want, func(t *testing.T) {
			quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(tt.where) + `"`
			report, err := runText(t, "tests: [{name: n, route: web, "+event[1:len(event)-1]+", expect: {"+quoted+": "+tt.want+"}}]")
			if tt.got == "problem" {
				var problems config.Problems
				if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Line != 1 || problems[0].Column < 10 {
					t.Fatalf("error %v, want one problem with its place", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range report.Results[0].Failures {
				got += tokens.ReplaceAllString(f.Got, "T")
			}
			if got != tt.got {
				t.Errorf("got %s, want %s", got, tt.got)
			}
		})
	}
}

// Values are compared with those of other cases, also of another route.
func TestAcrossCases(t *testing.T) {
	report, err := runText(t, `
tests:
  - {name: a, route: web, value: {id: 1, email: Ana@Example.org}, expect: {$.email: equal to $.customer in b}}
  - {name: b, route: shop, value: {customer: ana@example.ORG}, expect: {$.customer: [equal to $.email in a, different from $.customer in c]}}
  - {name: c, route: shop, value: {customer: ben@example.org}, expect: {$.customer: equal to $.customer in d}}
  - {name: d, route: shop, json: "{", quarantine: not_json}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "", `case "d" went to quarantine: not_json`, ""}
	for i, r := range report.Results {
		got := ""
		for _, f := range r.Failures {
			got += f.Got
		}
		if got != want[i] {
			t.Errorf("%s: got %q, want %q", r.Case.Name, got, want[i])
		}
	}
	if used := report.Used["shop"]; len(used) != 2 || !used[0] || used[1] {
		t.Errorf("rules of shop that were used: %v, want the first", used)
	}
}

// rest: unchanged finds whatever changed beside what is expected.
func TestRest(t *testing.T) {
	tests := []struct{ name, event, expect, where, got string }{
		{"nothing else", `value: {id: 1, n: 1.50, a: [1]}`, `$.id: changed`, "", ""},
		{"removed", `value: {id: 1, gone: 2, a: [1, {gone: 3}]}`, `{$.id: changed, $.gone: absent}`, "", ""},
		{"removed unseen", `value: {id: 1, gone: 2}`, `$.id: changed`, "$.gone", nothing},
		{"redacted unseen", `value: {id: 1, name: 2}`, `$.id: changed`, "$.name", `"[redacted]"`},
		{"in an array", `value: {id: 1, all: [ana@example.org]}`, `$.id: changed`, "$.all[0]", `"T"`},
		{"an element of an array", `value: {id: 1, all: [ana@example.org]}`, `{$.id: changed, "$.all[*]": changed}`, "", ""},
		{"key", `value: {id: 1}, key: a`, `$.id: changed`, "key $", "T"},
		{"key named", `value: {id: 1}, key: a`, `{$.id: changed, key: changed}`, "", ""},
		{"header", `value: {id: 1}, headers: {a: b, x-user: c}`, `$.id: changed`, "header x-user", `x-user: "T"`},
		{"header named", `value: {id: 1}, headers: [{a: b}, {x-user: c}, {a: null}]`, `{$.id: changed, header x-user: changed}`, "", ""},
		{"a text like the marker", `value: {id: 1, a: gone, b: gone-}`, `$.id: changed`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect := tt.expect
			if expect[0] != '{' {
				expect = "{" + expect + "}"
			}
			report, err := runText(t, "tests: [{name: n, route: web, rest: unchanged, "+tt.event+", expect: "+expect+"}]")
			if err != nil {
				t.Fatal(err)
			}
			where, got := "", ""
			for _, f := range report.Results[0].Failures {
				where, got = where+f.Where, got+tokens.ReplaceAllString(f.Got, "T")
			}
			if where != tt.where || got != tt.got {
				t.Errorf("got %s: %s, want %s: %s", where, got, tt.where, tt.got)
			}
		})
	}
}

// nowhere finds a text in whatever part and form of the record it is.
func TestNowhere(t *testing.T) {
	tests := []struct{ event, where string }{
		{`value: {id: 1, a: Anatole}`, "$"},
		{`value: {id: 1, a: {x: [1, "http://h/?q=anatol%65"]}}`, "$"},
		{`value: {id: 1, anatole: 1}`, "$"},
		{`json: '{"id": 1, "a": "\u0041natole"}'`, "$"},
		{`json: '{"id": 1, "a": "{\"b\": \"\\u0041natole\"}"}'`, "$"},
		{`value: {id: 1, a: QW5hdG9sZQ==}`, "$"},
		{`value: {id: 1, a: eyJhIjoiXHUwMDQxbmF0b2xlIn0}`, "$"},
		{`value: {id: 1, a: "/x?c=QW5hdG9sZQ&b=1"}`, "$"},
		{`value: {id: 1}, headers: {x: "an anatole"}`, "header x"},
		{`value: {id: 1}, headers: {x-Anatole: ""}`, "the name of header x-Anatole"},
		{`value: {id: 1, email: anatole@example.org, name: anatole}`, ""},
		{`value: {id: 1, a: "anat ole"}`, ""},
		{`value: null, key: Anatole`, ""},
		{`value: {id: 1, a: vt1.email.anatole}`, ""},
	}
	for _, tt := range tests {
		report, err := runText(t, "tests: [{name: n, route: web, nowhere: [anatole], "+tt.event+"}]")
		if err != nil {
			t.Errorf("%s: %v", tt.event, err)
			continue
		}
		where := ""
		for _, f := range report.Results[0].Failures {
			where += f.Where
		}
		if where != tt.where {
			t.Errorf("%s: found in %q, want %q", tt.event, where, tt.where)
		}
	}
}

// The event is what the YAML says, spelled as there.
func TestEvent(t *testing.T) {
	tests := []struct{ yaml, value string }{
		{`value: {a: 1.50, b: [1e3, true, null, "x\n"], "c d": {}}`, `{"a":1.50,"b":[1e3,true,null,"x\n"],"c d":{}}`},
		{`value: "text"`, `"text"`},
		{`value: 12345678901234567890123`, `12345678901234567890123`},
		{`json: '{"a" : 1, "a":2}'`, `{"a" : 1, "a":2}`},
		{`file: event.json`, `{"from": "the file"}`},
		{`value: null`, `null value`},
	}
	for _, tt := range tests {
		f, err := Read("t.yaml", []byte("tests: [{name: n, rest: unchanged, "+tt.yaml+"}]"), func(string) ([]byte, error) {
			return []byte("{\"from\": \"the file\"}\n"), nil
		})
		if err != nil {
			t.Errorf("%s: %v", tt.yaml, err)
			continue
		}
		have := "null value"
		if v := f.Cases[0].Event.Value; v != nil {
			have = string(v)
		}
		if have != tt.value {
			t.Errorf("%s: have %s, want %s", tt.yaml, have, tt.value)
		}
	}
}

// All that is wrong with a file is said at once, with its place.
func TestProblems(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "t.yaml: the file is empty; docs/policy-tests.md has an example"},
		{"no YAML", "tests: [", "t.yaml:1:8: not YAML"},
		{"two documents", "tests: []\n---\ntests: []\n", "t.yaml:3:1: a second document begins here; leave the line --- and what follows it out"},
		{"no tests", "config: a", "t.yaml:1:1: tests: missing; a list of cases"},
		{"no case", "tests: []", "t.yaml:1:1: tests: there is no case"},
		{"unknown", "test: []\ntests: [{name: a, value: 1, rest: unchanged, extra: 1}]",
			"t.yaml:1:1: test: there is no such setting; the settings here are config, env, tests\n" +
				"t.yaml:2:46: tests[0].extra: there is no such setting; the settings here are name, route, value, json, file, key, headers, expect, rest, nowhere, quarantine"},
		{"bare case", "tests: [{}]", "t.yaml:1:9: tests[0].name: missing; say what the case is about\n" +
			"t.yaml:1:9: tests[0]: none of value, json, file; `value: null` is a tombstone\n" +
			"t.yaml:1:9: tests[0]: none of expect, quarantine; a case says what is to come of its event"},
		{"both", "tests: [{name: a, value: 1, json: '1', expect: {key: absent}, quarantine: not_json}]",
			"t.yaml:1:9: tests[0]: value and json exclude each other; keep one\nt.yaml:1:9: tests[0]: expect and quarantine exclude each other; keep one"},
		{"twice", "tests:\n- {name: a, name: b, value: 1, rest: unchanged}\n- {name: a, value: 1, rest: unchanged}",
			"t.yaml:2:13: tests[0].name: set twice: the first is in line 2\nt.yaml:3:3: tests[1].name: the case in line 2 has this name already"},
		{"reason", "tests: [{name: a, value: 1, quarantine: bad_json}]", `t.yaml:1:29: tests[0].quarantine: "bad_json" is no reason; the reasons are not_json`},
		{"number", "tests: [{name: a, value: 0x1F, rest: unchanged}]", "t.yaml:1:26: tests[0].value: 0x1F is no number in JSON; write it as JSON does, or as a text in quotes"},
		{"anchor", "tests: [{name: a, value: &x {a: 1}, rest: unchanged}]", "tests[0].value: this is no value of JSON; anchors, aliases and tags of YAML are not supported: write the value out"},
		{"kinds", "tests: [{name: 1, value: 1, expect: 2, headers: 3, rest: x}]",
			"tests[0].name: want a name, have a number; a text that looks like something else stands in quotes"},
		{"route", "tests: [{name: a, value: 1, rest: unchanged}, {name: b, route: wbe, value: 1, rest: unchanged}]",
			"t.yaml:1:9: tests[0].route: missing: the configuration has 2 routes; one of web, shop\n" +
				`t.yaml:1:57: tests[1].route: the configuration has no route "wbe"; one of web, shop`},
		{"no file", "tests: [{name: a, file: none.json, rest: unchanged}]", "t.yaml:1:19: tests[0].file: open none.json: no such file or directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := runText(t, tt.text)
			var problems config.Problems
			if !errors.As(err, &problems) || !strings.Contains(problems.Error(), tt.want) {
				t.Errorf("have\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}

// FuzzRead: no file is read by half. It is problems, or cases that have a name and say what they want.
func FuzzRead(f *testing.F) {
	f.Add("tests: [{name: n, value: {a: 1}, expect: {$.a: unchanged, 'key | json $.b': [absent, {is: 1}]}}]")
	f.Add("config: a\nenv: {A: b}\ntests:\n- name: x\n  json: |\n    {}\n  headers: [{a: b}, {a: null}]\n  quarantine: not_json\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read("f", []byte(text), func(string) ([]byte, error) { return nil, os.ErrNotExist })
		var problems config.Problems
		switch {
		case err != nil && (!errors.As(err, &problems) || len(problems) == 0 || file != nil):
			t.Fatalf("error %v", err)
		case err == nil:
			for _, c := range file.Cases {
				if c.Name == "" || len(c.Expect) == 0 && c.Quarantine == "" && !c.Rest && len(c.Nowhere) == 0 {
					t.Fatalf("a case that wants nothing: %+v", c)
				}
			}
		}
	})
}
