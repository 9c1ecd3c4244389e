package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// pos is a place in the file, counted in lines and characters from 1; the zero pos is the file itself.
type pos struct{ line, column int }

// A spot is where a value stands and what it is called.
type spot struct {
	pos  pos    // of the value; of the setting's name where the value is missing
	path string // in the words of the file
	// quiet keeps what stands here out of messages: it is beside a secret, and on a faulty line may hold a piece of it.
	quiet bool
}

// member is the spot of a setting of the section at s.
func (s spot) member(name string, at pos) spot {
	if s.path == "" {
		return spot{at, name, s.quiet}
	}
	return spot{at, s.path + "." + name, s.quiet}
}

// A walker reads one file's syntax tree and collects all that is wrong with it.
type walker struct {
	file     string
	env      func(string) (string, bool)
	problems Problems
	places   map[string]pos  // of each setting that is there, by its path
	broken   map[string]bool // paths with a problem at or below them
}

func newWalker(file string, env func(string) (string, bool)) *walker {
	return &walker{file: file, env: env, places: map[string]pos{}, broken: map[string]bool{}}
}

// add reports what is wrong with the setting called path.
func (w *walker) add(at pos, path string, f *fault) {
	w.problems = append(w.problems, Problem{File: w.file, Line: at.line, Column: at.column, Path: path, What: f.what, Hint: f.hint})
	for path != "" && !w.broken[path] {
		w.broken[path] = true
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

func (w *walker) report(s spot, f *fault) { w.add(s.pos, s.path, f) }

// at is the spot of a setting that was read, or of the nearest section around it.
func (w *walker) at(path string) spot {
	for p := path; ; p = p[:max(0, strings.LastIndexAny(p, ".["))] {
		if at, ok := w.places[p]; ok || p == "" {
			return spot{pos: at, path: path}
		}
	}
}

// spotOf is where a node begins.
func spotOf(n ast.Node) pos {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return spotOf(n.Values[0])
		}
	case *ast.MappingValueNode:
		return spotOf(n.Key)
	}
	if n == nil {
		return pos{}
	}
	return tokenPos(n.GetToken())
}

// plain takes anchors and tags off a node; it reports them, and reports an alias, whose value nobody looks up.
func (w *walker) plain(n ast.Node, at spot) (ast.Node, bool) {
	for {
		switch x := n.(type) {
		case *ast.AnchorNode:
			w.report(at, noAnchors())
			n = x.Value
		case *ast.AliasNode:
			w.report(at, noAnchors())
			return nil, false
		case *ast.TagNode:
			w.report(at, &fault{"YAML tags are not supported", "leave the word with ! out"})
			n = x.Value
		case nil:
			w.report(at, noValue())
			return nil, false
		case *ast.NullNode:
			w.report(at, noValue())
			return nil, false
		default:
			return n, true
		}
	}
}

func noValue() *fault {
	return &fault{"nothing stands here", "write a value, or leave the setting out"}
}

// entries gives the members of a mapping in their order.
func entries(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// key gives the name of a mapping's member; ok is false after it has reported that it is none.
func (w *walker) key(m *ast.MappingValueNode, in spot) (name string, ok bool) {
	at := spot{pos: spotOf(m.Key), path: in.path}
	switch k := m.Key.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.MergeKeyNode:
		w.report(at, noAnchors())
		return "", false
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return k.GetToken().Value, true
	}
	w.report(at, &fault{"this is no name of a setting", "write name: value"})
	return "", false
}

// what a node is, in the words of a person.
func word(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "settings"
	case *ast.SequenceNode:
		return "a list"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	}
	return "a text"
}
