package config

import (
	"cmp"
	"fmt"
	"slices"
)

// A Warning is something in a valid configuration that its writer may come to regret. It is a guess, made of names of
// members, so it stops nobody.
type Warning struct {
	Line    int    // of the file, from 1; 0 where it is about a whole route
	Setting string // routes[0].fields[2]
	What    string // what stands there
	Why     string // why that may be regretted
	Source  string // where that is written, with its paragraph
	Hint    string // what would be better
}

// The sources. The paragraphs of the guidelines are those of the version for public consultation of 16 January 2025.
const (
	edpb = "EDPB Guidelines 01/2025, "
	nist = "NIST SP 800-38G Rev. 1, second public draft"
)

// A ruleWarning looks at one rule; nil where all is well.
type ruleWarning func(c *Config, r *Rule) *Warning

// ruleWarnings has one function for each thing that is warned of at a rule. docs/security.md has them.
var ruleWarnings = []ruleWarning{warnFewValues, warnFewTokens, warnKeptDomain, warnUnkeyed, warnExact, warnEncryptedJoin}

// Warnings gives what c may regret, in the order of the file.
func (c *Config) Warnings() (all []Warning) {
	for i := range c.Routes {
		if w := warnGuardOff(&c.Routes[i], i); w != nil {
			all = append(all, *w)
		}
		for j := range c.Routes[i].Fields {
			r := &c.Routes[i].Fields[j]
			for _, look := range ruleWarnings {
				if w := look(c, r); w != nil {
					w.Line, w.Setting = r.Line, r.Setting
					all = append(all, *w)
				}
			}
		}
	}
	all = append(all, c.warnTwoKinds()...)
	slices.SortStableFunc(all, func(a, b Warning) int { return cmp.Compare(a.Line, b.Line) })
	return all
}

// deterministic says whether a rule gives equal tokens for equal values.
func (c *Config) deterministic(r *Rule) bool {
	d, ok := c.Domain(r.Action.Domain)
	return ok && r.Action.Kind == Pseudonymize && d.Method != Encrypt
}

func warnFewValues(c *Config, r *Rule) *Warning {
	if !c.deterministic(r) {
		return nil
	}
	for _, k := range r.Kinds() {
		if k.fewValues() {
			return &Warning{
				What:   fmt.Sprintf("equal tokens for equal values of %s, which has few", k.phrase()),
				Why:    "how often each occurs tells which is which, and who may write to a source can try them all",
				Source: edpb + "par. 88, 101 and 102",
				Hint:   "generalize, redact or remove it, or take a domain that encrypts",
			}
		}
	}
	return nil
}

// fewestTokens is how many different texts a format-preserving pseudonym has to have at least.
const fewestTokens = 1_000_000

func warnFewTokens(_ *Config, r *Rule) *Warning {
	s := r.Action.Shape
	if s == nil || s.Form != ShapeDigits || s.Length >= 7 {
		return nil // 7 digits, the first not 0, are 9,000,000 numbers
	}
	return &Warning{
		What:   fmt.Sprintf("%d digits are fewer than %d different tokens", s.Length, fewestTokens),
		Why:    "among so few, tokens can be told apart by trying",
		Source: nist,
		Hint:   "take 7 digits or more",
	}
}

func warnKeptDomain(_ *Config, r *Rule) *Warning {
	s := r.Action.Shape
	if s == nil || s.Form != ShapeEmail || !s.KeepDomain {
		return nil
	}
	return &Warning{
		What:   "the mail domain of the address stays",
		Why:    "a person with a domain of their own, and often an employer, is known by it",
		Source: edpb + "par. 97 and 101",
		Hint:   "leave keep_domain out",
	}
}

// mostKept is how many characters of an identifier may stay before it is likely that they single a person out.
const mostKept = 6

// warnUnkeyed looks for identifiers that are hidden in part, without a key.
func warnUnkeyed(c *Config, r *Rule) *Warning {
	kept := 0
	switch r.Action.Kind {
	case Mask:
		kept = r.Action.KeepFirst + r.Action.KeepLast
	case Truncating:
		kept = r.Action.Keep
	}
	if kept == 0 {
		return nil
	}
	for _, k := range r.Kinds() {
		switch {
		case !k.identifies():
		case kept > mostKept:
			return &Warning{
				What:   fmt.Sprintf("%d characters of %s stay", kept, k.phrase()),
				Why:    "that is often enough to know whose it is, and no key is needed to find out",
				Source: edpb + "par. 88 and 97",
				Hint:   fmt.Sprintf("keep at most %d, or take a domain", mostKept),
			}
		case c.joins(k):
			return &Warning{
				What:   fmt.Sprintf("%s is hidden without a key here, and is a token elsewhere", k.phrase()),
				Why:    "what stays is the same for many people, and cannot be joined with the token",
				Source: edpb + "par. 97 and 100",
				Hint:   "take the domain of the other rule, or redact it",
			}
		}
	}
	return nil
}

