package transform

import (
	"fmt"

	"voile/pipeline/shape"
)

// A Deriver is a Domain of method hash, which gives more than tokens: pseudorandom bytes of which a transform makes something of
// its own shape. voile/crypto.Domain is one.
type Deriver interface {
	Domain
	// Derive appends 16 bytes that depend on the domain, on label and on plaintext, which is a normalized text, and which nobody
	// can tell from random ones without the domain's key. The error says nothing about the plaintext.
	Derive(dst []byte, label string, plaintext []byte) ([]byte, error)
}

// The labels of what is derived, one for each use, so that none says anything about another. They are frozen: a label that
// changes changes every value that was made with it.
const (
	labelShift       = "shift-date"
	labelPick        = "pick"
	labelUUID        = "uuid"
	labelDigits      = "digits"
	labelDigitsMore  = "digits-more" // the digits behind the first 19
	labelEmail       = "email"
	labelEmailDomain = "email-domain"
)

// deriver finds the domain of an action that derives.
func deriver(name string, domains map[string]Domain) (keyed, error) {
	d, ok := domains[name]
	if !ok {
		return keyed{}, fmt.Errorf("there are no keys for the domain %s", name)
	}
	k, ok := d.(Deriver)
	if !ok {
		return keyed{}, fmt.Errorf("the domain %s derives nothing", name)
	}
	return keyed{k}, nil
}

// keyed is what the actions share that derive.
type keyed struct{ domain Deriver }

// plaintext gives the normalized text of a scalar, to derive from. A text that the normalizer does not understand is treated as
// for a token: its trimmed form is taken and counted, but where the rule says required. The result lies in the scratch.
//
// What was made here once is a value like any other the second time: it has no mark by which it could be told. A token in its text
// form is one too, but where tokens are refused.
func (k keyed) plaintext(v *value) (plaintext []byte, understood bool, reason Reason) {
	if !v.scalar() {
		return nil, false, ReasonNotScalar
	}
	text, ok := v.text()
	if !ok {
		return nil, false, ReasonNotText
	}
	switch own, foreign := k.domain.Recognize(text); {
	case own && !v.accept:
		return nil, false, ReasonTokenRefused
	case foreign:
		v.stats.Foreign++
	}
	v.scratch.normalized, understood = k.domain.Normalize(v.scratch.normalized[:0], text)
	if !understood {
		if v.required {
			return nil, false, ReasonNotNormalized
		}
		v.stats.NotNormalized++
	}
	return v.scratch.normalized, understood, ""
}

// random derives for one use.
func (k keyed) random(label string, plaintext []byte, s *scratch) (r shape.Random, ok bool) {
	out, err := k.domain.Derive(s.derived[:0], label, plaintext)
	s.derived = out
	return r, err == nil && copy(r[:], out) == len(r)
}
