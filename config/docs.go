package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed reference.md.tmpl
var referenceTemplate string

//go:embed reference.yaml
var referenceFile string

// mistaken is the file whose problems the reference shows.
const mistaken = `kafka:
  brokers: [localhost]
  sasl: {mechanism: scram-sha512, username: voile, password: hunter2}
vault: {address: "http://127.0.0.1:8200", auth: {token: {env: VAULT_TOKEN}}}
domains:
  customer-email: {method: tokenise, value: email}
routes:
  - name: web
    from: [events.web.raw]
    to: events.web
    fields:
      - {path: "$.user[", domain: customer-email}
      - {path: $.email, domain: customer-mail}
`

// A change is a row of the tables of before and after.
type change struct{ Path, Mask, Generalize, Before, After string }

// Tests hold these rows against what the transform does.
var (
	removals = []change{
		{Path: "$.a", Before: `{"a":1,"b":2}`, After: `{"b":2}`},
		{Path: "$.b", Before: `{"a":1,"b":2}`, After: `{"a":1}`},
		{Path: "$.b", Before: `{"a":1, "b":2, "c":3}`, After: `{"a":1, "c":3}`},
		{Path: "$.a", Before: `{ "a" : 1 }`, After: `{ }`},
		{Path: "$.a", Before: `{"a":1,"a":2,"b":3}`, After: `{"b":3}`},
		{Path: "$.a[0]", Before: `{"a":[1,2,3]}`, After: `{"a":[2,3]}`},
		{Path: "$.a[*]", Before: `{"a":[1,2,3]}`, After: `{"a":[]}`},
		{Path: "$.a.b", Before: `{"a":{"b":1}}`, After: `{"a":{}}`},
	}
	maskings = []change{
		{Mask: "{keep_last: 4}", Before: `"4970101234567890"`, After: `"****7890"`},
		{Mask: "{keep_last: 4}", Before: `4970101234567890`, After: `"****7890"`},
		{Mask: "{keep_last: 4}", Before: `"1234567"`, After: `"****"`},
		{Mask: "{keep_first: 2, keep_last: 3}", Before: `"FR7630006000011"`, After: `"FR*****011"`},
		{Mask: "{}", Before: `"Ana"`, After: `"****"`},
		{Mask: "{keep_last: 4}", Before: `null`, After: `null`},
		{Mask: `{keep_last: 4, character: "#"}`, Before: `"4970101234567890"`, After: `"####7890"`},
		{Mask: "{keep_last: 4, keep_separators: true}", Before: `"4970 1012 3456 7890"`, After: `"**** **** **** 7890"`},
		{Mask: "{keep_separators: true}", Before: `"ana.petit@example.org"`, After: `"***.*****@*******.***"`},
	}
	generalizations = []change{
		{Generalize: "{ip: true}", Before: `"198.18.174.132"`, After: `"198.18.174.0"`},
		{Generalize: "{ip: true}", Before: `"2001:DB8:85A3:8D3:1319:8A2E:370:7348"`, After: `"2001:db8:85a3::"`},
		{Generalize: "{ip: true}", Before: `"::ffff:198.18.174.132"`, After: `"::ffff:198.18.174.0"`},
		{Generalize: "{ip: {v4: 16}}", Before: `"198.18.174.132:50443, 203.0.113.9"`, After: `"198.18.0.0:0, 203.0.0.0"`},
		{Generalize: "{date: month}", Before: `"2026-03-02T07:00:06.000Z"`, After: `"2026-03-01T00:00:00.000Z"`},
		{Generalize: "{date: day}", Before: `"2026-03-02 00:30:00+02:00"`, After: `"2026-03-02 00:00:00+02:00"`},
		{Generalize: "{date: quarter}", Before: `"1984-11-30"`, After: `"1984-10-01"`},
		{Generalize: "{date: year}", Before: `1772434806123`, After: `1767225600000`},
		{Generalize: "{age: {bands: [18, 25, 65], at: 2026-01-01}}", Before: `"2001-01-01"`, After: `"25-64"`},
		{Generalize: "{number: {step: 0.5}}", Before: `12.3`, After: `12.5`},
		{Generalize: "{number: {step: 10, min: 0, max: 200}}", Before: `"1.2e3"`, After: `"200"`},
		{Generalize: "{number: {bands: [18, 25, 65]}}", Before: `24.9`, After: `"18-25"`},
		{Generalize: "{geo: {digits: 2}}", Before: `-0.0042`, After: `0.00`},
		{Generalize: "{geo: {digits: 1}}", Before: `"48.85837, 2.294481"`, After: `"48.9, 2.3"`},
		{Generalize: "{geo: {geohash: 5}}", Before: `"48.85837,2.294481"`, After: `"u09tu"`},
		{Generalize: "{postcode: {keep: 3}}", Before: `"sw1a 1aa"`, After: `"SW1"`},
		{Generalize: "{user_agent: true}", Before: `"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"`, After: `"Firefox 128"`},
		{Generalize: "{url: origin}", Before: `"https://ana@Shop.example:443/panier?e=1"`, After: `"https://shop.example"`},
		{Generalize: "{url: without_query}", Before: `"/panier?e=1#x"`, After: `"/panier"`},
	}
)

