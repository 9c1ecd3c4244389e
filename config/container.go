package config

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// A listForm is a list with at least one entry.
type listForm[T any] struct {
	of   form[T]
	what string // "a list of topics"
	same func(a, b *T) bool
}

func (l listForm[T]) word() string { return l.what }

func (l listForm[T]) read(w *walker, n ast.Node, at spot, into *[]T) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		w.report(at, faultf("want %s, have %s", l.what, word(n)).hintf("write it as a list: [a, b], or each entry in a line after -"))
		return
	}
	if len(seq.Values) == 0 {
		w.report(at, &fault{"the list is empty", "write at least one entry"})
		return
	}
	for i, v := range seq.Values {
		here := spot{spotOf(v), fmt.Sprintf("%s[%d]", at.path, i), at.quiet}
		if _, null := v.(*ast.NullNode); null && i < len(seq.Entries) && seq.Entries[i] != nil {
			here.pos = tokenPos(seq.Entries[i].Start)
		}
		w.places[here.path] = here.pos
		var e T
		l.of.read(w, v, here, &e)
		for j := range *into {
			if l.same != nil && !w.broken[here.path] && l.same(&(*into)[j], &e) {
				w.report(here, faultf("stands twice in the list").hintf("leave it out; the first is entry [%d]", j))
				break
			}
		}
		*into = append(*into, e) // a broken one too, so that places keep their numbers
	}
}

func (l listForm[T]) absent(*[]T) {}

func (l listForm[T]) show(v *[]T) (any, bool) {
	out := make([]any, 0, len(*v))
	for i := range *v {
		if e, ok := l.of.show(&(*v)[i]); ok {
			out = append(out, e)
		}
	}
	return out, len(out) > 0
}

// A tableForm is a mapping whose names the user chooses.
type tableForm[T any] struct {
	of   form[T]
	what string
	name func(*T) *string
	ok   func(name string) *fault
	// pattern of a name, for the schema.
	pattern string
}

func (t tableForm[T]) word() string { return t.what }

func (t tableForm[T]) read(w *walker, n ast.Node, at spot, into *[]T) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	members, ok := entries(n)
	if !ok {
		w.report(at, faultf("want %s, have %s", t.what, word(n)))
		return
	}
	seen := map[string]pos{}
	for _, m := range members {
		name, ok := w.key(m, at)
		if !ok {
			continue
		}
		where := spotOf(m.Key)
		if !plainName(name) {
			w.add(where, at.path, t.ok(""))
			continue
		}
		here := at.member(name, where)
		if first, ok := seen[name]; ok {
			w.report(here, faultf("set twice").hintf("the first is in line %d", first.line))
			continue
		}
		seen[name] = where
		if f := t.ok(name); f != nil {
			w.report(here, f)
		}
		w.places[here.path] = where
		if _, null := m.Value.(*ast.NullNode); !null {
			here.pos = spotOf(m.Value)
		}
		var e T
		t.of.read(w, m.Value, here, &e)
		*t.name(&e) = name
		*into = append(*into, e)
	}
}

func (t tableForm[T]) absent(*[]T) {}

func (t tableForm[T]) show(v *[]T) (any, bool) {
	var out yaml.MapSlice
	for i := range *v {
		if e, ok := t.of.show(&(*v)[i]); ok {
			out = append(out, yaml.MapItem{Key: *t.name(&(*v)[i]), Value: e})
		}
	}
	return out, len(out) > 0
}

// An optional section is nil where it is missing.
type optional[T any] struct{ of form[T] }

func (o optional[T]) word() string { return o.of.word() }

func (o optional[T]) read(w *walker, n ast.Node, at spot, into **T) {
	*into = new(T)
	o.of.read(w, n, at, *into)
}

func (o optional[T]) absent(**T) {}

func (o optional[T]) show(v **T) (any, bool) {
	if *v == nil {
		return nil, false
	}
	return o.of.show(*v)
}

// A switchable section may also be written true, which is {}, and where by is boolean also false.
type switchable[T any] struct {
	of form[T]
	by scalarForm[bool]
}

func (s switchable[T]) word() string { return "settings, or `true`" }

func (s switchable[T]) read(w *walker, n ast.Node, at spot, into **T) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	if _, ok := entries(n); ok {
		*into = new(T)
		s.of.read(w, n, at, *into)
		return
	}
	var on bool
	s.by.read(w, n, at, &on)
	if on {
		*into = new(T)
		s.of.absent(*into)
	}
}

func (s switchable[T]) absent(**T) {}

func (s switchable[T]) show(v **T) (any, bool) {
	if *v == nil {
		return nil, false
	}
	if inside, ok := s.of.show(*v); ok {
		return inside, true
	}
	return true, true
}

// An offForm is a section or the word off.
type offForm[T any] struct{ of form[T] }

func (o offForm[T]) word() string { return "settings, or `off`" }

func (o offForm[T]) read(w *walker, n ast.Node, at spot, into *T) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	if _, ok := entries(n); ok {
		o.of.read(w, n, at, into)
		return
	}
	s, ok := w.scalar(n, at, "settings or off")
	if ok && s.text != "off" {
		w.report(at, faultf("%s is neither settings nor off", s.quote()).hintf("write off, or {share: 20%%, over: 1000}"))
	}
}

func (o offForm[T]) absent(into *T) { o.of.absent(into) }

func (o offForm[T]) show(v *T) (any, bool) {
	if inside, ok := o.of.show(v); ok {
		return inside, true
	}
	return "off", true
}

// A mapped form is written like an A and kept as a B.
type mapped[A, B any] struct {
	form[A]
	to   func(w *walker, at spot, from *A) B
	from func(*B) A
}

func (m mapped[A, B]) read(w *walker, n ast.Node, at spot, into *B) {
	var a A
	m.form.read(w, n, at, &a)
	*into = m.to(w, at, &a)
}

func (m mapped[A, B]) absent(*B) {}

func (m mapped[A, B]) show(v *B) (any, bool) {
	a := m.from(v)
	return m.form.show(&a)
}
