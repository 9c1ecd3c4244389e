package config

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// object is a JSON object, of the schema.
type object = map[string]any

// An outline is what the schema and the reference need of a form, whatever Go type it fills.
type outline interface {
	// word names the form in the reference and in messages: "a byte size, such as 16MiB".
	word() string
	schema() object
	// sections are the sections inside.
	sections() []sectionOutline
}

// A form is one way to write a T in YAML: a scalar, a section, a list, a table by name. It is the one description of
// its settings.
type form[T any] interface {
	outline
	// read fills into from n and reports what is wrong.
	read(w *walker, n ast.Node, at spot, into *T)
	// absent fills into where the setting is missing and has no default of its own.
	absent(into *T)
	// show is the YAML of v; false where there is nothing to show.
	show(v *T) (any, bool)
}

// about is what a person should know of a setting.
type about struct {
	doc      string // one or two sentences for the reference
	fallback string // the default as YAML; empty: none, or that of the section
	instead  string // in words: what holds without it, where fallback cannot say it
	example  string // as YAML
	required bool
	quiet    bool // not shown where it has its default
}

// A setting is one member of a section that fills an S.
type setting[S any] struct {
	name string
	about
	outline
	read   func(w *walker, n ast.Node, at spot, into *S)
	absent func(into *S)
	show   func(from *S) (any, bool)
}

// set describes the setting called name, which at finds in an S.
func set[S, T any](name string, f form[T], at func(*S) *T, a about) setting[S] {
	s := setting[S]{name: name, about: a, outline: f}
	s.read = func(w *walker, n ast.Node, where spot, into *S) { f.read(w, n, where, at(into)) }
	s.absent = func(into *S) {
		if a.fallback == "" {
			f.absent(at(into))
			return
		}
		readFallback(name, a.fallback, f, at(into))
	}
	s.show = func(from *S) (any, bool) {
		v, ok := f.show(at(from))
		if ok && a.quiet {
			var standard S
			s.absent(&standard)
			usual, _ := f.show(at(&standard))
			ok = fmt.Sprint(v) != fmt.Sprint(usual)
		}
		return v, ok
	}
	return s
}

// readFallback reads a default by the reader of the setting itself. A default that it refuses is a fault of the
// table, which any test of the package meets.
func readFallback[T any](name, text string, f form[T], into *T) {
	w := newWalker("the default of "+name, func(string) (string, bool) { return "", false })
	file, err := parser.ParseBytes([]byte(text), 0)
	if err == nil {
		f.read(w, file.Docs[0].Body, spot{path: name}, into)
	}
	if err != nil || len(w.problems) > 0 {
		panic(fmt.Sprintf("config: the default of %s is no value of it: %v %v", name, err, w.problems))
	}
}

// A section is a mapping with fixed names that fills an S.
type section[S any] struct {
	title    string
	doc      string
	settings []setting[S]
	// choices are groups of names of which exactly one stands in the section.
	choices []choice
	// either are names of which at least one stands in the section; an example stands with the first.
	either []string
	// after looks at the whole section, its settings read.
	after func(w *walker, at spot, into *S)
	// secretive keeps names that are no settings out of messages, because they may be a piece of a secret.
	secretive bool
}

type choice struct {
	of    []string
	named string // "selector"
}

func (s *section[S]) word() string { return "settings" }

func (s *section[S]) find(name string) *setting[S] {
	for i := range s.settings {
		if s.settings[i].name == name {
			return &s.settings[i]
		}
	}
	return nil
}

func (s *section[S]) names() []string {
	names := make([]string, len(s.settings))
	for i := range s.settings {
		names[i] = s.settings[i].name
	}
	return names
}

func (s *section[S]) read(w *walker, n ast.Node, at spot, into *S) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	members, ok := entries(n)
	if !ok {
		w.report(at, faultf("want settings, have %s", word(n)).hintf("it has %s", list(s.names())))
		return
	}
	w.places[at.path] = at.pos
	at.quiet = at.quiet || s.secretive
	seen, meant := map[string]pos{}, map[string]bool{}
	for _, m := range members {
		if name, ok := w.key(m, at); ok && s.find(name) == nil {
			meant[w.unknown(name, spotOf(m.Key), at, s.names())] = true
		} else if ok {
			s.readMember(w, m, name, at, seen, into)
		}
	}
	for i := range s.settings {
		t := &s.settings[i]
		if _, ok := seen[t.name]; ok {
			continue
		}
		t.absent(into)
		if t.required && !meant[t.name] {
			w.report(at.member(t.name, at.pos), (&fault{what: "missing"}).hintf("for example %s: %s", t.name, t.example))
		}
	}
	s.choose(w, at, seen)
	if len(s.either) > 0 && !slices.ContainsFunc(s.either, func(name string) bool { _, ok := seen[name]; return ok || meant[name] }) {
		w.report(at.member(s.either[0], at.pos), (&fault{what: "missing"}).hintf("for example %s: %s", s.either[0], s.find(s.either[0]).example))
	}
	if s.after != nil {
		s.after(w, at, into)
	}
}

func (s *section[S]) readMember(w *walker, m *ast.MappingValueNode, name string, at spot, seen map[string]pos, into *S) {
	t, where := s.find(name), spotOf(m.Key)
	here := at.member(name, where)
	if first, ok := seen[name]; ok {
		w.report(here, faultf("set twice").hintf("the first is in line %d", first.line))
		return
	}
	seen[name] = where
	if _, null := m.Value.(*ast.NullNode); !null {
		here.pos = spotOf(m.Value)
	}
	w.places[here.path] = here.pos
	t.read(w, m.Value, here, into)
}

// unknown reports a name that is no setting, and gives the one that was probably meant.
func (w *walker) unknown(name string, where pos, in spot, names []string) (meant string) {
	f := &fault{what: "there is no such setting"}
	meant = suggest(name, names)
	switch {
	case !plainName(name) || in.quiet && meant == "":
		f.what = "a name that is no setting"
		w.add(where, in.path, f.hintf("the settings here are %s", list(names)))
		return ""
	case meant != "":
		f.hintf("did you mean %q?", meant)
	default:
		f.hintf("the settings here are %s", list(names))
	}
	w.report(in.member(name, where), f)
	return meant
}

// choose reports where not exactly one of a group is set.
func (s *section[S]) choose(w *walker, at spot, seen map[string]pos) {
	for _, c := range s.choices {
		var have []string
		for _, name := range c.of {
			if _, ok := seen[name]; ok {
				have = append(have, name)
			}
		}
		switch {
		case len(have) == 0 && !w.broken[at.path]:
			w.report(at, faultf("no %s", c.named).hintf("write one of %s", list(c.of)))
		case len(have) > 1:
			w.add(seen[have[1]], at.path, faultf("%s and %s exclude each other", have[0], have[1]).hintf("keep one %s", c.named))
		}
	}
}

func (s *section[S]) absent(into *S) {
	for i := range s.settings {
		s.settings[i].absent(into)
	}
}

func (s *section[S]) show(v *S) (any, bool) {
	var out yaml.MapSlice
	for i := range s.settings {
		t := &s.settings[i]
		if value, ok := t.show(v); ok {
			out = append(out, yaml.MapItem{Key: t.name, Value: value})
		}
	}
	return out, len(out) > 0
}
