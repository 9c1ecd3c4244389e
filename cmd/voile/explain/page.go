package explain

import "strings"

// A page is what is told, before it has a format.
type page struct {
	language *language
	title    string
	blocks   []block
}

// A block is one of heading, paragraph and table.
type block interface{ isBlock() }

type heading struct {
	rank int // 2 or 3; 1 is the page's title
	text inline
}

type paragraph struct{ text inline }

// A table says the same things of several subjects, row by row.
type table struct {
	head []string // of the subjects, then of the cells
	rows []row
}

// A row is what is said of its subjects.
type row struct {
	subjects []inline // at least one
	cells    []inline // one less than the table's head; an empty one has nothing to say
}

func (heading) isBlock()   {}
func (paragraph) isBlock() {}
func (table) isBlock()     {}

// An inline is text in a line, some of it names from the configuration.
type inline []span

type span struct {
	text string
	name bool // of a topic, a domain, a path: as it is in the configuration
}

// name is a text from the configuration.
func name(text string) inline { return inline{{text: text, name: true}} }

func plain(text string) inline { return inline{{text: text}} }

// String is the text without any form.
func (in inline) String() string {
	var b strings.Builder
	for _, s := range in {
		b.WriteString(s.text)
	}
	return b.String()
}

// label is the head of a column before what stands in it.
func (p *page) label(head string) string {
	if strings.HasSuffix(head, "?") {
		return head + " "
	}
	return p.language.say(mLabel, "label", head).String()
}

// A language has the text of each message.
type language struct {
	code  string
	texts [messages]string
}

// say gives a message with something in each of its places: pairs of a place's name and what stands there, an inline or a
// string.
func (l *language) say(m message, places ...any) (out inline) {
	text := l.texts[m]
	for {
		before, rest, found := strings.Cut(text, "{")
		if before != "" {
			out = append(out, span{text: before})
		}
		if !found {
			return out
		}
		place, after, _ := strings.Cut(rest, "}")
		out = append(out, valueOf(place, places)...)
		text = after
	}
}

func valueOf(place string, places []any) inline {
	for i := 0; i+1 < len(places); i += 2 {
		if places[i] != place {
			continue
		}
		switch v := places[i+1].(type) {
		case inline:
			return v
		case string:
			return plain(v)
		}
	}
	return plain("{" + place + "}") // which a test finds
}

// list joins what is there with commas, and the last with a word: a, b and c.
func (l *language) list(all []inline, last message) (out inline) {
	for i, in := range all {
		switch {
		case i == 0:
		case i == len(all)-1:
			out = append(out, span{text: l.texts[last]})
		default:
			out = append(out, span{text: ", "})
		}
		out = append(out, in...)
	}
	return out
}

func (l *language) names(all []string) inline {
	names := make([]inline, len(all))
	for i, text := range all {
		names[i] = name(text)
	}
	return l.list(names, mAnd)
}
