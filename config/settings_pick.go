package config

// A Pick replaces a value by an entry of a list, always the same one for the same value. Action.Domain has its domain.
type Pick struct {
	From []string // at least 2, at most maxEntries, no two equal
}

// A pickText is a pick as the file writes it.
type pickText struct {
	domain string
	from   []string
}

var pickForm = &section[pickText]{
	title: "Pick",
	doc: "Under `routes[].fields[].pick`: a value becomes an entry of a list, such as a first name another first name; equal values the same one, each entry as often as the others, as far as chance " +
		"has it. Many values share an entry, so it joins nothing: let a token do that. A value comes out as itself where the list has it and chance picks it, and nobody can tell. " +
		"A second pass picks for what was picked: another entry again. A list that changes changes the picks.",
	settings: []setting[pickText]{
		set("domain", textForm("the name of a domain", nil, nil), func(p *pickText) *string { return &p.domain },
			about{doc: "The domain whose key decides, of method `hash`.", required: true, example: "name-pick"}),
		set("from", listForm[string]{of: textForm("a text", nil, nil), what: "a list of texts", same: equal[string]}, func(p *pickText) *[]string { return &p.from },
			about{doc: "What is picked from: 2 to 10,000 different texts.", required: true, example: "[Anna, Ben, Chloé]"}),
	},
	after: checkPick,
}

// maxEntries bounds the list of a pick.
const maxEntries = 10_000

func checkPick(w *walker, at spot, p *pickText) {
	from := w.at(at.path + ".from")
	switch {
	case w.broken[at.path]:
	case len(p.from) < 2:
		w.report(from, faultf("one entry is no choice: every value would become it").hintf("write at least two, or use redact with a text"))
	case len(p.from) > maxEntries:
		w.report(from, faultf("%d entries", len(p.from)).hintf("at most %d", maxEntries))
	}
}
