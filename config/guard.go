package config

import "voile/pipeline/jsonpath"

// The values of Guard.Mode, Guard.Unlisted and Guard.OnUnlisted.
const (
	GuardOff      = "off"
	GuardReport   = "report"     // count and log, on a sample of the records
	GuardRedact   = "redact"     // replace by a constant
	GuardTokenize = "tokenize"   // replace by a token
	GuardSeal     = "quarantine" // set the record aside

	UnlistedPass   = "pass"
	UnlistedDeny   = "deny"
	UnlistedRemove = "remove"
	UnlistedSeal   = "quarantine"
)

// A Guard looks at what no rule of a route takes.
type Guard struct {
	Mode    string
	Sample  float64       // the share of records in which it looks with GuardReport, and of which it learns the members; at most 1
	Kinds   []string      // of identifiers; empty: those whose match alone is a finding
	Region  string        // ISO 3166 alpha-2, upper case, of telephone numbers without a country code; empty: none
	Domains []GuardDomain // with GuardTokenize: at least one, no two of one kind

	Unlisted   string // UnlistedPass or UnlistedDeny
	OnUnlisted string // UnlistedRemove or UnlistedSeal
	Pass       []Pass // with UnlistedDeny: what passes beside what rules take
}

// A GuardDomain is the domain, of method Tokenize or Hash, for one kind of identifier.
type GuardDomain struct{ Kind, Domain string }

// A Pass is something that is listed although no rule takes it.
type Pass struct {
	Target Target // Key: the key, whole
	Path   jsonpath.Path
	Header string
}

// checkGuard looks at a route's guard. at is where the route stands.
func (w *walker) checkGuard(c *Config, r *Route, at string) {
	g := &r.Guard
	if w.broken[at+".guard"] || g.Mode == "" {
		return
	}
	if g.Region == "" {
		for _, d := range c.Domains {
			if d.Region != "" {
				g.Region = d.Region
				break
			}
		}
	}
	for _, d := range g.Domains {
		w.checkGuardDomain(c, d, w.at(at+".guard.domains."+d.Kind))
	}
	switch {
	case g.Mode == GuardTokenize && len(g.Domains) == 0:
		w.report(w.at(at+".guard.mode"), faultf("tokenize needs domains").hintf("for example domains: {email: customer-email}; a kind without a domain is redacted"))
	case g.Mode != GuardTokenize && len(g.Domains) > 0:
		w.report(w.at(at+".guard.domains"), faultf("only mode: tokenize takes domains").hintf("leave them out, or write mode: tokenize"))
	case g.Unlisted != UnlistedDeny && len(g.Pass) > 0:
		w.report(w.at(at+".guard.pass"), faultf("pass is for unlisted: deny; as it is, everything passes").hintf("write unlisted: deny, or leave pass out"))
	case g.Unlisted == UnlistedDeny:
		w.checkListed(r, at)
	}
}

func (w *walker) checkGuardDomain(c *Config, g GuardDomain, at spot) {
	d, ok := c.Domain(g.Domain)
	switch {
	case w.broken["domains"]:
	case !ok:
		w.report(at, noSuchDomain(c, g.Domain))
	case d.Method == Encrypt:
		w.report(at, faultf("a domain that encrypts gives equal people different tokens").hintf("use a domain with tokenize or hash"))
	}
}

// checkListed looks for what an allow list leaves open: the key, and texts of which rules take a part.
func (w *walker) checkListed(r *Route, at string) {
	g := &r.Guard
	deny, key := w.at(at+".guard.unlisted"), false
	for i := range g.Pass {
		key = key || g.Pass[i].Target == Key
	}
	for i := range r.Fields {
		key = key || r.Fields[i].Whole && len(r.Fields[i].Inside) == 0
	}
	if !key {
		w.report(deny, faultf("nothing says what becomes of the record's key").hintf("add key to pass, or a rule {key: true, domain: …}"))
	}
	for i := range r.Fields {
		if f := &r.Fields[i]; len(f.Inside) > 0 && !(f.Target == Key && !key) && !g.passes(f) {
			w.report(deny, faultf("%s takes a part of a text, and the rest of it is not listed", f.Setting).hintf("add %q to pass, if the rest may pass", f.outside()))
		}
	}
}

// passes says whether the guard lists the text that a rule looks into.
func (g *Guard) passes(r *Rule) bool {
	for _, p := range g.Pass {
		switch {
		case p.Target != r.Target:
		case p.Target == Key, p.Target == Header && p.Header == r.Header:
			return true
		case p.Target == Value:
			if listed, inside := (jsonpath.Selection{Path: p.Path}), (jsonpath.Selection{Path: r.Path}); jsonpath.Covers(listed, inside) || jsonpath.Encloses(listed, inside) {
				return true
			}
		}
	}
	return false
}
