// Package normalize brings the spellings of one value to one form, so that equal people get equal tokens in every channel.
//
// Before: text is the decoded text of a value. Valid UTF-8 is expected, because the scanner quarantines everything else;
// invalid bytes are carried along as they are and nothing panics.
//
// After: the normalized form stands at the end of dst, and understood says whether the normalizer knows the text for what
// it looks for. Where it does not ("n/a" for an e-mail), the form of `trimmed` was appended, which callers MUST tokenize
// all the same: a value that is not understood is still a value of somebody.
//
// Laws, held for every input and fuzzed:
//   - idempotent: normalizing a normalized form changes nothing, and understood stays what it was;
//   - disjoint: a form that was understood never equals one that was not;
//   - pure: the form depends on the text, the name and the region alone.
//
// Forms end up inside tokens, so they are a promise. Each normalizer has a version, and testdata holds frozen known answers
// of each version. A change of an answer, also one that comes with another release of a library or of the Unicode tables,
// needs a new version: tokens made before and after it would silently differ.
package normalize

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Normalizer appends the canonical form of a text. Implementations are immutable and safe for concurrent use.
type Normalizer interface {
	// Name is the normalizer's name in the configuration.
	Name() string
	// Version is at least 1 and grows when an answer changes.
	Version() int
	// Append appends the canonical form of text to dst, as append does, and says whether it understood the text. Where it
	// did not, it appended what Trimmed appends. It keeps neither slice; dst's spare capacity MUST NOT overlap text.
	Append(dst, text []byte) (out []byte, understood bool)
}

// The one table of what exists, in the order in which the documentation names it.
var catalog = []struct {
	name   string
	region bool // a region is needed
	open   func(region string) (Normalizer, error)
}{
	{"text", false, func(string) (Normalizer, error) { return text{}, nil }},
	{"trimmed", false, func(string) (Normalizer, error) { return trimmed{}, nil }},
	{"email", false, func(string) (Normalizer, error) { return newEmail(), nil }},
	{"phone", true, func(region string) (Normalizer, error) { return newPhone(region) }},
	{"name", false, func(string) (Normalizer, error) { return newName(), nil }},
	{"date", false, func(string) (Normalizer, error) { return date{}, nil }},
	{"iban", false, func(string) (Normalizer, error) { return iban{}, nil }},
	{"card", false, func(string) (Normalizer, error) { return card{}, nil }},
	{"nir", false, func(string) (Normalizer, error) { return nir{}, nil }},
	{"siren", false, func(string) (Normalizer, error) { return siren{}, nil }},
	{"siret", false, func(string) (Normalizer, error) { return siret{}, nil }},
	{"vat", false, func(string) (Normalizer, error) { return vat{}, nil }},
	{"uuid", false, func(string) (Normalizer, error) { return uuid{}, nil }},
	{"ip", false, func(string) (Normalizer, error) { return ip{}, nil }},
}

// New gives the normalizer of that name. region is the country whose numbers are written without a country code, as an
// ISO 3166-1 alpha-2 code in capitals: `phone` needs it, the others refuse it. Errors are worded for the person who wrote
// the configuration and repeat nothing of it, so that a secret on the wrong line does not show.
func New(name, region string) (Normalizer, error) {
	for _, entry := range catalog {
		if entry.name != name {
			continue
		}
		if region != "" && !entry.region {
			return nil, fmt.Errorf("normalizer %s takes no region: remove it", entry.name)
		}
		return entry.open(region)
	}
	known := strings.Join(Names(), ", ")
	if near := nearest(name, Names()); near != "" {
		return nil, fmt.Errorf("unknown normalizer: did you mean %s? (known: %s)", near, known)
	}
	return nil, errors.New("unknown normalizer (known: " + known + ")")
}

// Names lists the normalizers in the order of the documentation.
func Names() []string {
	names := make([]string, len(catalog))
	for i, entry := range catalog {
		names[i] = entry.name
	}
	return names
}

// NeedsRegion says whether the normalizer of that name takes a region.
func NeedsRegion(name string) bool {
	for _, entry := range catalog {
		if entry.name == name {
			return entry.region
		}
	}
	return false
}

// nearest gives the known word that begins with word, or that the fewest typing errors turn word into; "" when more than
// two fifths of it would be wrong.
func nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, bestDistance := "", len(word)
	for _, candidate := range known {
		if len(word) > 2 && strings.HasPrefix(candidate, word) {
			return candidate
		}
		if d := distance(word, candidate); 5*d <= 2*max(len(word), len(candidate)) && d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and swaps of neighbors (optimal string alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = slices.Min([]int{last[j] + 1, row[j-1] + 1, last[j-1] + cost})
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
