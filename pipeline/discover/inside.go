package discover

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"voile/pipeline/embedded"
)

// maxDecoded bounds the texts that are decoded, in bytes.
const maxDecoded = 1 << 20

// text looks at a text that stands at n, and at what it holds.
func (s *Survey) text(n *node, text string, inside int) {
	if n == nil {
		return
	}
	var decoders []string
	if inside < maxInside && len(text) <= maxDecoded {
		decoders = s.guess([]byte(text))
	}
	s.see(&n.evidence, text, false, decoders != nil)
	if decoders == nil {
		s.sighted(n, text)
		return
	}
	chain, sure := alphabet(decoders, text)
	c := s.child(n, &n.inside, step{kind: decoded, name: chain})
	if c == nil {
		return
	}
	c.opened++
	if sure {
		c.surely++
	}
	if last := decoders[len(decoders)-1]; embedded.HasParts(last) {
		s.parts(c, last, text, inside+1)
		return
	}
	plain := []byte(text)
	for _, d := range decoders {
		if codec := embedded.NewCodec(d); codec != nil {
			plain, _, _ = codec.Decode(nil, plain) // guess has decoded it already
		}
	}
	if decoders[len(decoders)-1] != embedded.JSON {
		s.text(c, string(plain), inside+1)
	} else if v, err := parse(plain, maxDepth); err == nil {
		s.walk(c, v, inside+1)
	}
}

// alphabet names a chain of decoders. Which alphabet of base64 it is, most texts do not tell; surely says that this one does.
func alphabet(decoders []string, text string) (chain string, surely bool) {
	_, rest, _ := strings.Cut(strings.Join(decoders, ",")+",", ",")
	std, safe := strings.TrimSuffix(embedded.Base64+","+rest, ","), strings.TrimSuffix(embedded.Base64URL+","+rest, ",")
	switch {
	case embedded.NewCodec(decoders[0]) == nil:
		return strings.Join(decoders, ","), true
	case strings.ContainsAny(text, "-_"):
		return safe, true
	case strings.ContainsAny(text, "+/"):
		return std, true
	case len(strings.TrimSpace(text))%4 != 0: // without the padding that the standard alphabet comes with
		return safe, false
	}
	return std, false
}

// oneAlphabet makes one of the two alphabets of base64 at a node, unless its texts surely are of both.
func (n *node) oneAlphabet() {
	for _, rest := range []string{"", "," + embedded.JSON} {
		std, safe := n.inside[embedded.Base64+rest], n.inside[embedded.Base64URL+rest]
		switch {
		case std == nil || safe == nil || std.surely > 0 && safe.surely > 0:
		case std.surely > 0:
			std.absorb(safe)
			delete(n.inside, embedded.Base64URL+rest)
		default:
			safe.absorb(std)
			delete(n.inside, embedded.Base64+rest)
		}
	}
}

// guess says how a text is to be decoded: as embedded.Guess does; URLs without a query too; and base64 of a text that holds an identifier.
func (s *Survey) guess(text []byte) []string {
	if d := embedded.Guess(text); d != nil {
		return d
	}
	scheme, _, ok := bytes.Cut(text, []byte("://"))
	if ok && len(scheme) > 1 && len(scheme) < 16 && bytes.IndexFunc(scheme, notOfScheme) < 0 && bytes.IndexByte(text, ' ') < 0 {
		return []string{embedded.URL}
	}
	for _, decoder := range []string{embedded.Base64, embedded.Base64URL} {
		if s.hides(decoder, text) {
			return []string{decoder}
		}
	}
	return nil
}

// minHidden is the least length of base64 that could hold an identifier: shorter texts are words.
const minHidden = 12

// hides says whether a text is base64 of one in which an identifier lies.
func (s *Survey) hides(decoder string, text []byte) bool {
	if len(text) < minHidden || len(text) > maxLooked {
		return false
	}
	plain, _, ok := embedded.NewCodec(decoder).Decode(nil, text)
	if !ok || !utf8.Valid(plain) || bytes.ContainsFunc(plain, unicode.IsControl) {
		return false
	}
	s.matches = s.strong.Find(s.matches[:0], plain)
	return len(s.matches) > 0
}

// notOfScheme tells what no scheme of a URL has (RFC 3986 §3.1).
func notOfScheme(r rune) bool {
	return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '+' && r != '-' && r != '.'
}

// parts looks at the parts of a URL or a form.
func (s *Survey) parts(n *node, decoder, text string, inside int) {
	wanted := s.urlParts
	if decoder == embedded.Form {
		wanted = s.formParts
	}
	for _, p := range wanted.locate([]byte(text)) {
		raw := text[p.Start:p.End]
		name := wanted.names[p.Part]
		if p.Part == 0 { // every parameter: its own name stands before it
			name = strings.TrimLeft(text[p.From:p.Start-1], "&?")
			name = string(embedded.AppendUnescaped(nil, []byte(name), true))
			if name == "" || name == "*" {
				continue
			}
			name = wanted.prefix + name
		}
		if len(n.inside) >= maxMembers {
			return
		}
		plain := string(embedded.AppendUnescaped(nil, []byte(raw), p.Plus))
		s.text(s.child(n, &n.inside, step{kind: part, name: name}), plain, inside)
	}
}

// A locator finds the parts that may hold an identifier.
type locator struct {
	*embedded.Locator
	names  []string // of the parts, by number; that of every parameter is not used
	prefix string   // of a parameter's name
	places []embedded.Place
}

// maxSegments is how many segments of a URL's path are looked at.
const maxSegments = 8

func newLocator(decoder string) (*locator, error) {
	l := &locator{names: []string{"*"}}
	if decoder == embedded.URL {
		l.prefix = "query."
		l.names = []string{"query.*", "fragment", "userinfo"}
		for i := range maxSegments {
			l.names = append(l.names, "path."+string(rune('0'+i)))
		}
	}
	parts := make([]embedded.Part, len(l.names))
	for i, name := range l.names {
		var err error
		if parts[i], err = embedded.ParsePart(decoder, name); err != nil {
			return nil, err
		}
	}
	l.Locator = embedded.NewLocator(decoder, parts)
	return l, nil
}

func (l *locator) locate(text []byte) []embedded.Place {
	l.places = l.Locate(l.places[:0], text)
	return append([]embedded.Place(nil), l.places...) // a part may hold a URL again
}
