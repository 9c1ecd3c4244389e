package transform_test

import (
	"slices"
	"strconv"
	"strings"
)

// An oNode is one value in a JSON text.
type oNode struct {
	start, end int // of the value
	member     int // where the name begins, or start
	nameEnd    int
	kids       []*oNode
}

// parsed reads the valid JSON text at i.
func parsed(text string, i int) *oNode {
	i = space(text, i)
	n := &oNode{start: i, member: i}
	switch c := text[i]; c {
	case '"':
		n.end = stringEnd(text, i)
	case '{', '[':
		for i = space(text, i+1); text[i] != c+2; i = space(text, i) {
			if text[i] == ',' {
				i = space(text, i+1)
			}
			member, nameEnd := i, i
			if c == '{' {
				nameEnd = stringEnd(text, i)
				i = space(text, nameEnd) + 1
			}
			kid := parsed(text, i)
			if c == '{' {
				kid.member, kid.nameEnd = member, nameEnd
			}
			n.kids = append(n.kids, kid)
			i = kid.end
		}
		n.end = i + 1
	default:
		for n.end = i; n.end < len(text) && !strings.ContainsRune(",]} \t\r\n", rune(text[n.end])); {
			n.end++
		}
	}
	return n
}

func space(text string, i int) int {
	for i < len(text) && strings.IndexByte(" \t\r\n", text[i]) >= 0 {
		i++
	}
	return i
}

func stringEnd(text string, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// An oSegment is one of a path's: after descendant, selectors of which one is enough.
type oSegment struct {
	descendant bool
	selectors  []oSelector
}

// An oSelector takes a name, an index, all, or where the member filter has the text.
type oSelector struct {
	name, filter string
	index        int // -1: not by index
	all          bool
}

func (s oSelector) String() string {
	switch {
	case s.all:
		return "*"
	case s.filter != "":
		return "?@." + s.filter + "=='" + s.name + "'"
	case s.index >= 0:
		return strconv.Itoa(s.index)
	}
	return "'" + s.name + "'"
}

func pathText(path []oSegment) string {
	out := "$"
	for _, s := range path {
		var each []string
		for _, one := range s.selectors {
			each = append(each, one.String())
		}
		if s.descendant {
			out += ".."
		}
		out += "[" + strings.Join(each, ",") + "]"
	}
	return out
}

// selected gives the nodes that a path selects from n on.
func selected(text string, n *oNode, path []oSegment, into map[*oNode]bool) {
	if len(path) == 0 {
		into[n] = true
		return
	}
	for i, kid := range n.kids {
		if slices.ContainsFunc(path[0].selectors, func(s oSelector) bool { return s.takes(text, n, kid, i) }) {
			selected(text, kid, path[1:], into)
		}
		if path[0].descendant {
			selected(text, kid, path, into)
		}
	}
}

func (s oSelector) takes(text string, n, kid *oNode, i int) bool {
	object := text[n.start] == '{'
	switch {
	case s.all:
		return true
	case s.filter != "":
		return text[kid.start] == '{' && slices.ContainsFunc(kid.kids, func(m *oNode) bool {
			return m.is(text, s.filter) && text[m.start] == '"' && same(text[m.start+1:m.end-1], s.name)
		})
	case s.index >= 0:
		return !object && i == s.index
	}
	return object && kid.is(text, s.name)
}

// is says whether the member has this name.
func (n *oNode) is(text, name string) bool { return same(text[n.member+1:n.nameEnd-1], name) }

func same(body, want string) bool {
	text, _, ok := unescaped(body)
	return ok && text == want
}

// inJSON goes into a JSON text by the first steps of ways.
func (o oracle) inJSON(text string, ways []oWay) (outcome, []edit) {
	root := parsed(text, 0)
	sets := make([]map[*oNode]bool, len(ways))
	for i, w := range ways {
		sets[i] = map[*oNode]bool{}
		selected(text, root, w.steps[0].path, sets[i])
	}
	at := func(n *oNode, keys bool) (here []oWay) {
		for i, w := range ways {
			if sets[i][n] && w.steps[0].keys == keys {
				here = append(here, oWay{w.rule, w.steps[1:]})
			}
		}
		return here
	}
	out, edits := o.walk(text, root, at)
	if out == goes {
		return edited, []edit{{root.start, root.end, "null"}}
	}
	return out, edits
}

func (o oracle) walk(text string, n *oNode, at func(*oNode, bool) []oWay) (outcome, []edit) {
	if here := at(n, false); here != nil {
		return o.at(text, n.start, n.end, here)
	}
	names := at(n, true)
	var edits []edit
	out, stayed := stays, -1 // where the last kid ends that stays
	for i, kid := range n.kids {
		var own []edit
		if names != nil && text[n.start] == '{' {
			effect, inner := o.at(text, kid.member, kid.nameEnd, names)
			if effect == fails {
				return fails, nil
			}
			own = inner
		}
		switch effect, inner := o.walk(text, kid, at); {
		case effect == fails:
			return fails, nil
		case effect != goes:
			if own = append(own, inner...); len(own) > 0 {
				edits, out = append(edits, own...), edited
			}
			stayed = kid.end
			continue
		case stayed >= 0:
			edits = append(edits, edit{stayed, kid.end, ""})
			stayed = kid.end
		case i+1 < len(n.kids):
			edits = append(edits, edit{kid.member, n.kids[i+1].member, ""})
		default:
			edits = append(edits, edit{kid.member, n.end - 1, ""})
		}
		out = edited
	}
	return out, edits
}

// at takes the value or the name in text[start:end].
func (o oracle) at(text string, start, end int, ways []oWay) (outcome, []edit) {
	out, edits := o.take(oValue{raw: text[start:end], json: true, kind: text[start]}, ways)
	if out != edited {
		return out, nil
	}
	var moved []edit
	for _, e := range edits {
		moved = append(moved, edit{start + e.s, start + e.e, e.rep})
	}
	return out, moved
}
