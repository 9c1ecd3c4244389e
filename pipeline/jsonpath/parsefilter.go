package jsonpath

import "strings"

// filter reads what stands behind a question mark.
func (p *parser) filter() (filter, *SyntaxError) {
	p.space()
	e, err := p.any()
	if err != nil {
		return filter{}, err
	}
	return newFilter(e), nil
}

// any reads logical-or-expr, all logical-and-expr of RFC 9535 §2.3.5.1.
func (p *parser) any() (expr, *SyntaxError) { return p.joined(or, "||", p.all) }

func (p *parser) all() (expr, *SyntaxError) { return p.joined(and, "&&", p.basic) }

// joined reads one expression or several with a sign between them.
func (p *parser) joined(op operator, sign string, one func() (expr, *SyntaxError)) (expr, *SyntaxError) {
	var args []expr
	for {
		e, err := one()
		if err != nil {
			return e, err
		}
		args = append(args, e)
		after := p.pos
		p.space()
		if !p.take(sign) {
			p.pos = after
			return join(op, args), nil
		}
		p.space()
	}
}

const (
	onlyEqual   = "only == with a text, a number, true, false or null, as in [?@.name=='email']; other filters are not supported yet"
	onlyMembers = "a filter asks for one member or element, as @.name or @['a'][0]; others are not supported yet"
)

// basic reads a comparison, or an expression in parentheses.
func (p *parser) basic() (expr, *SyntaxError) {
	start := p.pos
	if p.take("(") {
		p.space()
		e, err := p.any()
		if err != nil {
			return e, err
		}
		p.space()
		if !p.take(")") {
			return e, wrong("expected && or || or )", "")
		}
		return e, nil
	}
	if strings.HasPrefix(p.text[p.pos:], "!") {
		return expr{}, wrong("a negation", onlyEqual)
	}
	left, err := p.operand()
	if err != nil {
		return expr{}, err
	}
	end := p.pos
	p.space()
	if err := p.equals(left, start, end); err != nil {
		return expr{}, err
	}
	p.space()
	second := p.pos
	right, err := p.operand()
	if err != nil {
		return expr{}, err
	}
	switch {
	case left.isQuery && right.isQuery:
		p.pos = second
		return expr{}, wrong("a comparison of two queries", onlyEqual)
	case !left.isQuery && !right.isQuery:
		p.pos = second
		return expr{}, wrong("a comparison of two values", onlyEqual)
	case left.isQuery:
		return expr{query: left.query, value: right.value}, nil
	}
	return expr{query: right.query, value: left.value}, nil
}

// equals reads the operator of a comparison whose left side stands from start to end.
func (p *parser) equals(left operand, start, end int) *SyntaxError {
	if p.take("==") {
		return nil
	}
	for _, other := range []string{"!=", "<", ">"} {
		if strings.HasPrefix(p.text[p.pos:], other) {
			return wrong("another comparison than ==", onlyEqual)
		}
	}
	if left.isQuery && !strings.HasPrefix(p.text[p.pos:], "=") {
		p.pos = start
		return wrong("a filter without a comparison", onlyEqual)
	}
	p.pos = end
	return wrong("expected ==", "")
}

// An operand is one side of a comparison.
type operand struct {
	isQuery bool
	query   []selector
	value   literal
}

func (p *parser) operand() (operand, *SyntaxError) {
	switch r, _ := p.peek(); {
	case r == '@':
		p.pos++
		query, err := p.query()
		return operand{isQuery: true, query: query}, err
	case r == '$':
		return operand{}, wrong("a query from the root", onlyMembers)
	case r == '\'' || r == '"':
		p.pos++
		text, err := p.quoted(r, "text")
		return operand{value: literal{kind: aString, text: text}}, err
	case r == '-' || digit(r):
		n, err := p.number()
		return operand{value: literal{kind: aNumber, number: n}}, err
	}
	start := p.pos
	word := p.word()
	for kind, text := range constants {
		if word == text {
			return operand{value: literal{kind: literalKind(kind)}}, nil
		}
	}
	isFunction := word != "" && strings.HasPrefix(p.text[p.pos:], "(")
	p.pos = start
	const expected = "expected a query from @, a text in quotes, a number, true, false or null"
	switch {
	case isFunction:
		return operand{}, wrong("a function", onlyEqual)
	case word != "":
		return operand{}, wrong(expected, "a text needs quotes: 'email'")
	}
	return operand{}, wrong(expected, "")
}

// word reads letters, digits and underscores.
func (p *parser) word() string {
	start := p.pos
	for r, n := p.peek(); nameFirst(r) && r < 0x80 || digit(r); r, n = p.peek() {
		p.pos += n
	}
	return p.text[start:p.pos]
}

// query reads the segments of a singular query (RFC 9535 §2.3.5.1).
func (p *parser) query() (query []selector, err *SyntaxError) {
	for {
		before := p.pos
		p.space()
		for _, more := range []string{"..", ".*", "[*", "[?"} {
			if strings.HasPrefix(p.text[p.pos:], more) {
				return nil, wrong("a query of more than one", onlyMembers)
			}
		}
		var one segment
		var sel selector
		switch {
		case p.take("."):
			if err = p.shorthand(&one, "expected a name", "other names need brackets and quotes: @['first-name']"); err == nil {
				sel = one.selectors[0]
			}
		case p.take("["):
			if sel, err = p.selector(); err == nil && !p.take("]") {
				err = wrong("expected ]", onlyMembers)
			}
		default:
			p.pos = before
			return query, nil
		}
		if err != nil {
			return nil, err
		}
		query = append(query, sel)
	}
}

// number reads a number as RFC 9535 §2.3.5.1 writes it, which is as JSON does.
func (p *parser) number() (number, *SyntaxError) {
	start := p.pos
	digits := func() int {
		from := p.pos
		for p.pos < len(p.text) && digit(rune(p.text[p.pos])) {
			p.pos++
		}
		return p.pos - from
	}
	p.take("-")
	first := p.pos
	n := digits()
	ok := n == 1 || n > 1 && p.text[first] != '0'
	if p.take(".") {
		ok = digits() > 0 && ok
	}
	if exponent := p.pos; p.take("e") || p.take("E") {
		if !p.take("-") {
			p.take("+")
		}
		ok = digits() > 0 && ok
		if p.pos-exponent > 9 {
			p.pos = exponent
			return number{}, wrong("an exponent too large", "")
		}
	}
	if !ok {
		p.pos = start
		return number{}, wrong("not a number", "numbers are written as in JSON: 0, -1, 2.50, 1e3")
	}
	return readNumber(p.text[start:p.pos]), nil
}
