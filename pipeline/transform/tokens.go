package transform

import "voile/pipeline/scan"

// A Domain makes the tokens of one pseudonymisation domain. voile/crypto.Domain is one.
//
// Implementations are safe for concurrent use, keep nothing of what they are given, and append to dst as append does.
type Domain interface {
	// Recognize says whether text is a genuine token of this very domain (own), or has the form of a token but is
	// none of this domain (foreign).
	Recognize(text []byte) (own, foreign bool)
	// Normalize appends the canonical form of text. Where the normalizer does not understand the text, understood is
	// false and the trimmed text was appended.
	Normalize(dst, text []byte) (out []byte, understood bool)
	// AppendToken appends the token of plaintext: the normalized text for tokenize and hash, the raw JSON value for
	// encrypt. A token is ASCII and needs no escape in JSON. The error says nothing about the plaintext.
	AppendToken(dst, plaintext []byte) ([]byte, error)
}

// deterministic replaces a scalar by the token of its normalized text: methods tokenize and hash.
type deterministic struct{ domain Domain }

func (a deterministic) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	if !v.scalar() {
		return dst, failed, ReasonNotScalar
	}
	text, ok := v.text()
	if !ok {
		return dst, failed, ReasonNotText
	}
	if e, reason := recognize(a.domain, text, v); e != replaced {
		return dst, e, reason
	}
	normalized, understood := a.domain.Normalize(v.scratch.normalized[:0], text)
	v.scratch.normalized = normalized
	if !understood {
		if v.required {
			return dst, failed, ReasonNotNormalized
		}
		v.stats.NotNormalized++
	}
	return appendToken(dst, a.domain, normalized, v)
}

// randomised replaces any value by a token of its raw JSON: method encrypt. A header and a whole key, which are no JSON,
// are encrypted as the JSON string of their text, so that a reveal always gives JSON.
type randomised struct{ domain Domain }

func (a randomised) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	raw := v.raw
	if v.kind == scan.String {
		text, ok := v.text()
		if !ok {
			return dst, failed, ReasonNotText
		}
		if e, reason := recognize(a.domain, text, v); e != replaced {
			return dst, e, reason
		}
		if !v.json {
			v.scratch.normalized = scan.AppendString(v.scratch.normalized[:0], text)
			raw = v.scratch.normalized
		}
	}
	return appendToken(dst, a.domain, raw, v)
}

// recognize keeps a genuine token of the own domain, so that a replay and a second proxy change nothing, or refuses it.
func recognize(d Domain, text []byte, v *value) (effect, Reason) {
	own, foreign := d.Recognize(text)
	switch {
	case own && !v.accept:
		return failed, ReasonTokenRefused
	case own:
		v.stats.Accepted++
		return kept, ""
	case foreign:
		v.stats.Foreign++
	}
	return replaced, ""
}

func appendToken(dst []byte, d Domain, plaintext []byte, v *value) ([]byte, effect, Reason) {
	dst = v.quote(dst)
	dst, err := d.AppendToken(dst, plaintext)
	if err != nil {
		return dst, failed, ReasonCipher
	}
	return v.quote(dst), replaced, ""
}
