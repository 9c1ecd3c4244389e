package embedded

import "bytes"

// A Place is a part found in a text.
type Place struct {
	Part       int  // the number of the part, in the order given to NewLocator
	Start, End int  // of its spelling in the text: text[Start:End], without the delimiters
	From, To   int  // what goes with it where it is taken away: text[From:To]
	Plus       bool // + is a space in it: WHATWG URL §5.1
}

// A Locator finds parts in URLs, or in forms.
type Locator struct {
	form     bool
	named    []Part // by number
	all      int    // the number of the part that is every parameter; -1 none
	any      bool   // whether there are parameters to look for
	whole    [kinds]int
	segments bool   // whether there are segments to look for
	name     []byte // of a parameter, decoded
}

// NewLocator makes the Locator of some parts, no two of them equal, in texts of the decoder. It belongs to one goroutine.
func NewLocator(decoder string, parts []Part) *Locator {
	l := &Locator{form: decoder == Form, named: parts, all: -1}
	for i := range l.whole {
		l.whole[i] = -1
	}
	for i, p := range parts {
		switch {
		case p.kind == parameter:
			l.any = true
			if p.all {
				l.all = i
			}
		case p.kind == segment:
			l.segments = true
		default:
			l.whole[p.kind] = i
			l.any = l.any || p.kind == names
			l.segments = l.segments || p.kind == segments
		}
	}
	return l
}

// Locate appends the places of the parts in text, in their order there; a parameter that stands there twice twice. A
// parameter without a value and a part that is not there have none. Of a path that is taken whole there are no segments.
func (l *Locator) Locate(dst []Place, text []byte) []Place {
	if l.form {
		return l.parameters(dst, text, 0, len(text), 0)
	}
	at := split(text)
	if i := l.whole[userinfo]; i >= 0 && at.host > at.authority {
		dst = append(dst, Place{Part: i, Start: at.authority, End: at.host - 1, From: at.authority, To: at.host})
	}
	if i := l.whole[authority]; i >= 0 && at.authority < at.path {
		dst = append(dst, Place{Part: i, Start: at.authority, End: at.path, From: at.authority, To: at.path})
	}
	if i := l.whole[host]; i >= 0 && at.host < at.path {
		dst = append(dst, Place{Part: i, Start: at.host, End: at.path, From: at.host, To: at.path})
	}
	dst = l.path(dst, text, at)
	if l.any && at.query < at.queryEnd {
		dst = l.parameters(dst, text, at.query, at.queryEnd, at.query-1)
	}
	if i := l.whole[fragment]; i >= 0 && at.fragment < len(text) {
		dst = append(dst, Place{Part: i, Start: at.fragment, End: len(text), From: at.fragment - 1, To: len(text)})
	}
	return dst
}

// path appends the path without its first slash, or segments of it.
func (l *Locator) path(dst []Place, text []byte, at places) []Place {
	start, end := at.path, at.pathEnd
	if start < end && text[start] == '/' {
		start++
	}
	if i := l.whole[path]; i >= 0 {
		if start < end {
			dst = append(dst, Place{Part: i, Start: start, End: end, From: start, To: end})
		}
		return dst
	}
	for n := 0; l.segments && start <= end; n++ {
		stop := end
		if i := bytes.IndexByte(text[start:end], '/'); i >= 0 {
			stop = start + i
		}
		if i := l.segment(n); i >= 0 && start < stop {
			dst = append(dst, Place{Part: i, Start: start, End: stop, From: start, To: stop})
		}
		start = stop + 1
	}
	return dst
}

// segment gives the number of the part that the n-th segment of a path is; -1 none.
func (l *Locator) segment(n int) int {
	for i, p := range l.named {
		if p.kind == segment && p.index == n {
			return i
		}
	}
	return l.whole[segments]
}

// parameters appends the parameters in text[start:end]; lead is where the question mark stands before them, or start. One that
// is taken away goes with the & behind it, the last one with the & or the question mark before it.
func (l *Locator) parameters(dst []Place, text []byte, start, end, lead int) []Place {
	for pos := start; pos < end; {
		stop := end
		if i := bytes.IndexByte(text[pos:end], '&'); i >= 0 {
			stop = pos + i
		}
		eq := bytes.IndexByte(text[pos:stop], '=')
		if i := l.whole[names]; i >= 0 {
			end := stop
			if eq >= 0 {
				end = pos + eq
			}
			dst = append(dst, Place{Part: i, Start: pos, End: end, From: pos, To: end, Plus: true})
		}
		if eq >= 0 {
			if i := l.parameter(text[pos : pos+eq]); i >= 0 {
				p := Place{Part: i, Start: pos + eq + 1, End: stop, From: pos, To: min(stop+1, end), Plus: true}
				if stop == end {
					p.From = max(pos-1, lead)
				}
				dst = append(dst, p)
			}
		}
		pos = stop + 1
	}
	return dst
}

// parameter gives the number of the part that a name is; the one by name before that of all.
func (l *Locator) parameter(raw []byte) int {
	name := raw
	if bytes.IndexByte(raw, '%') >= 0 || bytes.IndexByte(raw, '+') >= 0 {
		l.name = AppendUnescaped(l.name[:0], raw, true)
		name = l.name
	}
	for i, p := range l.named {
		if p.kind == parameter && !p.all && p.name == string(name) {
			return i
		}
	}
	return l.all
}

// places are where the parts of a URL lie in its text: RFC 3986 appendix B.
type places struct {
	scheme          int // length of the scheme with its colon; 0 none
	authority, host int // equal where there is no userinfo
	path, pathEnd   int
	query, queryEnd int // behind the question mark; equal where there is none
	fragment        int // behind the #; the length of the text where there is none
}

func split(text []byte) places {
	at := places{fragment: len(text)}
	end := len(text)
	if i := bytes.IndexByte(text, '#'); i >= 0 {
		end, at.fragment = i, i+1
	}
	at.query, at.queryEnd = end, end
	pathEnd := end
	if i := bytes.IndexByte(text[:end], '?'); i >= 0 {
		pathEnd, at.query = i, i+1
	}
	at.pathEnd = pathEnd
	if i := bytes.IndexByte(text[:pathEnd], ':'); i > 0 && isScheme(text[:i]) {
		at.scheme = i + 1
	}
	at.path = at.scheme
	at.authority, at.host = at.scheme, at.scheme
	if bytes.HasPrefix(text[at.scheme:pathEnd], []byte("//")) {
		at.authority = at.scheme + 2
		at.path = pathEnd
		if i := bytes.IndexByte(text[at.authority:pathEnd], '/'); i >= 0 {
			at.path = at.authority + i
		}
		at.host = at.authority
		if i := bytes.LastIndexByte(text[at.authority:at.path], '@'); i >= 0 {
			at.host = at.authority + i + 1
		}
	}
	return at
}

// isScheme is scheme of RFC 3986 §3.1.
func isScheme(s []byte) bool {
	for i, c := range s {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '+' && c != '-' && c != '.' && (c < '0' || c > '9')) {
			return false
		}
	}
	return len(s) > 0
}
