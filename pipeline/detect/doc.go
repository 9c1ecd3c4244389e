// Package detect finds identifiers of people in texts by what their standards say of them: check digits, ranges, lengths
// and structure, not the bare shape.
//
// Before: a text is the decoded text of a value, of any length. Valid UTF-8 is expected; other bytes are no letters, and
// nothing panics.
//
// During: a Set is immutable and safe for concurrent use. A text in which nothing is found allocates nothing, unless it
// holds what looks like a phone number, for which a library is asked. Time grows with the length of the text alone: each
// detector looks at a bounded stretch around where it is asked, or at a stretch that it is asked about only once.
//
// After: Find gives the places of what was found, in order, none overlapping another, each between word boundaries: no
// letter or digit stands right before or behind it. Where two kinds overlap, the more specific one stands: an IBAN is not
// a card too. A text is never kept.
//
// Each kind is one file with one detector, and one line in the catalog (kind.go), whose order is that of specificity. A
// detector says which characters a text must hold at all, at which bytes and at which lengths of a run of digits it wants
// to be asked, and then, asked at one place, what it finds there. A table of these wishes makes the pass over a text cheap.
//
// A detector that fires says "this is written like one". How often that is wrong is measured on text that holds none:
// docs/detectors.md. The kinds for which a plain number or a form that other things share is enough are Weak: on their own
// they are no finding, together with a member's name they are (docs/adr/0022-detectors.md).
package detect
