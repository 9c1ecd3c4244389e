package discover

import (
	"slices"
	"strings"
)

// walk looks at a JSON value that stands at n, inside so many formats.
func (s *Survey) walk(n *node, v value, inside int) {
	if n == nil {
		return
	}
	switch v.kind {
	case text:
		s.text(n, v.text, inside)
	case number:
		s.see(&n.evidence, v.text, true, false)
		s.sighted(n, v.text)
	case boolean:
		n.others++
	case object:
		n.others++
		for i, name := range v.names {
			s.walk(s.memberOf(n, name), v.items[i], inside)
		}
	case array:
		n.others++
		for _, item := range v.items {
			s.walk(s.elementOf(n, item), item, inside)
		}
	}
}

// memberOf gives the node of a member, by its name, or with all others whose names are data.
func (s *Survey) memberOf(n *node, name string) *node {
	if c := n.members[name]; c != nil {
		return c
	}
	if s.isData(name) || len(n.members) >= maxMembers {
		if n.names == nil {
			n.names = &evidence{}
		}
		s.see(n.names, name, false, false)
		return s.only(n, &n.any, step{kind: anyMember})
	}
	return s.child(n, &n.members, step{kind: member, name: name})
}

// maxName is how many bytes the name of a member may have that is the schema's.
const maxName = 64

// isData says that the name of a member is data, and not the schema's: an identifier, a number, a long text.
func (s *Survey) isData(name string) bool {
	if len(name) > maxName {
		return true
	}
	spelled := []byte(name)
	if s.matches = s.strong.Find(s.matches[:0], spelled); len(s.matches) > 0 { // or it would show in a path
		return true
	}
	digits := 0
	for _, c := range spelled {
		if '0' <= c && c <= '9' {
			digits++
		}
	}
	if digits < 4 {
		return false
	}
	if s.weak != nil {
		if _, ok := s.weak.Whole(spelled); ok {
			return true
		}
	}
	return digits == len(name) || len(name) >= 16 && strings.Trim(name, "0123456789abcdefABCDEF-") == ""
}

// The members of an element that is a pair of a name and a value (GA4 params, Shopify note_attributes, identity lists).
var (
	namesOfPairs  = []string{"name", "key", "k", "field", "property", "attribute", "label", "namespace", "type", "kind", "code"}
	valuesOfPairs = []string{"value", "val", "v", "values", "string_value", "stringValue", "content"}
	idsOfPairs    = []string{"id", "identifier"} // beside a namespace, a type or a kind only
)

func isValueOfPair(name string) bool {
	return slices.Contains(valuesOfPairs, name) || slices.Contains(idsOfPairs, name)
}

// elementOf gives the node of an element: that of all, or that of the pairs of its name.
func (s *Survey) elementOf(n *node, item value) *node {
	if by, name, ok := pairOf(item); ok && !s.isData(name) && (n.pairs[name] != nil || len(n.pairs) < maxPairs) {
		return s.child(n, &n.pairs, step{kind: pair, name: name, by: by})
	}
	return s.only(n, &n.element, step{kind: element})
}

// pairOf says by which member an element is a pair, and what that one says.
func pairOf(item value) (by, name string, ok bool) {
	if item.kind != object || len(item.names) > 4 {
		return "", "", false
	}
	for i, m := range item.names {
		v := item.items[i]
		if !slices.Contains(namesOfPairs, m) || v.kind != text || v.text == "" || len(v.text) > maxName || strings.ContainsAny(v.text, "@'\\") {
			continue
		}
		byType := m == "namespace" || m == "type" || m == "kind"
		for _, other := range item.names {
			if slices.Contains(valuesOfPairs, other) || byType && slices.Contains(idsOfPairs, other) {
				return m, v.text, true
			}
		}
	}
	return "", "", false
}
