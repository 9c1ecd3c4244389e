package explain

import (
	"voile/config"
	"voile/pipeline/embedded"
	"voile/pipeline/jsonpath"
)

// kindTexts has a message for each kind that config guesses. A kind that is missing here fails a test.
var kindTexts = map[config.MemberKind]message{
	config.KindEmail: mKindEmail, config.KindPhone: mKindPhone, config.KindName: mKindName, config.KindBankAccount: mKindBankAccount,
	config.KindCard: mKindCard, config.KindNationalNumber: mKindNationalNumber, config.KindIP: mKindIP, config.KindIdentifier: mKindIdentifier,
	config.KindGender: mKindGender, config.KindTitle: mKindTitle, config.KindBirthDate: mKindBirthDate, config.KindAge: mKindAge,
	config.KindPostcode: mKindPostcode, config.KindCountry: mKindCountry, config.KindLanguage: mKindLanguage, config.KindCivilStatus: mKindCivilStatus,
}

// where tells in words what a rule takes, and what that probably is.
func (l *language) where(r *config.Rule) inline {
	place := l.outside(r)
	for i := range r.Inside {
		place = l.inside(&r.Inside[i], place)
	}
	var kinds []inline
	told := map[config.MemberKind]bool{}
	guessed := r.Kinds()
	for _, k := range guessed {
		if !told[k] {
			told[k] = true
			kinds = append(kinds, l.say(kindTexts[k]))
		}
	}
	switch {
	case len(kinds) > 0 && len(guessed) < takenNames(r):
		place = append(place, l.say(mPartly, "kind", l.list(kinds, mOr))...)
	case len(kinds) > 0:
		place = append(place, l.say(mProbably, "kind", l.list(kinds, mOr))...)
	}
	return place
}

// takenNames is how many members of an object a rule names to take.
func takenNames(r *config.Rule) int {
	p := r.Path
	if n := len(r.Inside); n > 0 {
		p = r.Inside[n-1].Path
	}
	if names := p.Names(); len(names) > 0 {
		return len(names[len(names)-1])
	}
	return 0
}

func (l *language) outside(r *config.Rule) inline {
	switch {
	case r.KeysOf:
		return l.say(mNamesOf, "place", l.path(r.Path))
	case r.Target == config.Header:
		return l.say(mHeader, "name", name(r.Header))
	case r.Target == config.Key && (r.Whole || r.Path.IsRoot()):
		return l.say(mKey)
	case r.Target == config.Key:
		return l.say(mInKey, "inner", l.path(r.Path))
	}
	return l.path(r.Path)
}

// inside tells what a step takes of the text at outer. Decoding alone is not told: it is one text to a reader.
func (l *language) inside(s *config.Step, outer inline) inline {
	var inner inline
	switch {
	case s.Decoder == embedded.JSON && s.KeysOf:
		inner = l.say(mNamesOf, "place", l.path(s.Path))
	case s.Decoder == embedded.JSON && s.Path.IsRoot():
		return outer
	case s.Decoder == embedded.JSON:
		inner = l.path(s.Path)
	case s.Decoder == embedded.Form:
		inner = l.say(mPart, "name", name(s.Part.Form()))
	case s.Decoder == embedded.URL:
		inner = l.say(mPart, "name", name(s.Part.String()))
	default:
		return outer
	}
	return l.say(mInsideText, "inner", inner, "outer", outer)
}

// path tells the names of a path, the innermost first: email, in traits, in context.
func (l *language) path(p jsonpath.Path) (place inline) {
	if p.IsRoot() {
		return l.say(mWholeRecord)
	}
	segments := p.Names()
	for i := len(segments) - 1; i >= 0; i-- {
		var names []inline
		for _, n := range segments[i] {
			names = append(names, l.say(mNamed, "name", name(n)))
		}
		switch {
		case len(names) == 0 && place == nil:
			place = l.say(mEverything)
		case len(names) == 0:
		case place == nil:
			place = l.list(names, mOr)
		default:
			place = l.say(mIn, "inner", place, "outer", l.list(names, mOr))
		}
	}
	return place
}
