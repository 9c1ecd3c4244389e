package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// A scalarType is what YAML takes an unquoted scalar for.
type scalarType string

// The types, in the words of JSON Schema.
const (
	textType    scalarType = "string"
	integerType scalarType = "integer"
	numberType  scalarType = "number"
	booleanType scalarType = "boolean"
)

// A scalar is one value with its environment variables filled in.
type scalar struct {
	text string
	typ  scalarType
	vars []string // the variables that went into text
	// quiet keeps text out of messages.
	quiet bool
}

// quote names the value in a message. What came from the environment may be a secret and is not shown.
func (s scalar) quote() string {
	if len(s.vars) > 0 {
		return "the text of ${" + strings.Join(s.vars, "} and ${") + "}"
	}
	if s.quiet || strings.Contains(s.text, ": ") {
		return "the value"
	}
	return quote(s.text)
}

func quote(text string) string {
	const most = 80
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// scalar reads a node as one value; ok is false after it has reported why it is none.
func (w *walker) scalar(n ast.Node, at spot, want string) (s scalar, ok bool) {
	if n, ok = w.plain(n, at); !ok {
		return s, false
	}
	switch n := n.(type) {
	case *ast.StringNode:
		s = scalar{text: n.Value, typ: textType}
	case *ast.LiteralNode:
		s = scalar{text: strings.TrimRight(n.Value.Value, "\n"), typ: textType}
	case *ast.IntegerNode:
		s = scalar{text: n.Token.Value, typ: integerType}
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		s = scalar{text: n.GetToken().Value, typ: numberType}
	case *ast.BoolNode:
		s = scalar{text: n.Token.Value, typ: booleanType}
	default:
		f := faultf("want %s, have %s", want, word(n))
		if _, ok := entries(n); ok {
			f.hintf("put a text that holds a colon in quotes") // host:port inside {…}, where the parser splits it
		}
		w.report(at, f)
		return s, false
	}
	text, vars, f := expand(s.text, w.env)
	if f != nil {
		w.report(at, f)
		return s, false
	}
	s.text, s.vars, s.quiet = text, vars, at.quiet
	return s, true
}

// expand puts environment variables in the place of ${NAME}. $${ stands for ${ itself.
func expand(text string, env func(string) (string, bool)) (out string, vars []string, f *fault) {
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			b.WriteString(text)
			return b.String(), vars, nil
		}
		if i > 0 && text[i-1] == '$' {
			b.WriteString(text[:i])
			b.WriteByte('{')
			text = text[i+2:]
			continue
		}
		b.WriteString(text[:i])
		name, rest, closed := strings.Cut(text[i+2:], "}")
		if !closed || !variableName(name) {
			return "", nil, (&fault{what: "no name of an environment variable and } after ${"}).hintf("write ${NAME}, of letters, digits and _, or $${ for ${ itself")
		}
		value, ok := env(name)
		if !ok {
			return "", nil, faultf("the environment variable %s is not set", name).hintf("set it, or write the value")
		}
		b.WriteString(value)
		vars = append(vars, name)
		text = rest
	}
}

// escape is the inverse of expand for a text without variables.
func escape(text string) string { return strings.ReplaceAll(text, "${", "$${") }

func variableName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
