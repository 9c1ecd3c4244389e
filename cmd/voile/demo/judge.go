package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"voile/pipeline/record"
)

// A Judge looks for identifiers in bytes that came out. It knows nothing of voile: no rule, no domain, no token.
//
// It finds an identifier in capitals or small letters (of any script); as it was written, normalized, and in the
// spellings of its class (a phone: E.164, national, with 00, digits alone, in pairs with the usual separators); inside
// escapes of JSON, of JSON in JSON, and of URLs; and all of that inside base64, in both alphabets and at any offset. It
// does not find what was compressed, encrypted, or put into base64 twice.
//
// An identifier counts once for each Look that finds it. What is reported are counts and places, never values.
// A Judge is not safe for concurrent use.
type Judge struct {
	classes []Class // by identifier
	needles []needle
	index   index
	turn    int
	seen    []int // by identifier: the turn that found it last
	found   map[Finding]int
	bytes   int64
	v       views
}

// A Finding is where identifiers of a class came out, and how many.
type Finding struct {
	Place string
	Class Class
	Count int
}

// A needle is one spelling, in small letters.
type needle struct {
	text       string
	identifier int
	apart      apart
}

// apart says what must not stand beside a spelling, so that a name is not found in a longer word and a number not in a
// longer number. Nearly all that comes out is tokens and numbers: without it, chance would find short spellings.
type apart uint8

const (
	anywhere   apart = iota
	fromDigits       // no digit beside it
	fromWords        // no letter, digit, - or _ beside it: a whole segment of a token would have to be the name
)

// minSpelling is the shortest spelling that is looked for, in bytes. Among random bytes, such as sealed records and what
// tokens decode to, shorter ones would be found by chance.
const minSpelling = 6

// NewJudge prepares a Judge for these identifiers. Equal ones count as one, and so do spellings of one e-mail or phone.
// One that is too short to be told from chance is an error: leaving it out without a word would be a hole.
func NewJudge(planted []Identifier) (*Judge, error) {
	j := &Judge{found: map[Finding]int{}}
	numbers := map[Identifier]int{} // by canonical form
	known := map[needle]bool{}
	written := map[Identifier]bool{}
	speller := newSpeller()
	for _, id := range planted {
		if written[id] {
			continue
		}
		written[id] = true
		canonical := Identifier{id.Class, speller.canonical(id)}
		number, ok := numbers[canonical]
		if !ok {
			number = len(j.classes)
			numbers[canonical] = number
			j.classes = append(j.classes, id.Class)
		}
		if len(canonical.Text) < minSpelling {
			return nil, fmt.Errorf("demo: an identifier of class %s is too short to be looked for: %d bytes, want %d", id.Class, len(canonical.Text), minSpelling)
		}
		for _, spelling := range speller.spellings(id) {
			n := needle{string(appendLower(nil, []byte(spelling))), number, speller.apart(id.Class)}
			if len(n.text) >= minSpelling && !known[n] {
				known[n] = true
				j.needles = append(j.needles, n)
			}
		}
	}
	j.index = newIndex(j.needles)
	j.seen = make([]int, len(j.classes))
	return j, nil
}

// Look looks through data and gives the number of identifiers in it, which it also counts for the place.
func (j *Judge) Look(place string, data []byte) int {
	j.turn++
	j.bytes += int64(len(data))
	count := 0
	j.v.each(data, func(view []byte) {
		j.index.scan(view, j.needles, func(n *needle) {
			if j.seen[n.identifier] != j.turn {
				j.seen[n.identifier] = j.turn
				j.found[Finding{Place: place, Class: j.classes[n.identifier]}]++
				count++
			}
		})
	})
	return count
}

// LookRecord looks through key, value and headers of a record.
func (j *Judge) LookRecord(place string, r *record.Record) int {
	count := j.Look(place+" key", r.Key) + j.Look(place+" value", r.Value)
	for _, h := range r.Headers {
		count += j.Look(place+" header", h.Name) + j.Look(place+" header", h.Value)
	}
	return count
}

// Leaks is the number of identifiers that all Looks found.
func (j *Judge) Leaks() int {
	sum := 0
	for _, count := range j.found {
		sum += count
	}
	return sum
}

// Findings lists what was found, ordered by place and class.
func (j *Judge) Findings() []Finding {
	list := make([]Finding, 0, len(j.found))
	for f, count := range j.found {
		f.Count = count
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Place, b.Place), cmp.Compare(a.Class, b.Class))
	})
	return list
}

// Identifiers is the number of different identifiers that are looked for.
func (j *Judge) Identifiers() int { return len(j.classes) }

// Spellings is the number of texts that are looked for.
func (j *Judge) Spellings() int { return len(j.needles) }

// Bytes is how much was looked through.
func (j *Judge) Bytes() int64 { return j.bytes }
