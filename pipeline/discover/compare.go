package discover

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A sighting is one text of the record in hand.
type sighting struct {
	at   *node
	text string
}

const (
	maxSightings = 512 // of one record
	minSame      = 4   // bytes of a text that is worth comparing
	minPerson    = 6   // and of a name that is looked for in others
)

func (s *Survey) sighted(n *node, text string) {
	text = strings.TrimSpace(text)
	if len(text) >= minSame && len(s.seen) < maxSightings {
		s.seen = append(s.seen, sighting{n, text})
	}
}

// compare looks for texts of known places at unknown ones of the same record: a key that always is the user's id is one, whatever
// its name; a subject that holds the name of a person is no harmless text.
func (s *Survey) compare() {
	known := map[string]Kind{}
	var people []string
	for _, g := range s.seen {
		k := g.at.told()
		if k == "" {
			continue
		}
		if _, ok := known[g.text]; !ok {
			known[g.text] = k
		}
		if isPerson(k) && len(g.text) >= minPerson && len(people) < maxSamples*4 {
			people = append(people, strings.ToLower(g.text))
		}
	}
	for _, g := range s.seen {
		if g.at.told() != "" {
			continue
		}
		if k, ok := known[g.text]; ok {
			g.at.same.count(k, 1)
		}
		if len(g.text) <= maxLooked && holdsAny(strings.ToLower(g.text), people) {
			g.at.holds++
		}
	}
}

// told is what the name of a node, or nearly all that was seen there, says that it holds; empty where neither says anything.
func (n *node) told() Kind {
	n.besidePerson()
	if n.named.score >= certain && n.named.kind != nothing && n.named.kind != freeText {
		return n.named.kind
	}
	if k, seen := n.whole.most(); n.texts > 0 && hard(k) && n.share(seen) >= mostly {
		return k
	}
	return ""
}

// besidePerson believes a bare `name` that stands beside what only people have: an e-mail address, a phone number, a birth date.
func (n *node) besidePerson() {
	if n.named.kind != personName || n.named.score >= certain || n.parent == nil {
		return
	}
	for _, other := range n.parent.members {
		k := other.named.kind
		if other.named.score >= certain && (k == "email" || k == "phone" || k == birthDate || isPerson(k)) {
			n.named.score = certain
			return
		}
	}
}

// holdsAny says whether text holds one of the names, with no letter or digit at its ends.
func holdsAny(text string, names []string) bool {
	for _, name := range names {
		for from := 0; ; {
			i := strings.Index(text[from:], name)
			if i < 0 {
				break
			}
			i += from
			before, _ := utf8.DecodeLastRuneInString(text[:i])
			after, _ := utf8.DecodeRuneInString(text[i+len(name):])
			if !wordy(before) && !wordy(after) {
				return true
			}
			from = i + len(name)
		}
	}
	return false
}

func wordy(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
