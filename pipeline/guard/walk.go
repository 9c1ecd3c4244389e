package guard

import "bytes"

// The functions here read JSON texts that are known to be valid. In others they may find anything, but always end: each
// goes forward, and no further than the text.

func skipSpace(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\t' || doc[i] == '\n' || doc[i] == '\r') {
		i++
	}
	return i
}

// stringEnd gives where the string ends that begins at i, behind its quote.
func stringEnd(doc []byte, i int) int {
	for i++; i < len(doc); i++ {
		n := bytes.IndexByte(doc[i:], '"')
		if n < 0 {
			return len(doc)
		}
		i += n
		slashes := 0
		for doc[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
	return len(doc)
}

// valueEnd gives where the value ends that begins at i.
func valueEnd(doc []byte, i int) int {
	if i >= len(doc) {
		return len(doc)
	}
	switch doc[i] {
	case '"':
		return stringEnd(doc, i)
	case '{', '[':
		for depth := 0; i < len(doc); {
			switch doc[i] {
			case '"':
				i = stringEnd(doc, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(doc)
	}
	start := i
	for i < len(doc) && !delimiter(doc[i]) {
		i++
	}
	return max(i, min(start+1, len(doc)))
}

func delimiter(c byte) bool {
	return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\n' || c == '\r'
}

// An item is one member of an object or one element of an array.
type item struct {
	member int    // where it begins: the name's quote, or the value
	name   []byte // between its quotes, escapes and all; nil of an element
	start  int    // of the value
}

// next reads the item that begins at or behind i, which lies behind an opening bracket or behind the value before. ok is false where
// the object or array ends; at is behind its bracket then, else at the value.
func next(doc []byte, i int, array bool) (it item, at int, ok bool) {
	i = skipSpace(doc, i)
	if i < len(doc) && doc[i] == ',' {
		i = skipSpace(doc, i+1)
	}
	if i >= len(doc) {
		return it, len(doc), false
	}
	if doc[i] == ']' || doc[i] == '}' {
		return it, i + 1, false
	}
	it.member = i
	if !array {
		end := stringEnd(doc, i)
		if end-1 > i {
			it.name = doc[i+1 : end-1]
		}
		i = skipSpace(doc, end)
		if i < len(doc) && doc[i] == ':' {
			i = skipSpace(doc, i+1)
		}
		if i >= len(doc) {
			return it, len(doc), false
		}
	}
	it.start = i
	return it, i, true
}
