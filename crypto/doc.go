// Package crypto makes, recognizes and reveals tokens, and keeps the keysets they are made with.
//
// # Contract
//
// Before: a [Domain] is made from a keyset that [Document.Unwrap] has just opened under the key encryption key, or that
// was freshly generated in memory. Nothing in this package loads a keyset that is not wrapped, and nothing writes one.
//
// During: a Domain is immutable and safe for concurrent use. It keeps nothing of what it is given; plaintext that passes
// through its scratch memory is overwritten before the call returns.
//
// After: a token has one text, and only the domain that made it, under a key that its keyset still holds, takes it for
// its own. The token of one domain never opens in another.
//
// # Tokens
//
//	vt1.<domain>.<base64url>   tokenize: AES-SIV, reversible, equal values give equal tokens
//	vh1.<domain>.<base64url>   hash: AES-CMAC as a PRF, one-way, equal values give equal tokens
//	ve1.<domain>.<base64url>   encrypt: XChaCha20-Poly1305, reversible, every token is new
//
// A domain of method hash also derives what other shapes are made of: a UUID, digits, a shift of days ([Domain.Derive]).
//
// The bytes below the base64url, and what is derived, are frozen by the files in testdata/vectors; docs/adr/0003-token-format.md has them one
// by one, and the reasons.
//
// # What tokens reveal
//
//   - tokenize and hash: who sees two equal tokens knows that two values are equal, and so learns how often each value
//     occurs. On a field with few values (a postcode, a gender) that is often enough to tell which token is which.
//   - tokenize: the length of the normalized value, rounded up to 16 bytes with at least one byte added.
//   - encrypt: the length class of the JSON value: multiples of 16 up to 64 bytes, Padmé above (at most 12 % more).
//   - every token: its domain, its method and the ID of the key that made it.
//   - whoever may write to a source can have any value tokenized, and so test a guess. That is true of every
//     deterministic method, and no key length helps.
//
// Pseudonymised data is still personal data.
package crypto
