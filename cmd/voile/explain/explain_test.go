package explain

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"voile/config"
)

// everything is a configuration in which each message has its place.
const everything = `
kafka: {brokers: ["kafka.internal:9092"]}
vault: {address: "http://vault.internal:8200", auth: {token: {env: A}}}
domains:
  mail: {method: tokenize, value: email}
  phone: {method: tokenize}
  id: {method: hash}
  mail-hash: {method: hash, value: email}
  secret: {method: encrypt}
routes:
- name: web
  from: [a, b, c]
  to: d
  fields:
  - {key: $.id, domain: id}
  - {header: x-user, domain: id}
  - {path: $.a.b.email, domain: mail, required: true}
  - {path: "$['name','nom'].x", domain: mail-hash}
  - {path: $.hash, domain: mail-hash, as: uuid}
  - {path: $.digits, domain: id, as: {digits: {length: 15, persons: 1000}}}
  - {path: $.made, domain: mail-hash, as: {email: {keep_domain: false}}}
  - {path: $.kept, domain: mail-hash, as: {email: {keep_domain: true}}}
  - {path: $.note, domain: secret}
  - {path: $.c, redact: true}
  - {path: $.d, remove: true}
  - {path: $.e, mask: {}}
  - {path: $.f, mask: {keep_first: 1, keep_last: 2}}
  - {path: $.f1, mask: {keep_first: 3}}
  - {path: $.f2, mask: {keep_last: 4}}
  - {path: $.f3, mask: {keep_separators: true}}
  - {path: $.f4, truncate: 3}
  - {path: $.f5, generalize: {ip: {v4: 16, v6: 32}}}
  - {path: $.f6, generalize: {date: day}}
  - {path: $.f7, generalize: {date: month}}
  - {path: $.f8, generalize: {date: quarter}}
  - {path: $.f9, generalize: {date: year}}
  - {path: $.g1, generalize: {age: {bands: [18, 25, 35]}}}
  - {path: $.g2, generalize: {number: {step: 10, min: 0, max: 200}}}
  - {path: $.g10, generalize: {number: {max: 200}}}
  - {path: $.g3, generalize: {number: {bands: [10, 20]}}}
  - {path: $.g4, generalize: {geo: {digits: 2}}}
  - {path: $.g5, generalize: {geo: {geohash: 5}}}
  - {path: $.g6, generalize: {postcode: {keep: 2}}}
  - {path: $.g7, generalize: {user_agent: true}}
  - {path: $.g8, generalize: {url: origin}}
  - {path: $.g9, generalize: {url: without_query}}
  - {path: $.f10, redact: {text: gone}}
  - {path: $.f11, redact: {to_null: true}}
  - {path: $.g, pick: {domain: id, from: [x, y]}}
  - {path: $.h, shift_date: {domain: id, subject: $.id, days: 30}}
  - {path: $.i, in: [json], at: $.phone, domain: phone, on_invalid: redact}
  - {path: $.j, in: [base64, json], at: {keys_of: $.mails}, domain: mail}
  - {path: $.k, in: [url], at: query.e, domain: mail}
  - {path: $.l, in: [form], at: e, domain: mail}
  - {path: $.m, in: [json], at: {path: $, in: [url], at: path}, domain: mail}
  - {path: "$.n[*]", domain: mail}
  - {keys_of: $.o, domain: mail}
- name: shop
  from: [e]
  to: f
  quarantine: {topic: q2}
  fields:
  - {key: true, domain: id}
  - {path: "$['phone','iban','card_number','nir','ip','firstName','userId']", redact: true}
  - {path: "$['gender','civility','salutation','birthDate','age','zip','country','language','maritalStatus']", redact: true}
- {name: guard-off, from: [i1], to: h, guard: off, fields: [{header: x, redact: true}]}
- {name: guard-redact, from: [i2], to: h, guard: {mode: redact}, fields: [{header: x, redact: true}]}
- {name: guard-tokenize, from: [i3], to: h, guard: {mode: tokenize, domains: {email: mail}}, fields: [{header: x, redact: true}]}
- {name: guard-quarantine, from: [i4], to: h, guard: {mode: quarantine}, fields: [{header: x, redact: true}]}
- {name: list-redact, from: [i5], to: h, guard: {unlisted: deny, pass: [$.type, key], mode: redact}, fields: [{header: x, redact: true}]}
- {name: list-tokenize, from: [i6], to: h, guard: {unlisted: deny, on_unlisted: quarantine, pass: [$.type, key], mode: tokenize, domains: {email: mail}}, fields: [{header: x, redact: true}]}
- {name: list-quarantine, from: [i7], to: h, guard: {unlisted: deny, pass: [$.type, key], mode: quarantine}, fields: [{header: x, redact: true}]}
- name: whole
  from: [g]
  to: h
  fields: [{path: $, domain: secret}]
`

