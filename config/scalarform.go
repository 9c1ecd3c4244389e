package config

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// A scalarForm is one value of YAML that parse turns into a T.
type scalarForm[T any] struct {
	what  string       // in a message after "want": "a topic"
	types []scalarType // what YAML may take it for
	parse func(s scalar) (T, *fault)
	print func(v T) (any, bool) // false: nothing to show
	rules object                // keywords of the schema beside type
}

func (f scalarForm[T]) word() string { return f.what }

func (f scalarForm[T]) read(w *walker, n ast.Node, at spot, into *T) {
	s, ok := w.scalar(n, at, f.what)
	if !ok {
		return
	}
	// What comes from the environment is always text, so it is taken for whatever is wanted.
	if len(s.vars) == 0 && !slices.Contains(f.types, s.typ) {
		wrong := faultf("want %s, have %s", f.what, word(n))
		switch {
		case f.types[0] == textType:
			wrong.hintf("put it in quotes to make it a text")
		case f.types[0] == booleanType && suggest(s.text, []string{"true", "yes", "on"}) != "":
			wrong.hintf("did you mean true?")
		case f.types[0] == booleanType:
			wrong.hintf("write true or false, without quotes")
		default:
			wrong.hintf("write digits, without quotes")
		}
		w.report(at, wrong)
		return
	}
	v, wrong := f.parse(s)
	if wrong != nil {
		w.report(at, wrong)
		return
	}
	*into = v
}

func (f scalarForm[T]) absent(*T) {}

func (f scalarForm[T]) show(v *T) (any, bool) { return f.print(*v) }

func printText(s string) (any, bool) { return escape(s), s != "" }
