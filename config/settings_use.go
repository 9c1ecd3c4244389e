package config

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// A Use is a profile that a route takes its field rules from.
type Use struct {
	Profile string // one of ProfileNames
	// Domains says which domain of the file stands for which of the profile; those that are missing have the same name.
	Domains []DomainFor
	Except  []string // selectors of the profile's rules that are left out
}

// A DomainFor names, for a domain as a profile calls it, the one of the file.
type DomainFor struct{ Profile, File string }

// domain is what the file calls the domain that the profile calls name.
func (u *Use) domain(name string) string {
	for _, d := range u.Domains {
		if d.Profile == name {
			return d.File
		}
	}
	return name
}

var profileName = enumForm(ProfileNames()...)

var useForm = oneOrMore{&section[Use]{
	title: "Profiles of a route",
	doc: "Under `routes[].use[]`: the name of a profile, or these settings. A profile is a list of field rules for one vendor's envelope: [profiles.md](profiles.md) " +
		"has them all. They stand below the route's own `fields`, which win; a rule that those take everything of is left out.",
	settings: []setting[Use]{
		set("profile", profileName, func(u *Use) *string { return &u.Profile },
			about{doc: "The profile.", required: true, example: "cloudevents"}),
		set("domains", tableForm[DomainFor]{
			of: domainForForm, what: "domains by the name that the profile has for them", ok: domainName, pattern: domainRule,
			name: func(d *DomainFor) *string { return &d.Profile },
		}, func(u *Use) *[]DomainFor { return &u.Domains },
			about{doc: "Domains of this file that stand for domains of the profile, where their names differ.", instead: "the same names", example: "{event-subject: customer-phone}"}),
		set("except", listForm[string]{of: anyText, what: "a list of rules", same: equal[string]}, func(u *Use) *[]string { return &u.Except },
			about{doc: "Rules of the profile that are left out, each as `voile config show` prints its `path`, or as `key`, `header NAME` or `keys of PATH`. What they take stays in the clear, unless another rule takes it.",
				instead: "none", example: "[$.context.ip]"}),
	},
	after: checkUse,
}}

// domainForForm is the name of a domain of the file.
var domainForForm = mapped[string, DomainFor]{
	form: textForm("the name of a domain", nil, nil),
	to:   func(_ *walker, _ spot, name *string) DomainFor { return DomainFor{File: *name} },
	from: func(d *DomainFor) string { return d.File },
}

// oneOrMore is a profile's name, or its settings.
type oneOrMore struct{ of *section[Use] }

func (f oneOrMore) word() string { return "the name of a profile, or settings" }

func (f oneOrMore) read(w *walker, n ast.Node, at spot, into *Use) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	if _, ok := entries(n); ok {
		f.of.read(w, n, at, into)
		return
	}
	profileName.read(w, n, at, &into.Profile)
}

func (f oneOrMore) absent(*Use) {}

func (f oneOrMore) show(u *Use) (any, bool) {
	if len(u.Domains) == 0 && len(u.Except) == 0 {
		return profileName.show(&u.Profile)
	}
	return f.of.show(u)
}

func (f oneOrMore) schema() object {
	return object{"anyOf": []object{f.of.schema(), profileName.schema()}}
}

func (f oneOrMore) sections() []sectionOutline { return f.of.sections() }

// checkUse holds what is said of a profile against it.
func checkUse(w *walker, at spot, u *Use) {
	if w.broken[at.path] {
		return
	}
	p := profile(u.Profile)
	for _, d := range u.Domains {
		if !slices.ContainsFunc(p.domains, func(have Domain) bool { return have.Name == d.Profile }) {
			w.report(w.at(at.path+".domains."+d.Profile), faultf("the profile %s has no such domain", u.Profile).hintf("it has %s", list(p.domainNames())))
		}
	}
	for _, e := range u.Except {
		if !slices.ContainsFunc(p.fields, func(r Rule) bool { return r.Selector() == e }) {
			f := faultf("the profile %s has no rule for this", u.Profile).hintf("docs/profiles.md lists its rules")
			if meant := suggest(e, p.selectors()); meant != "" {
				f.hintf("did you mean %q?", meant)
			}
			w.report(w.at(at.path+".except"), f)
		}
	}
}
