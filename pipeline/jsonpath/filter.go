package jsonpath

import "strings"

// A filter takes the children of which its expression is true (RFC 9535 §2.3.5). The text is that of the expression in its
// canonical form, and tells filters apart.
type filter struct {
	text string
	expr expr
}

// An expr is a comparison, or of several others true where all or where one of them is. There is no negation: so what is found
// more in a child makes true what was false, and never the other way round.
type expr struct {
	op    operator
	args  []expr     // of and, or: two at least, none of the same operator
	query []selector // of equal: names and indices, from the child on
	value literal    // of equal
}

type operator uint8

const (
	equal operator = iota
	and
	or
)

// join makes one expression of several, so that none of its arguments has its operator.
func join(op operator, args []expr) expr {
	if len(args) == 1 {
		return args[0]
	}
	var flat []expr
	for _, a := range args {
		if a.op == op {
			flat = append(flat, a.args...)
		} else {
			flat = append(flat, a)
		}
	}
	return expr{op: op, args: flat}
}

func newFilter(e expr) filter {
	var b strings.Builder
	e.write(&b)
	return filter{b.String(), e}
}

// write writes the canonical form: no white space, the query before the value, parentheses around || inside && only.
func (e *expr) write(b *strings.Builder) {
	if e.op == equal {
		b.WriteString(queryText(e.query))
		b.WriteString("==")
		e.value.write(b)
		return
	}
	for i := range e.args {
		if i > 0 {
			b.WriteString(map[operator]string{and: "&&", or: "||"}[e.op])
		}
		arg := &e.args[i]
		if arg.op == or {
			b.WriteByte('(')
		}
		arg.write(b)
		if arg.op == or {
			b.WriteByte(')')
		}
	}
}

// queryText is the canonical text of a query from the child on.
func queryText(query []selector) string {
	var b strings.Builder
	b.WriteByte('@')
	for _, sel := range query {
		one := segment{selectors: []selector{sel}}
		one.write(&b)
	}
	return b.String()
}

// A literal is a value that a query is compared with. Literals are the same value where they are ==.
type literal struct {
	kind   literalKind
	text   string // of a string
	number number
}

type literalKind uint8

const (
	aNull literalKind = iota
	aTrue
	aFalse
	aNumber
	aString
)

func (l *literal) write(b *strings.Builder) {
	switch l.kind {
	case aString:
		writeQuoted(b, l.text)
	case aNumber:
		b.WriteString(l.number.String())
	default:
		b.WriteString(constants[l.kind])
	}
}

// constants are the literals that have one spelling.
var constants = [...]string{aNull: "null", aTrue: "true", aFalse: "false"}