// Docs is the reference of all settings, in Markdown: docs/configuration.md.
func Docs() []byte {
	type line struct{ Name, Takes, Default, Doc string }
	type part struct {
		Title, Doc string
		Rows       []line
	}
	var sections []part
	for _, s := range allSections() {
		title, doc := s.head()
		p := part{Title: title, Doc: doc}
		for _, r := range s.rows() {
			p.Rows = append(p.Rows, line{r.name, cell(r.takes()), cell(r.standard()), cell(r.does())})
		}
		sections = append(sections, p)
	}
	_, err := Parse("voile.yaml", []byte(mistaken), func(string) (string, bool) { return "", false })
	var out bytes.Buffer
	t := template.Must(template.New("").Parse(referenceTemplate))
	if err := t.Execute(&out, map[string]any{
		"Example": referenceFile, "MaxFile": formatBytes(MaxFile), "Problems": fmt.Sprintln(err),
		"Sections": sections, "Removes": removals, "Masks": maskings, "Generalizations": generalizations,
	}); err != nil {
		panic("config: the reference: " + err.Error()) // the template is a constant
	}
	return out.Bytes()
}

// allSections are the sections of the table, each once, a section before those inside it.
func allSections() []sectionOutline {
	var out []sectionOutline
	seen := map[sectionOutline]bool{}
	var walk func(s sectionOutline)
	walk = func(s sectionOutline) {
		if seen[s] {
			return
		}
		seen[s] = true
		out = append(out, s)
		for _, r := range s.rows() {
			for _, in := range r.of.sections() {
				walk(in)
			}
		}
	}
	walk(configForm)
	return out
}

// takes is what may stand behind the setting.
func (r row) takes() string {
	if inside := r.of.sections(); len(inside) > 0 && r.of.word() != "a secret" {
		title, _ := inside[0].head()
		return fmt.Sprintf("%s: [%s](#%s)", r.of.word(), title, strings.ReplaceAll(strings.ToLower(title), " ", "-"))
	}
	if r.of.word() == "a secret" {
		return "[a secret](#secrets)"
	}
	return r.of.word()
}

// standard is the default, in words or as YAML.
func (r row) standard() string {
	switch {
	case r.required:
		return "**required**"
	case r.fallback != "":
		return "`" + r.fallback + "`"
	}
	return r.instead
}

func (r row) does() string {
	if r.example == "" || r.example == r.fallback {
		return r.doc
	}
	return r.doc + " Example: `" + r.name + ": " + r.example + "`"
}

// cell keeps a text from ending its cell in a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