// The longest prefixes of addresses that are shared by many: a provider gives a household up to a /48 of IPv6 addresses.
const longestV4, longestV6 = 24, 48

// warnExact looks for what is made less exact, and still is too exact to hide anybody.
func warnExact(_ *Config, r *Rule) *Warning {
	g := r.Action.Generalize
	switch {
	case g == nil:
		return nil
	case g.IP != nil && (g.IP.V4 > longestV4 || g.IP.V6 > longestV6):
		return &Warning{
			What:   fmt.Sprintf("a network of %d bits (IPv4) or %d bits (IPv6) can be one household", g.IP.V4, g.IP.V6),
			Why:    "what few people share singles them out, without any key",
			Source: edpb + "par. 101 and 102",
			Hint:   fmt.Sprintf("keep at most %d and %d bits, or take a domain", longestV4, longestV6),
		}
	case g.Date == "day" && slices.Contains(r.Kinds(), KindBirthDate):
		return &Warning{
			What:   "a birth date to the day is the birth date",
			Why:    "with little else it singles a person out",
			Source: edpb + "par. 101 and 102",
			Hint:   "generalize to the year, or to age bands",
		}
	}
	return nil
}

// warnGuardOff looks for routes whose guard somebody has switched off. Without the setting it is on.
func warnGuardOff(r *Route, number int) *Warning {
	if r.Guard.Mode != GuardOff || r.Guard.Unlisted == UnlistedDeny {
		return nil
	}
	return &Warning{
		Setting: fmt.Sprintf("routes[%d].guard", number),
		What:    "nothing looks at what no rule takes",
		Why:     "a new member with an identifier in it passes unseen",
		Source:  edpb + "par. 97 and 131",
		Hint:    "leave guard out: it then counts what it finds, on a sample",
	}
}

// joins says whether values of a kind become equal tokens for equal values anywhere.
func (c *Config) joins(k MemberKind) bool {
	for i := range c.Routes {
		for j := range c.Routes[i].Fields {
			if r := &c.Routes[i].Fields[j]; c.deterministic(r) && slices.Contains(r.Kinds(), k) {
				return true
			}
		}
	}
	return false
}

func warnEncryptedJoin(c *Config, r *Rule) *Warning {
	if d, ok := c.Domain(r.Action.Domain); !ok || r.Action.Kind != Pseudonymize || d.Method != Encrypt {
		return nil
	}
	for _, k := range r.Kinds() {
		if k.identifies() {
			return &Warning{
				What:   fmt.Sprintf("%s under a domain that encrypts", k.phrase()),
				Why:    "one person gets another token each time, so that records and channels cannot be joined by it",
				Source: edpb + "par. 100 and 115",
				Hint:   "take a domain with tokenize or hash where they are to be joined",
			}
		}
	}
	return nil
}

// warnTwoKinds looks for domains that take values of two kinds. Identifiers may be of any kind, so they count for none.
func (c *Config) warnTwoKinds() (all []Warning) {
	first := map[string]MemberKind{} // by domain
	told := map[string]bool{}
	for i := range c.Routes {
		for j := range c.Routes[i].Fields {
			r := &c.Routes[i].Fields[j]
			domain := r.Action.Domain
			if !c.deterministic(r) || told[domain] {
				continue
			}
			for _, k := range r.Kinds() {
				switch {
				case k == KindIdentifier:
				case first[domain] == "":
					first[domain] = k
				case first[domain] != k && !told[domain]:
					told[domain] = true
					all = append(all, Warning{
						Line: r.Line, Setting: r.Setting,
						What:   fmt.Sprintf("the domain %s takes %s here, and %s above", domain, k.phrase(), first[domain].phrase()),
						Why:    "what is pseudonymized alike can be linked; that should be as little as possible",
						Source: edpb + "par. 121",
						Hint:   "give each kind of value a domain of its own",
					})
				}
			}
		}
	}
	return all
}
