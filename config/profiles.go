package config

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// The profiles: field rules for one vendor's envelope each, in YAML, with a comment above each rule that says what
// lies there. Rules name places that the vendor's specification gives a meaning, never values.
//
//go:embed profiles/*.yaml
var profileFiles embed.FS

// A Profile is one file of config/profiles.
type Profile struct {
	Name   string // of the file, as `use:` names it
	Title  string // of the envelope
	Spec   []string
	Doc    string
	Leaves []string // what of the envelope stays in the clear, and why

	domains []Domain // those that the rules name, as they are meant to be described
	fields  []Rule
	notes   []string // of each rule: the comment above it
}

// profileForm is the form of a file in config/profiles.
var profileForm = &section[Profile]{
	settings: []setting[Profile]{
		set("title", anyText, func(p *Profile) *string { return &p.Title }, about{required: true}),
		set("spec", listForm[string]{of: anyText, what: "a list of addresses"}, func(p *Profile) *[]string { return &p.Spec }, about{required: true}),
		set("doc", anyText, func(p *Profile) *string { return &p.Doc }, about{required: true}),
		set("leaves", listForm[string]{of: anyText, what: "a list of texts"}, func(p *Profile) *[]string { return &p.Leaves }, about{required: true}),
		set("domains", tableForm[Domain]{
			of: domainForm, what: "domains by name", ok: domainName, pattern: domainRule,
			name: func(d *Domain) *string { return &d.Name },
		}, func(p *Profile) *[]Domain { return &p.domains }, about{required: true}),
		set("fields", listForm[Rule]{of: ruleForm, what: "a list of rules"}, func(p *Profile) *[]Rule { return &p.fields }, about{required: true}),
	},
}

// ProfileNames lists the profiles by name.
func ProfileNames() []string {
	files, err := profileFiles.ReadDir("profiles")
	if err != nil {
		panic("config: " + err.Error()) // the files are in the program
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(f.Name(), ".yaml")
	}
	return names
}

// profile reads the profile called name, which there is. A file that is none is a fault of the program, which any test
// of the package meets.
func profile(name string) *Profile {
	data, err := profileFiles.ReadFile("profiles/" + name + ".yaml")
	if err != nil {
		panic("config: " + err.Error())
	}
	w := newWalker("profiles/"+name+".yaml", func(string) (string, bool) { return "", false })
	p := &Profile{Name: name, notes: ruleNotes(string(data))}
	if root := w.document(data); root != nil {
		profileForm.read(w, root, spot{pos: spotOf(root)}, p)
	}
	if len(w.problems) > 0 {
		panic("config: " + w.problems.Error())
	}
	if len(p.notes) != len(p.fields) {
		panic(fmt.Sprintf("config: profiles/%s.yaml: %d rules in lines of their own, of %d", name, len(p.notes), len(p.fields)))
	}
	return p
}

// ruleNotes gives, for each rule of a profile's file, the comment right above it; a rule is a line of its own.
func ruleNotes(file string) (notes []string) {
	var note []string
	for line := range strings.Lines(file) {
		switch text := strings.TrimSpace(line); {
		case strings.HasPrefix(text, "# "):
			note = append(note, text[2:])
			continue
		case strings.HasPrefix(text, "- {"):
			notes = append(notes, strings.Join(note, " "))
		}
		note = nil
	}
	return notes
}

func (p *Profile) domainNames() []string {
	names := make([]string, len(p.domains))
	for i, d := range p.domains {
		names[i] = d.Name
	}
	return names
}

func (p *Profile) selectors() []string {
	names := make([]string, len(p.fields))
	for i := range p.fields {
		names[i] = p.fields[i].Selector()
	}
	return names
}

// takeProfiles puts the rules of the profiles that routes use below the routes' own, and reports the domains that lack.
//
// A rule that leaves nothing to do, because own rules or those of a profile above take all of its values, is left out.
// One that takes whole what an own rule takes a part of stays: it matches first, so that nothing beside that part gets out.
func (w *walker) takeProfiles(c *Config) {
	lacking := map[string]bool{} // named once, however many routes lack it
	for i := range c.Routes {
		r := &c.Routes[i]
		for j := range r.Use {
			u := &r.Use[j]
			at := fmt.Sprintf("routes[%d].use[%d]", i, j)
			if w.broken[at] || u.Profile == "" {
				continue
			}
			p := profile(u.Profile)
			for _, rule := range p.fields {
				if slices.Contains(u.Except, rule.Selector()) || covered(r.Fields, &rule) {
					continue
				}
				rule.Origin = p.Name
				rule.Setting = fmt.Sprintf("routes[%d].use[%s]: %s", i, p.Name, rule.Selector())
				rule.Line = w.places[at].line
				w.places[rule.Setting] = w.places[at]
				if name := rule.Action.Domain; name != "" {
					rule.Action.Domain = u.domain(name)
					w.broken[rule.Setting] = !w.expect(c, p, at, name, rule.Action.Domain, lacking)
				}
				r.Fields = append(r.Fields, rule)
			}
		}
	}
}

// expect says whether the file describes the domain called name, which a rule of p wants under its own name, and reports
// that it does not.
func (w *walker) expect(c *Config, p *Profile, at, wanted, name string, lacking map[string]bool) bool {
	if _, ok := c.Domain(name); ok {
		return true
	}
	if lacking[name] || w.broken["domains"] {
		return false
	}
	lacking[name] = true
	if name != wanted {
		names := make([]string, len(c.Domains))
		for i, d := range c.Domains {
			names[i] = d.Name
		}
		f := faultf("there is no domain %s", name).hintf("describe it under domains")
		if meant := suggest(name, names); meant != "" {
			f.hintf("did you mean %q?", meant)
		}
		w.report(w.at(at+".domains."+wanted), f)
		return false
	}
	i := slices.Index(p.domainNames(), wanted)
	f := faultf("the profile %s needs the domain %s", p.Name, name)
	w.report(w.at(at), f.hintf("add under domains: `%s: %s`, or name another: {profile: %s, domains: {%s: …}}", name, p.domains[i].suggestion(), p.Name, wanted))
	return false
}

// suggestion is the domain as a line of YAML.
func (d *Domain) suggestion() string {
	text := "{method: " + d.Method
	if d.Value != "" && d.Value != "text" {
		text += ", value: " + d.Value
	}
	if d.Region != "" {
		text += ", region: " + d.Region
	}
	return text + "}"
}

// covered says whether the rules above take all that r selects, or take it whole, or cannot stand beside it.
func covered(above []Rule, r *Rule) bool {
	return slices.ContainsFunc(above, func(a Rule) bool {
		switch relate(&a, r) {
		case never, bothWays, inner, unlike:
			return true
		}
		return false
	})
}
