package discover

// A verdict is what is taken to stand at a node.
type verdict struct {
	kind   Kind
	why    string
	hits   int  // texts
	redact bool // whatever the kind's treatment is: the text holds more, or other things
	look   bool // no rule: somebody has to look
}

// The words of Finding.Why.
const (
	byValue   = "values"
	byName    = "name"
	byInside  = "inside a text"
	bySame    = "same as another"
	byRecurs  = "comes again"
	byBoth    = "values and name"
	nameAlone = "name only"
	// unnameable: a configuration cannot write the name of the place, such as a header's with a line break in it.
	unnameable = "no rule can name it"
)

// The shares of texts that decide.
const (
	half   = 0.5
	mostly = 0.8
	nearly = 0.95
	few    = 0.01
	// enough is how many texts must differ, or be hit, before a share says something.
	enough = 20
	some   = 3
)

// judge says what stands at a place, and false where nothing does.
func (e *evidence) judge() (verdict, bool) {
	for _, rule := range []func(*evidence) (verdict, bool){
		(*evidence).byDetector, (*evidence).byWeakDetector, (*evidence).byPart, (*evidence).bySame, (*evidence).byName,
		(*evidence).byPeople, (*evidence).byRecurrence, (*evidence).byHint,
	} {
		if v, ok := rule(e); ok {
			return v, true
		}
	}
	return verdict{}, false
}

// byDetector: most texts are one identifier that no chance gives.
func (e *evidence) byDetector() (verdict, bool) {
	k, n := e.whole.only(hard).most()
	if n == 0 || e.share(n) < half {
		return verdict{}, false
	}
	named := e.named.score >= certain
	switch {
	case uuids(k) && named && (uuids(e.named.kind) || e.named.kind == nothing):
		return verdict{}, false // the name tells which one
	case k == ip && named && e.named.kind == nothing: // a version
		return verdict{}, false
	case named && e.named.agrees(k):
		return verdict{kind: k, why: byBoth, hits: n}, true
	}
	return verdict{kind: k, why: byValue, hits: n}, true
}

// byWeakDetector: the values pass a check that one number in ten passes, and the name says the same, or nearly all of many do.
func (e *evidence) byWeakDetector() (verdict, bool) {
	k, n := e.whole.only(func(k Kind) bool { return !hard(k) && k != recurringUUID }).most()
	switch {
	case n == 0:
	case e.named.score >= listed && e.named.agrees(k) && e.share(n) >= half:
		return verdict{kind: k, why: byBoth, hits: n}, true
	case e.named.kind == nothing && e.named.score >= certain || e.named.score >= certain && !treat(e.named.kind).detected:
	case e.share(n) >= nearly && e.differing() >= enough:
		return verdict{kind: k, why: byValue, hits: n}, true
	}
	return verdict{}, false
}

// byPart: a text that holds an identifier and more, or is one now and then. Where the name says what such a text is as a whole, that
// counts.
func (e *evidence) byPart() (verdict, bool) {
	found := e.within.only(hard)
	for k, n := range e.whole.only(hard) {
		found.count(k, n)
	}
	hits := 0
	for k, n := range found {
		if k != "email" && k != "iban" && k != "jwt" && (n < some || e.share(n) < few || e.named.kind == nothing && e.named.score >= certain) {
			delete(found, k)
			continue
		}
		hits += n
	}
	k, n := found.most()
	if n == 0 || e.namedWhole() {
		return verdict{}, false
	}
	return verdict{kind: k, why: byInside, hits: min(hits, e.texts), redact: true}, true
}

// namedWhole says that the name is believed for what takes a text whole.
func (e *evidence) namedWhole() bool {
	v, ok := e.byName()
	return ok && treat(v.kind).domain != ""
}

// bySame: nearly each text is at another place of its record too, of which it is known what stands there.
func (e *evidence) bySame() (verdict, bool) {
	k, n := e.same.most()
	if n < some || e.share(n) < mostly {
		return verdict{}, false
	}
	return verdict{kind: k, why: bySame, hits: n}, true
}

// byName: the name says it, and the texts can be that.
func (e *evidence) byName() (verdict, bool) {
	k := e.named.kind
	t := treat(k)
	switch {
	case e.named.score < certain || k == nothing || k == freeText || e.texts == 0:
		return verdict{}, false
	case t.fits != nil && !t.fits(e), e.texts >= enough && e.differing() < 2: // one and the same is nobody's
		return verdict{}, false
	case !t.detected:
		return verdict{kind: k, why: byName, hits: e.texts}, true
	}
	if n := e.whole[k]; n >= some && e.share(n) >= few*10 {
		return verdict{kind: k, why: byBoth, hits: e.texts}, true
	}
	return verdict{}, false
}

// byPeople: a text holds the name of somebody whom the record names elsewhere.
func (e *evidence) byPeople() (verdict, bool) {
	if e.holds < some || e.share(e.holds) < few*2 || e.differing() < some {
		return verdict{}, false
	}
	return verdict{kind: personName, why: byInside, hits: e.holds, redact: true}, true
}

// byRecurrence: UUIDs that come again, and differ, are those of people or devices; an event's comes once.
func (e *evidence) byRecurrence() (verdict, bool) {
	n := e.whole[recurringUUID] + e.whole["advertising_id"]
	differing := e.differing()
	if e.share(n) < nearly || n < enough || e.named.kind == nothing && e.named.score >= certain ||
		differing < some || float64(differing) > mostly*float64(e.texts) {
		return verdict{}, false
	}
	return verdict{kind: recurringUUID, why: byRecurs, hits: n}, true
}

// byHint: too little for a rule, too much to say nothing.
func (e *evidence) byHint() (verdict, bool) {
	if e.texts == 0 || e.named.score < listed || e.named.kind == nothing || e.differing() < some {
		return verdict{}, false
	}
	return verdict{kind: e.named.kind, why: nameAlone, hits: e.texts, look: true}, true
}

// only gives the counts of the kinds that which holds for.
func (t tally) only(which func(Kind) bool) tally {
	out := tally{}
	for k, n := range t {
		if which(k) {
			out[k] = n
		}
	}
	return out
}
