package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"voile/pipeline/detect"
)

var guardSection = &section[Guard]{
	title: "Guard",
	doc: "Under `routes[].guard`: what no rule takes is looked at, too: each text, number and member name, in the value, the key and the headers, also inside JSON, base64 of JSON, URLs and " +
		"forms in a text. `guard: off` switches it off. What it finds shows in `voile_guard_findings_total` and once an hour in the log, by the pattern of its path, never by its value; a member name that looks like data " +
		"is `*` there. It finds what has the form of an identifier ([detectors.md](detectors.md)), not names or free text about somebody: it is a net under the rules, not a rule.",
	settings: []setting[Guard]{
		set("mode", enumForm(GuardReport, GuardRedact, GuardTokenize, GuardSeal, GuardOff), func(g *Guard) *string { return &g.Mode },
			about{doc: "`report` counts, on a sample of the records, and changes nothing. On every record: `redact` puts `[redacted]` in the place of what is found, the rest of the text stays; `tokenize` puts a token " +
				"there; `quarantine` sets the record aside. A member name and the key are tokenized or the record is set aside: two names that are redacted would be one.", fallback: GuardReport}),
		set("sample", share, func(g *Guard) *float64 { return &g.Sample },
			about{doc: "The share of records at which `report` looks. Of as many the members are learned, in every mode but `off`: one that was never met in a thousand of them, and then in three, is reported once as new.", fallback: "1%"}),
		set("kinds", listForm[string]{of: kindForm, what: "a list of kinds of identifiers", same: equal[string]}, func(g *Guard) *[]string { return &g.Kinds },
			about{doc: "What to look for, of " + kindNames(detect.Kinds()) + ".", instead: "the kinds whose form alone is enough: " + kindNames(detect.Strong()), example: "[email, phone, iban]"}),
		set("region", patternForm("a country", `^[A-Z]{2}$`, "two capital letters, such as FR"), func(g *Guard) *string { return &g.Region },
			about{doc: "The country of telephone numbers that are written without a country code.", instead: "that of the first domain that has a region", example: "FR"}),
		set("domains", tableForm[GuardDomain]{
			of: guardDomainForm, what: "domains by kind", ok: identifierKind, pattern: `^[a-z][a-z0-9_]*$`,
			name: func(d *GuardDomain) *string { return &d.Kind },
		}, func(g *Guard) *[]GuardDomain { return &g.Domains },
			about{doc: "With `mode: tokenize`: which domain makes the tokens of a kind. A kind without a domain is redacted.", example: "{email: customer-email, phone: customer-phone}"}),
		set("unlisted", enumForm(UnlistedPass, UnlistedDeny), func(g *Guard) *string { return &g.Unlisted },
			about{doc: "`deny` makes the route an allow list (GDPR art. 25): a member, an element or a header that neither a rule takes nor `pass` lists does not get to the sink. A rule that takes names (`keys_of`) takes no values: what is behind the names needs a rule or `pass`, too, or goes with them. The key needs a rule that takes it whole, or `key` in `pass`.", fallback: UnlistedPass}),
		set("on_unlisted", enumForm(UnlistedRemove, UnlistedSeal), func(g *Guard) *string { return &g.OnUnlisted },
			about{doc: "With `unlisted: deny`: whether what is not listed is taken away, or the record is set aside.", fallback: UnlistedRemove}),
		set("pass", listForm[Pass]{of: passForm, what: "a list of paths, key and headers"}, func(g *Guard) *[]Pass { return &g.Pass },
			about{doc: "With `unlisted: deny`: what passes although no rule takes it: a path with all that is in it, `key`, or `header NAME`. Rules still hold for what they select in it.", example: "[$.type, $.context.page, key, header content-type]"}),
	},
}

// guardForm is the word off, or settings.
type guardForm struct{}

func (guardForm) word() string { return "settings, or `off`" }

func (guardForm) read(w *walker, n ast.Node, at spot, into *Guard) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	if _, ok := entries(n); ok {
		guardSection.read(w, n, at, into)
		return
	}
	guardSection.absent(into)
	into.Mode = GuardOff
	if s, ok := w.scalar(n, at, "settings or off"); ok && s.text != GuardOff {
		w.report(at, faultf("%s is neither settings nor off", s.quote()).hintf("write off, or {mode: report}"))
	}
}

func (guardForm) absent(into *Guard) { guardSection.absent(into) }

func (guardForm) show(v *Guard) (any, bool) {
	if v.Mode == "" {
		return nil, false
	}
	return guardSection.show(v)
}

func (guardForm) schema() object {
	return object{"anyOf": []object{guardSection.schema(), {"const": GuardOff}, {"$ref": "#/$defs/env"}}}
}

func (guardForm) sections() []sectionOutline { return guardSection.sections() }

// kindForm does not list the kinds in its messages: there are many.
var kindForm = textForm("a kind of identifier", nil, func(s scalar) *fault {
	f := identifierKind(s.text)
	if f != nil && len(s.vars) > 0 {
		f = faultf("%s is no kind of identifier", s.quote())
	}
	return f
})

func kindNames(kinds []detect.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// identifierKind is the check of a kind's name.
func identifierKind(name string) *fault {
	names := strings.Split(kindNames(detect.Kinds()), ", ")
	if slices.Contains(names, name) {
		return nil
	}
	f := faultf("there is no such kind of identifier")
	if meant := suggest(name, names); meant != "" {
		return f.hintf("did you mean %q?", meant)
	}
	return f.hintf("docs/detectors.md lists them")
}

var guardDomainForm = mapped[string, GuardDomain]{
	form: textForm("the name of a domain", nil, nil),
	to:   func(_ *walker, _ spot, name *string) GuardDomain { return GuardDomain{Domain: *name} },
	from: func(d *GuardDomain) string { return d.Domain },
}

const passHeader = "header "

var passForm = scalarForm[Pass]{
	what: "a path, key, or header NAME", types: []scalarType{textType}, rules: object{"pattern": `^(\$|key$|header .)`},
	parse: func(s scalar) (Pass, *fault) {
		if f := printable(s, "a path, key, or header NAME"); f != nil {
			return Pass{}, f
		}
		if name, ok := strings.CutPrefix(s.text, passHeader); ok {
			return Pass{Target: Header, Header: name}, nil
		}
		if s.text == "key" {
			return Pass{Target: Key}, nil
		}
		if !strings.HasPrefix(s.text, "$") {
			return Pass{}, faultf("%s is neither a path, key nor header NAME", s.quote()).hintf("for example $.type, key, or header content-type")
		}
		p, f := parsePath(s)
		return Pass{Path: p.path}, f
	},
	print: func(p Pass) (any, bool) {
		switch p.Target {
		case Key:
			return "key", true
		case Header:
			return printText(passHeader + p.Header)
		}
		return printText(p.Path.String())
	},
}
