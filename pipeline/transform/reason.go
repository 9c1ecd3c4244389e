package transform

// A Reason says why a record is not passed on. It is a word for a header, a metric's label and a person; it never
// holds anything of the record.
type Reason string

// The reasons for which a record is sealed and set aside instead of being passed on.
const (
	// ReasonNotJSON: the value, or the key under a `key: $.path` rule, is no JSON text (RFC 8259).
	ReasonNotJSON Reason = "not_json"
	// ReasonTooDeep: objects and arrays are nested deeper than limits.max_depth.
	ReasonTooDeep Reason = "too_deep"
	// ReasonAmbiguous: an object has a member twice that filters ask for, with values that different filters want.
	ReasonAmbiguous Reason = "ambiguous"
	// ReasonRequired: a rule that says `required: true` found nothing, null or an empty string.
	ReasonRequired Reason = "required_missing"
	// ReasonNotNormalized: a rule that says `required: true` found a value that its normalizer does not understand.
	ReasonNotNormalized Reason = "not_normalized"
	// ReasonNotScalar: a rule that needs a string, a number or a boolean found an object or an array.
	ReasonNotScalar Reason = "not_scalar"
	// ReasonNotText: a selected string is no Unicode text (a lone surrogate, invalid UTF-8). Replacement characters
	// would give different people one token.
	ReasonNotText Reason = "not_text"
	// ReasonNotDecoded: a rule with `in` found a value that its decoders cannot read.
	ReasonNotDecoded Reason = "not_decoded"
	// ReasonNotUnderstood: an action found a value that it does not take for what it works on, such as a date that is none.
	ReasonNotUnderstood Reason = "not_understood"
	// ReasonNoSubject: a shift_date found a date, and in the record no subject by whom to shift it: it is missing, twice there, null,
	// empty, no scalar, or not understood by the domain's normalizer.
	ReasonNoSubject Reason = "no_subject"
	// ReasonTokenRefused: a value already is a token of its domain, and the route says `accept_tokens: false`.
	ReasonTokenRefused Reason = "token_refused"
	// ReasonCipher: the cipher refused the value.
	ReasonCipher Reason = "cipher_failed"
	// ReasonGuard: the route's guard found an identifier where no rule looks, in a text that is not to be redacted, or could not look.
	ReasonGuard Reason = "guard_found"
	// ReasonUnlisted: the record has something that the route's allow list does not know, and that cannot be removed, or is not to be.
	ReasonUnlisted Reason = "unlisted"
	// ReasonPanic: the transform panicked. A bug of voile; Verdict.Where names the line.
	ReasonPanic Reason = "panic"
	// ReasonTooLarge: the broker refuses the transformed record as too large.
	ReasonTooLarge Reason = "too_large"
	// ReasonRefused: the broker refuses the transformed record for what it is (a null key on a compacted sink, a
	// timestamp out of bounds).
	ReasonRefused Reason = "broker_refused"
	// ReasonUndecodable: a whole batch of the source cannot be decoded.
	ReasonUndecodable Reason = "undecodable_batch"
)

// Reasons gives all of them, so that each can be counted from 0.
func Reasons() []Reason {
	return []Reason{
		ReasonNotJSON,
		ReasonTooDeep,
		ReasonAmbiguous,
		ReasonRequired,
		ReasonNotNormalized,
		ReasonNotScalar,
		ReasonNotText,
		ReasonNotDecoded,
		ReasonNotUnderstood,
		ReasonNoSubject,
		ReasonTokenRefused,
		ReasonCipher,
		ReasonGuard,
		ReasonUnlisted,
		ReasonPanic,
		ReasonTooLarge,
		ReasonRefused,
		ReasonUndecodable,
	}
}

// ofValue says whether the reason is a value that the rule cannot take for what it is, which a rule may have redacted instead.
func (r Reason) ofValue() bool {
	switch r {
	case ReasonNotScalar, ReasonNotText, ReasonNotDecoded, ReasonNotUnderstood, ReasonNoSubject:
		return true
	}
	return false
}
