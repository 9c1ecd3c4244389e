package config

import (
	"bytes"
	_ "embed"
	"strings"
	"text/template"
)

//go:embed profiles.md.tmpl
var profilesTemplate string

// ProfileDocs describes all profiles, rule by rule, in Markdown: docs/profiles.md.
func ProfileDocs() []byte {
	type domain struct{ Name, As string }
	type rule struct{ Place, Note, Becomes string }
	type part struct {
		*Profile
		Domains []domain
		Rules   []rule
	}
	var parts []part
	for _, name := range ProfileNames() {
		p := part{Profile: profile(name)}
		for i := range p.domains {
			p.Domains = append(p.Domains, domain{p.domains[i].Name, p.domains[i].suggestion()})
		}
		for i, r := range p.fields {
			p.Rules = append(p.Rules, rule{cell(r.Selector()), cell(strings.TrimSuffix(p.notes[i], ".")), becomes(r.Action)})
		}
		parts = append(parts, p)
	}
	var out bytes.Buffer
	t := template.Must(template.New("").Parse(profilesTemplate))
	if err := t.Execute(&out, parts); err != nil {
		panic("config: the profiles: " + err.Error()) // the template is a constant
	}
	return out.Bytes()
}

// becomes is what a profile does with a value, in a word.
func becomes(a Action) string {
	if a.Domain != "" {
		return "`" + a.Domain + "`"
	}
	return a.Kind.String()
}