func parse(t testing.TB, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("voile.yaml", []byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func explained(t testing.TB, c *config.Config, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var placeholder = regexp.MustCompile(`\{[a-z0-9]+\}`)

// Each language has each message, with the same places in it.
func TestLanguages(t *testing.T) {
	for m := range messages {
		en, fr := english.texts[m], french.texts[m]
		if en == "" || fr == "" {
			t.Errorf("message %d: English %q, French %q", m, en, fr)
		}
		places := func(text string) string {
			found := placeholder.FindAllString(text, -1)
			slices.Sort(found)
			return fmt.Sprint(found)
		}
		if places(en) != places(fr) {
			t.Errorf("message %d: the places in %q are not those in %q", m, en, fr)
		}
		if regexp.MustCompile(`[^\x{a0}\s][;?!]| [:;?!]`).MatchString(fr) {
			t.Errorf("no no-break space before what stands behind one in French: %q", fr)
		}
		for _, text := range []string{en, fr} {
			if regexp.MustCompile(`(?i)anonymi`).MatchString(text) {
				t.Errorf("what is pseudonymised is not anonymous: %q", text)
			}
		}
	}
	for _, l := range Languages() {
		if l != english.code && l != french.code {
			t.Errorf("no table for %s", l)
		}
	}
}

// Each kind of action is told of, and each kind of member has a name.
func TestEveryKindHasAText(t *testing.T) {
	n := 0
	for k := config.ActionKind(0); k.String() != ""; k++ {
		n++
		if actionTexts[k] == nil {
			t.Errorf("the action %s has no text in actions.go", k)
		}
	}
	if n < 6 || len(actionTexts) != n {
		t.Errorf("%d kinds of action, %d texts", n, len(actionTexts))
	}
	for _, k := range config.MemberKinds() {
		if kindTexts[k] == 0 {
			t.Errorf("the kind %s has no text in words.go", k)
		}
	}
}

// Each generalization that there is has a text: one that is added to config.Generalize is a case in generalize.go.
func TestEveryGeneralizationHasAText(t *testing.T) {
	kind := reflect.TypeFor[config.Generalize]()
	for i := range kind.NumField() {
		var g config.Generalize
		switch f := reflect.ValueOf(&g).Elem().Field(i); f.Kind() {
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.String:
			f.SetString(map[string]string{"Date": "month", "URL": config.URLOrigin}[kind.Field(i).Name])
		case reflect.Bool:
			f.SetBool(true)
		default:
			t.Errorf("%s is a %s, which this test cannot set", kind.Field(i).Name, f.Kind())
		}
		if text := generalizeText(&english, &g); len(text) == 0 {
			t.Errorf("the generalization %s has no text", kind.Field(i).Name)
		}
	}
}

// No message is in the tables for nothing, and none leaves a place empty.
func TestEveryMessageIsSaid(t *testing.T) {
	c := parse(t, everything)
	for _, l := range []*language{&english, &french} {
		var all strings.Builder
		p := build(c, l)
		all.WriteString(p.title + p.label("x"))
		for _, b := range p.blocks {
			switch b := b.(type) {
			case heading:
				all.WriteString(b.text.String())
			case paragraph:
				all.WriteString(b.text.String())
			case table:
				all.WriteString(strings.Join(b.head, "\n"))
				for _, r := range b.rows {
					for _, in := range slices.Concat(r.subjects, r.cells) {
						all.WriteString(in.String() + "\n")
					}
				}
			}
		}
		if found := placeholder.FindString(all.String()); found != "" {
			t.Errorf("%s: %s has nothing in its place", l.code, found)
		}
		for m, text := range l.texts {
			for _, part := range placeholder.Split(text, -1) {
				if !strings.Contains(all.String(), part) {
					t.Errorf("%s: message %d is never said: %q", l.code, m, part)
				}
			}
		}
	}
}

// What a rule takes, in words.
func TestWhere(t *testing.T) {
	tests := []struct{ rule, en, fr string }{
		{"{path: $.user.email, redact: true}", "email, in user, probably an e-mail address", "email, dans user, probablement une adresse e-mail"},
		{"{path: \"$..x['a','b','c']\", redact: true}", "a, b or c, in x", "a, b ou c, dans x"},
		{"{path: \"$['birthday','street']\", redact: true}", "birthday or street, some of it probably a date of birth", "birthday ou street, dont probablement une date de naissance"},
		{"{path: \"$['phone','mobile']\", redact: true}", "phone or mobile, probably a telephone number", "phone ou mobile, probablement un numéro de téléphone"},
		{"{path: \"$.list[*].*\", redact: true}", "each value, in list", "chaque valeur, dans list"},
		{"{path: $, redact: true}", "the whole record", "l’enregistrement entier"},
		{"{header: x, redact: true}", "the header x", "l’en-tête x"},
		{"{keys_of: $.x.y, domain: id}", "the names of what is listed in y, in x", "les noms de ce qui est rangé dans y, dans x"},
		{"{path: $.cx, in: [base64url, json], at: $.d.ip, redact: true}", "ip, in d, inside the text of cx, probably an IP address",
			"ip, dans d, à l’intérieur du texte de cx, probablement une adresse IP"},
		{"{path: $.u, in: [url], at: query.e, redact: true}", "query.e, inside the text of u", "query.e, à l’intérieur du texte de u"},
	}
	for _, tt := range tests {
		c := parse(t, `
kafka: {brokers: ["a:1"]}
vault: {address: "http://a", auth: {token: {env: A}}}
domains: {id: {method: hash}}
routes: [{name: r, from: [a], to: b, fields: [`+tt.rule+`, {header: other, domain: id}]}]
`)
		r := &c.Routes[0].Fields[0]
		if en, fr := english.where(r).String(), french.where(r).String(); en != tt.en || fr != tt.fr {
			t.Errorf("%s:\nhave %s\nwant %s\nhave %s\nwant %s", tt.rule, en, tt.en, fr, tt.fr)
		}
	}
}

// A text fits into a terminal: no line is longer than 80 columns, but where one word is.
func TestTextFits(t *testing.T) {
	for _, l := range Languages() {
		for line := range strings.Lines(explained(t, parse(t, everything), Options{l, "text"})) {
			line = strings.TrimSuffix(line, "\n")
			if utf8.RuneCountInString(line) > width && strings.Contains(strings.TrimLeft(line, " *"), " ") {
				t.Errorf("%d columns: %s", utf8.RuneCountInString(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("white space at the end: %q", line)
			}
		}
	}
}

// Names from the configuration stay what they are in each format: none of them is markup.
func TestNamesAreNoMarkup(t *testing.T) {
	c := parse(t, `
kafka: {brokers: ["a:1"]}
vault: {address: "http://a", auth: {token: {env: A}}}
routes: [{name: r, from: [a], to: b, fields: [{path: "$['<script>','a|b','c`+"`"+`d','*e*']", redact: true}]}]
`)
	if page := explained(t, c, Options{"en", "html"}); strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;") {
		t.Error("a name is markup in HTML")
	}
	page := explained(t, c, Options{"en", "markdown"})
	for _, want := range []string{"`<script>`", "`a\\|b`", "``c`d``", "`*e*`"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not in\n%s", want, page)
		}
	}
}

// The page speaks of the policy, and not of where things are.
func TestNoAddresses(t *testing.T) {
	for _, f := range Formats() {
		page := explained(t, parse(t, everything), Options{"en", f})
		if strings.Contains(page, "internal") || strings.Contains(page, "://") {
			t.Errorf("%s: an address is in the page", f)
		}
	}
}

// The same channels with the same treatment stand together, and channels of one domain name each other.
func TestLinked(t *testing.T) {
	page := explained(t, parse(t, everything), Options{"en", "text"})
	const want = `
* the record's key
    What is done: replaced by a one-way token of the domain id; the same value
      always gets the same token
    Can it be undone? No; but who may use the keys can test whether it is a
      certain value
    Recognizable as the same in: web
`
	if !strings.Contains(page, want) {
		t.Errorf("have\n%s\nwant in it\n%s", page, want)
	}
	if strings.Count(page, "What is done: encrypted") != 2 || strings.Contains(page, "secret; the same value gets another token each time\n    Can it be undone? Yes, by people who have the role reveal in Vault\n    Recognizable") {
		t.Errorf("what is encrypted is recognized:\n%s", page)
	}
}

func TestWriteRefuses(t *testing.T) {
	c := parse(t, everything)
	for _, o := range []Options{{"de", "text"}, {"en", "pdf"}} {
		if err := Write(new(bytes.Buffer), c, o); err == nil {
			t.Errorf("%v: no error", o)
		}
	}
}
