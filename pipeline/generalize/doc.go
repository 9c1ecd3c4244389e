// Package generalize makes values less exact: the techniques that ISO/IEC 20889 calls generalization (rounding, top and
// bottom coding, grouping into bands) and truncation of texts.
//
// It is pure: bytes in, bytes out, no key, no clock. The contract of every Append:
//
//   - What it appends is the same for all values of one class: one network, one month, one band. Nothing of the value that
//     is finer than its class gets out, and never the value as it is because nobody understood it: there ok is false, and
//     dst comes back as it was.
//   - The form is kept, as far as the class has one: an IPv6 address stays one, a time keeps its layout and its offset, a
//     number stays a number.
//   - It is idempotent: what was appended gives itself again. A replay, and a second proxy behind the first, change nothing.
//   - White space around a value belongs to it no more than to its class: it goes.
//   - It allocates nothing, and keeps nothing of what it is given.
package generalize
