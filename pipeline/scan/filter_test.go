package scan

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// filtered are documents with something for filters in them.
var filtered = []string{
	`{"a":"a","b":1}`, `{"b":"b","a":"b"}`, `[{"a":"a","b":2},{"a":"b","b":{"a":"a","b":3}},{"a":1}]`, `["a","b",1,1.0,-15,null,true,false,"é"]`,
	`{"a":{"a":"a","b":{"a":{"a":{"a":"a"}},"b":[[[{"a":"b"}]]]}}}`, `[[1,"a"],[0,"b"],[[1],"é"]]`, `{"b":{"a":"a","a":"b","b":1}}`,
	`{"b":[{"a":{"b":"a"}},{"a":["a"]},{"\u0061":"\u0062"},{"a":"\ud800"}]}`, `{"a":{"é":{"a":null}}}`, `[{"a":[{}],"a":{"a":"a"}}]`,
	`{"b":[-15,-15.0,-1.5E1,-150e-1,15,1e400,1e99999999999999999999,0e5,-0]}`, `{"a":{"a":"a",}}`, `[[[{"a":"a"]]]`, `{"b":{"a":tru}}`,
	`[{"x":[[],{"a":"a"},[{}]],"a":"a","y":{"a":{"a":{"a":"a"}}}},{"a":["b",1]}]`,
}

// A condition is a filter as the oracle takes it, which decodes, copies and recurses.
type condition struct {
	op      string // && or ||, or == for a comparison
	args    []condition
	query   []any  // names and indices
	literal string // JSON, which is a literal of a path too
	turned  bool   // the literal is written first
}

// fuzzCondition makes a condition of code, up to a depth, and gives the code behind.
func fuzzCondition(code []byte, depth int) (condition, []byte) {
	next := func() (b byte) {
		if len(code) > 0 {
			b, code = code[0], code[1:]
		}
		return b
	}
	queries := [][]any{{"a"}, {"b"}, {}, {"a", 0}, {"a", "b"}, {1}, {"é", "a"}, {"a", "a", "a"}}
	literals := []string{`"a"`, `"b"`, "1", "null", "true", "false", `"é"`, "-1.50e1"}
	c := next()
	if c&0xc0 == 0 || depth == 0 {
		return condition{op: "==", query: queries[c&7], literal: literals[c>>3&7], turned: c&0x80 != 0}, code
	}
	joined := condition{op: map[bool]string{false: "&&", true: "||"}[c&0x40 != 0]}
	for range 2 + c&1 {
		var arg condition
		arg, code = fuzzCondition(code, depth-1)
		joined.args = append(joined.args, arg)
	}
	return joined, code
}

func (c condition) text() string {
	if c.op == "==" {
		query := "@"
		for _, step := range c.query {
			switch step := step.(type) {
			case int:
				query += "[" + strconv.Itoa(step) + "]"
			case string:
				query += " [" + bracketed(step) + "]"
			}
		}
		if c.turned {
			return c.literal + " == " + query
		}
		return query + "==" + c.literal
	}
	var parts []string
	for _, arg := range c.args {
		part := arg.text()
		if arg.op == "||" && c.op == "&&" || arg.turned {
			part = "( " + part + " )"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " "+c.op+" ")
}

func (c condition) holds(n *node) bool {
	switch c.op {
	case "&&":
		for _, arg := range c.args {
			if !arg.holds(n) {
				return false
			}
		}
		return true
	case "||":
		for _, arg := range c.args {
			if arg.holds(n) {
				return true
			}
		}
		return false
	}
	return n.someEqual(c.query, c.literal)
}

// someEqual says whether one of the values that the query selects, one of several duplicates, equals the literal.
func (n *node) someEqual(query []any, literal string) bool {
	if len(query) == 0 {
		return equalJSON(string(n.raw), literal)
	}
	for _, c := range n.children {
		if c.step == query[0] && c.someEqual(query[1:], literal) {
			return true
		}
	}
	return false
}

func equalJSON(x, y string) bool {
	kinds := jsontext.Value(x).Kind() == jsontext.Value(y).Kind()
	switch {
	case !kinds:
		return false
	case x[0] == '"':
		xText, errX := jsontext.AppendUnquote(nil, x)
		yText, errY := jsontext.AppendUnquote(nil, y)
		return errX == nil && errY == nil && string(xText) == string(yText)
	case jsontext.Value(x).Kind() != '0':
		return x == y
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(x), "e")
	if strings.Trim(mantissa, "-0.") == "" {
		x = "0"
	} else if e, err := strconv.Atoi("0" + strings.Trim(exponent, "-+")); err != nil || e > 1000 {
		return false // too much for a Rat, and of no literal here
	}
	xNumber, okX := new(big.Rat).SetString(x)
	yNumber, okY := new(big.Rat).SetString(y)
	return okX && okY && xNumber.Cmp(yNumber) == 0
}

// twice says whether an object of the document has a name twice.
func (n *node) twice() bool {
	seen := map[any]bool{}
	for _, c := range n.children {
		if n.kind == Object && c.step != nil && seen[c.step] || c.twice() {
			return true
		}
		seen[c.step] = true
	}
	return false
}
