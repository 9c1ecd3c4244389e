package discover

import (
	"cmp"
	"slices"
	"strings"
)

// A Report is what a Survey saw.
type Report struct {
	Records    int
	Tombstones int
	NotJSON    int // records whose value is no JSON, so that only its key and headers were looked at
	TooDeep    int // records whose value is JSON deeper than is looked at
	Beyond     int // texts at places beyond those that there is room for
	Findings   []Finding
}

// A Finding is one place at which identifiers stand, or may.
type Finding struct {
	Place
	Kind     Kind
	Why      string  // in a few words, what tells
	Share    float64 // of the records, 0 to 1
	Distinct int     // values; an estimate that errs by some 2 %
	Rule     *Rule   // nil: a person has to look
	Samples  []string
}

// A Rule is the field rule that is proposed.
type Rule struct {
	Domain *Domain // or
	Action string  // in the words of the configuration
	Loose  bool    // some values are not what the rule is for: they are redacted
}

// A Domain is one that a rule needs.
type Domain struct {
	Name, Method, Value string
	Region              string // the country of a domain of phone numbers, once it is known
}

// String says in short what the rule does.
func (r *Rule) String() string {
	if r.Domain != nil {
		return "domain " + r.Domain.Name
	}
	short, _, _ := strings.Cut(r.Action, ", on_invalid")
	return strings.TrimSuffix(strings.NewReplacer(": true", "", ": {", " ", "}", "", ":", "").Replace(short), " ")
}

// Report gives what was found so far. The Survey is at its end then: it MUST NOT be given another record.
func (s *Survey) Report() *Report {
	for _, at := range slices.Concat([]*node{s.key}, sorted(s.headers), []*node{s.value}) {
		for _, f := range foldRepeats(slices.Clone(s.gather(at))) {
			s.report.Findings = append(s.report.Findings, s.finding(at, f))
		}
	}
	return &s.report
}

func (s *Survey) finding(at *node, f found) Finding {
	out := Finding{Place: placeOf(s, at, f.way, f.keys), Kind: f.kind, Why: f.why, Distinct: f.seen.differing(), Samples: f.seen.samples}
	out.Share = min(1, float64(f.seen.records)/float64(max(s.report.Records, 1))*min(1, f.seen.share(f.hits)))
	if !out.nameable() {
		out.Why = unnameable
		return out
	}
	if f.look {
		return out
	}
	t := treat(f.kind)
	out.Rule = &Rule{Loose: f.loose}
	switch {
	case f.keys || at == s.key:
		t = t.owned(f.kind)
	case f.redact:
		t = treatment{action: redact}
	}
	if t.domain == "" {
		out.Rule.Action = t.action
		return out
	}
	out.Rule.Domain = &Domain{Name: t.domain, Method: t.method, Value: t.value}
	if n := f.seen.whole[recurringUUID] + f.seen.whole["advertising_id"]; uuids(f.kind) && f.seen.share(n) >= nearly {
		out.Rule.Domain.Value = "uuid"
	}
	return out
}

// order sorts findings as the rules are to stand: filters before what takes all elements, the deeper `..` last.
func order(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(breadth(a.Place), breadth(b.Place)))
	})
}

// breadth is higher for a place that may take more.
func breadth(p Place) int {
	switch {
	case strings.Contains(p.Path, ".."):
		return 2
	case strings.Contains(p.Path, "[*]"):
		return 1
	}
	return 0
}
