package discover

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"voile/pipeline/detect"
)

//go:embed names.txt
var namesText string

// A name is what the name of a member says: a kind, and how surely; the zero name says nothing.
type name struct {
	kind  Kind
	score int
}

// The scores from which on a name is believed alone, and is worth a line.
const (
	certain = 60
	listed  = 45
)

// A dictionary knows what names say.
type dictionary struct {
	entries []entry
	classes map[string]map[string]bool // the words of @name
}

type entry struct {
	words  []string
	joined string // empty where a word is a class
	name
}

// readDictionary reads names.txt.
func readDictionary() (*dictionary, error) {
	d := &dictionary{classes: map[string]map[string]bool{}}
	number := 0
	for line := range strings.Lines(namesText) {
		number++
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasPrefix(fields[0], "#"):
		case len(fields) > 2 && fields[1] == "=":
			class := map[string]bool{}
			for _, w := range fields[2:] {
				class[singular(w)] = true
			}
			d.classes[fields[0]] = class
		case len(fields) > 2:
			score, err := strconv.Atoi(fields[len(fields)-1])
			kind := Kind(fields[len(fields)-2])
			_, known := treatments[kind]
			if known = known || slices.Contains(detect.Kinds(), detect.Kind(kind)); err != nil || score < 0 || score > 100 || !known {
				return nil, fmt.Errorf("names.txt:%d: want words, a kind that is known, and a score", number)
			}
			d.entries = append(d.entries, newEntry(fields[:len(fields)-2], name{kind, score}))
		default:
			return nil, fmt.Errorf("names.txt:%d: want words, a kind and a score", number)
		}
	}
	return d, nil
}

func newEntry(words []string, n name) entry {
	e := entry{name: n}
	for _, w := range words {
		e.words = append(e.words, singular(w))
	}
	if !slices.ContainsFunc(words, func(w string) bool { return w[0] == '@' }) {
		e.joined = strings.Join(words, "")
	}
	return e
}

// How much less a match is worth that is not the whole name.
const (
	lessAtEnd     = 5  // customer email
	lessAtStart   = 5  // email primary: only words behind it that say nothing
	lessRunOn     = 15 // customeremail
	lessOfOwner   = 10 // email.id: what the owner's name says
	lessElsewhere = 35 // email template
	leastRunOn    = 5  // letters of a word that is looked for at the end of another
)

// look says what a name means, which belongs to what has another name.
func (d *dictionary) look(own, of string) name {
	words, owner := split(own), split(of)
	if len(words) == 0 {
		return name{}
	}
	best := d.best(words)
	if len(owner) > 0 && len(words) <= 2 {
		// What the two say together is at the end of it, and reaches into the owner's name.
		if both := d.together(owner, words); both.score > best.score {
			best = both
		}
		if len(words) == 1 && d.classes["@bare"][words[0]] {
			if n := d.best(owner); n.kind != nothing && n.score-lessOfOwner > best.score {
				best = name{n.kind, n.score - lessOfOwner}
			}
		}
	}
	return best
}

func (d *dictionary) together(owner, words []string) name {
	all := append(slices.Clone(owner), words...)
	var best name
	for _, e := range d.entries {
		at := len(all) - len(e.words)
		if at >= 0 && at < len(owner) && len(e.words) > len(words) && d.matches(e.words, all[at:]) && e.score > best.score {
			best = e.name
		}
	}
	return best
}

func (d *dictionary) best(words []string) name {
	var best name
	longest := 0
	for _, e := range d.entries {
		score := d.score(&e, words)
		if score > best.score || score == best.score && score > 0 && len(e.words) > longest {
			best, longest = name{e.kind, score}, len(e.words)
		}
	}
	return best
}

// score says how well an entry fits a name; 0 or less: not.
func (d *dictionary) score(e *entry, words []string) int {
	joined := strings.Join(words, "")
	if e.joined != "" && e.joined == joined {
		return e.score
	}
	if n := len(words) - len(e.words); n >= 0 {
		switch {
		case d.matches(e.words, words[n:]):
			return e.score - min(n, 1)*lessAtEnd
		case d.matches(e.words, words) && d.allNeutral(words[len(e.words):]):
			return e.score - lessAtStart
		}
		for i := range n {
			if d.matches(e.words, words[i:]) {
				return e.score - lessElsewhere
			}
		}
	}
	if len(words) == 1 && len(e.joined) >= leastRunOn {
		rest, ok := strings.CutPrefix(joined, e.joined)
		if ok && d.classes["@neutral"][rest] || strings.HasSuffix(joined, e.joined) {
			return e.score - lessRunOn
		}
	}
	return 0
}

// matches says whether words begin with those of an entry.
func (d *dictionary) matches(entry, words []string) bool {
	if len(words) < len(entry) {
		return false
	}
	for i, w := range entry {
		if w[0] == '@' && !d.classes[w][words[i]] || w[0] != '@' && w != words[i] {
			return false
		}
	}
	return true
}

func (d *dictionary) allNeutral(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !d.classes["@neutral"][w] })
}

// split gives the words of a name: in small letters, without accents, in the singular.
func split(name string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, singular(word.String()))
			word.Reset()
		}
	}
	runes := []rune(norm.NFD.String(name))
	for i, r := range runes {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case unicode.IsDigit(r) != (i > 0 && unicode.IsDigit(runes[i-1])):
			end()
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && beginsWord(runes[i+1:])):
			end() // emailAddress, IPAddress
		}
		if r == 'ß' {
			word.WriteByte('s')
			r = 's'
		}
		word.WriteRune(unicode.ToLower(r))
	}
	end()
	return words
}

// beginsWord says that what follows a capital among capitals makes it the first of a word: small letters, but for a plural's s.
func beginsWord(rest []rune) bool {
	return len(rest) > 0 && unicode.IsLower(rest[0]) && (rest[0] != 's' || len(rest) > 1 && unicode.IsLower(rest[1]))
}

// singular takes the plural's s away, in four languages the same.
func singular(word string) string {
	if len(word) > 2 && word[0] != '@' && strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us") {
		return word[:len(word)-1]
	}
	return word
}
