package transform

import (
	"bytes"

	"voile/config"
	"voile/pipeline/scan"
	"voile/pipeline/shape"
)

// newShaped makes the action of a rule that says `as`.
func newShaped(s *config.Shape, k keyed) action {
	switch s.Form {
	case config.ShapeDigits:
		return digits{k, s.Length}
	case config.ShapeEmail:
		return address{k, s.KeepDomain}
	}
	return uuid{k}
}

// uuid replaces a scalar by a UUID.
type uuid struct{ keyed }

func (a uuid) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	plaintext, _, reason := a.plaintext(v)
	if reason != "" {
		return dst, failed, reason
	}
	r, ok := a.random(labelUUID, plaintext, v.scratch)
	if !ok {
		return dst, failed, ReasonCipher
	}
	return v.quote(shape.AppendUUID(v.quote(dst), r)), replaced, ""
}

// digits replaces a scalar by a number of digits: a JSON number by a JSON number, anything else by a text.
type digits struct {
	keyed
	length int
}

func (a digits) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	plaintext, _, reason := a.plaintext(v)
	if reason != "" {
		return dst, failed, reason
	}
	r, ok := a.random(labelDigits, plaintext, v.scratch)
	var more shape.Random
	if ok && shape.NeedsMore(a.length) {
		more, ok = a.random(labelDigitsMore, plaintext, v.scratch)
	}
	if !ok {
		return dst, failed, ReasonCipher
	}
	if v.json && v.kind == scan.Number {
		return shape.AppendDigits(dst, a.length, r, more), replaced, ""
	}
	return v.quote(shape.AppendDigits(v.quote(dst), a.length, r, more)), replaced, ""
}

// address replaces a scalar by an e-mail address. Its local part is made from the whole address, so that two people at one
// domain stay two, and so do one local part at two domains.
type address struct {
	keyed
	keepDomain bool
}

// noAddress is the domain of what is no address.
const noAddress = "not-an-address.invalid"

func (a address) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	plaintext, understood, reason := a.plaintext(v)
	if reason != "" {
		return dst, failed, reason
	}
	r, ok := a.random(labelEmail, plaintext, v.scratch)
	if !ok {
		return dst, failed, ReasonCipher
	}
	dst = append(shape.AppendLocal(v.quote(dst), r), '@')
	domain := plaintext[bytes.LastIndexByte(plaintext, '@')+1:]
	switch {
	case !understood:
		dst = append(dst, noAddress...)
	case a.keepDomain && isHost(domain):
		dst = append(dst, domain...)
	default:
		if r, ok = a.random(labelEmailDomain, domain, v.scratch); !ok {
			return dst, failed, ReasonCipher
		}
		dst = shape.AppendDomain(dst, r)
	}
	return v.quote(dst), replaced, ""
}

// isHost says whether a domain is the name of a host with a dot in it and a top-level domain (RFC 1123 §2.1: letters, digits and -). What
// else may stand behind an @, such as an IP address or a telephone number, is not kept.
func isHost(domain []byte) bool {
	label, letters, dots := 0, false, 0
	for i, c := range domain {
		switch {
		case c == '.':
			if label == 0 || domain[i-1] == '-' {
				return false
			}
			label, letters, dots = 0, false, dots+1
			continue
		case 'a' <= c && c <= 'z':
			letters = true
		case c == '-' && label > 0:
		case c < '0' || c > '9':
			return false
		}
		label++
	}
	return dots > 0 && letters && label > 1 && domain[len(domain)-1] != '-'
}
