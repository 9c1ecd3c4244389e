package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"voile/config"
)

// A problem is what is wrong with something that does not know its place.
type problem struct{ what, hint string }

func (p *problem) Error() string { return p.what }

func problemf(hint, format string, args ...any) *problem {
	return &problem{fmt.Sprintf(format, args...), hint}
}

// A reader reads one file of tests and collects all that is wrong with it.
type reader struct {
	file     string
	problems config.Problems
}

func (r *reader) report(at place, err error) {
	p := config.Problem{File: r.file, Line: at.line, Column: at.column, Path: at.path, What: err.Error()}
	if known := (*problem)(nil); errors.As(err, &known) {
		p.Hint = known.hint
	}
	r.problems = append(r.problems, p)
}

func (r *reader) reportf(at place, hint, format string, args ...any) {
	r.report(at, problemf(hint, format, args...))
}

// parse gives the root of the one document, or nil after it has reported why there is none.
func (r *reader) parse(data []byte) (root ast.Node) {
	// The library is meant not to panic; if it does, it is the file that cannot be read.
	defer func() {
		if recover() != nil {
			root = nil
			r.reportf(place{}, "", "not YAML")
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if syntax := (*yaml.SyntaxError)(nil); errors.As(err, &syntax) {
		first, _, _ := strings.Cut(syntax.Message, "\n")
		r.reportf(tokenPlace(syntax.Token, ""), "", "not YAML: %s", first)
		return nil
	} else if err != nil {
		r.reportf(place{}, "", "not YAML")
		return nil
	}
	for _, d := range file.Docs {
		switch {
		case d.Body == nil:
		case root != nil:
			r.reportf(nodePlace(d.Body, ""), "leave the line --- and what follows it out", "a second document begins here")
			return nil
		default:
			root = d.Body
		}
	}
	if root == nil {
		r.reportf(place{}, "docs/policy-tests.md has an example", "the file is empty")
	}
	return root
}

func tokenPlace(tk *token.Token, path string) place {
	if tk == nil || tk.Position == nil {
		return place{path: path}
	}
	return place{tk.Position.Line, tk.Position.Column, path}
}

// nodePlace is where a node begins.
func nodePlace(n ast.Node, path string) place {
	switch n := n.(type) {
	case nil:
		return place{path: path}
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return nodePlace(n.Values[0], path)
		}
	case *ast.MappingValueNode:
		return nodePlace(n.Key, path)
	}
	return tokenPlace(n.GetToken(), path)
}

// A member is one name of a mapping with what stands there.
type member struct {
	name  string
	at    place // of the name, called by its path
	value ast.Node
}

// mapping gives the members of a mapping in their order, no two of one name; false after it has reported that it is none.
func (r *reader) mapping(n ast.Node, at place, what string) ([]member, bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.reportf(at, "", "want %s, have %s", what, word(n))
		return nil, false
	}
	var all []member
	seen := map[string]int{}
	for _, v := range values {
		here := nodePlace(v.Key, at.path)
		name, ok := keyName(v.Key)
		if !ok {
			r.reportf(here, "write name: value", "this is no name")
			continue
		}
		here.path = joinPath(at.path, name)
		if first, ok := seen[name]; ok {
			r.reportf(here, "", "set twice: the first is in line %d", first)
			continue
		}
		seen[name] = here.line
		all = append(all, member{name, here, v.Value})
	}
	return all, true
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func keyName(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return k.GetToken().Value, true
	}
	return "", false
}

// list gives the elements of a list; false after it has reported that it is none.
func (r *reader) list(n ast.Node, at place, what string) ([]ast.Node, bool) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.reportf(at, "", "want %s, have %s", what, word(n))
		return nil, false
	}
	return s.Values, true
}

// text gives a text; false after it has reported that it is none.
func (r *reader) text(n ast.Node, at place, what string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	r.reportf(at, "a text that looks like something else stands in quotes", "want %s, have %s", what, word(n))
	return "", false
}

// json writes what stands in YAML as JSON, numbers as they are spelled, members in their order.
func (r *reader) json(dst []byte, n ast.Node, at place) []byte {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return append(dst, "null"...)
	case *ast.BoolNode:
		return fmt.Appendf(dst, "%t", n.Value)
	case *ast.IntegerNode, *ast.FloatNode:
		spelled := n.GetToken().Value
		if !json.Valid([]byte(spelled)) {
			r.reportf(nodePlace(n, at.path), "write it as JSON does, or as a text in quotes", "%s is no number in JSON", spelled)
		}
		return append(dst, spelled...)
	case *ast.StringNode:
		if unquotedNumber(n) {
			return append(dst, n.Value...)
		}
		return appendText(dst, n.Value)
	case *ast.LiteralNode:
		return appendText(dst, n.Value.Value)
	case *ast.SequenceNode:
		dst = append(dst, '[')
		for i, v := range n.Values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = r.json(dst, v, at)
		}
		return append(dst, ']')
	case *ast.MappingNode, *ast.MappingValueNode:
		members, _ := r.mapping(n, at, "an object")
		dst = append(dst, '{')
		for i, m := range members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, m.name), ':')
			dst = r.json(dst, m.value, m.at)
		}
		return append(dst, '}')
	}
	r.reportf(nodePlace(n, at.path), "anchors, aliases and tags of YAML are not supported: write the value out", "this is no value of JSON")
	return dst
}

// unquotedNumber says whether a text is a number of JSON that stands there without quotes. The library takes 1e3, and whole
// numbers that no int64 holds, for texts.
func unquotedNumber(n *ast.StringNode) bool {
	return n.Token != nil && n.Token.Type == token.StringType && strings.ContainsAny(n.Value[:min(1, len(n.Value))], "-0123456789") && json.Valid([]byte(n.Value))
}

// word is what a node is, in the words of a person.
func word(n ast.Node) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.StringNode, *ast.LiteralNode:
		return "a text"
	}
	return "what YAML has beside values"
}
