package config

import (
	"github.com/goccy/go-yaml/ast"

	"voile/pipeline/shape"
)

// A ShapeForm says what a shaped token looks like.
type ShapeForm uint8

// The forms.
const (
	ShapeUUID ShapeForm = iota
	ShapeDigits
	ShapeEmail
)

// A Shape is the form that a token takes instead of voile's own.
type Shape struct {
	Form       ShapeForm
	Length     int  // with ShapeDigits: how many, from 1 to shape.MaxDigits
	Persons    int  // with ShapeDigits: how many are expected, at least 2
	KeepDomain bool // with ShapeEmail: the mail domain of the value stays; else it becomes a token under .invalid
}

// A shapeText is a shape in settings as the file writes it.
type shapeText struct {
	digits *digitsText
	email  *emailText
}

type digitsText struct{ length, persons int }

type emailText struct{ keepDomain bool }

var shapeSection = &section[shapeText]{
	title: "Shaped tokens",
	doc: "Under `routes[].fields[].as`, beside `domain`, for schemas that insist on a shape. The domain is of method `hash`. Equal values get equal tokens, one-way; the shapes of one " +
		"value cannot be linked to each other nor to its token without `as`. A null stays null and an empty text empty. **A shaped token has no mark**: it cannot be told from a value, " +
		"so a second pass (another proxy behind this one, a replay of the sink) makes another token of it, and `accept_tokens` and `voile reveal` do not know it. A new key of the domain gives other tokens, as without `as`. " +
		"`as: uuid` gives a UUID of version 8 (RFC 9562), always a text.",
	choices: []choice{{of: []string{"digits", "email"}, named: "shape"}},
	settings: []setting[shapeText]{
		set("digits", optional[digitsText]{digitsForm}, func(s *shapeText) **digitsText { return &s.digits },
			about{doc: "A number of digits, the first not 0: as a JSON number where the value is one, else as a text, the same digits in both.", example: "{length: 15, persons: 1000000}"}),
		set("email", optional[emailText]{emailForm}, func(s *shapeText) **emailText { return &s.email },
			about{doc: "An e-mail address: 26 letters and digits, at a domain. The domain of the rule has `value: email`. What is no address gets `not-an-address.invalid` behind the @.", example: "{keep_domain: false}"}),
	},
}

var digitsForm = &section[digitsText]{
	title: "Digits",
	doc: "Under `routes[].fields[].as.digits`. There are 9 × 10^(length−1) such numbers. A length is refused at which any two of so many persons would share theirs with a chance of more than 1 in 1,000 " +
		"(persons × (persons − 1) / 2, divided by the count of numbers). More than 15 digits are more than many a program keeps of a JSON number (2^53).",
	settings: []setting[digitsText]{
		set("length", integerForm(1, shape.MaxDigits), func(d *digitsText) *int { return &d.length },
			about{doc: "How many digits.", required: true, example: "15"}),
		set("persons", integerForm(2, maxPersons), func(d *digitsText) *int { return &d.persons },
			about{doc: "How many different values are expected, over all the years that the tokens are kept.", required: true, example: "1000000"}),
	},
	after: checkDigits,
}

// maxPersons is more than there are; for so many, fewer than shape.MaxDigits suffice.
const maxPersons = 10_000_000_000

var emailForm = &section[emailText]{
	title: "E-mail addresses",
	doc:   "Under `routes[].fields[].as.email`.",
	settings: []setting[emailText]{
		set("keep_domain", boolean, func(e *emailText) *bool { return &e.keepDomain },
			about{doc: "`true` keeps the mail domain of the value where it is the name of a host; somebody who has a domain of their own is then known by it. `false` puts a token under the " +
				"reserved top-level domain `invalid` (RFC 2606) in its place: equal domains, equal tokens, and no mail arrives anywhere.", fallback: "false"}),
	},
}

func checkDigits(w *walker, at spot, d *digitsText) {
	if w.broken[at.path] {
		return
	}
	least, ok := shape.LeastDigits(d.persons)
	if ok && d.length >= least {
		return
	}
	w.report(w.at(at.path+".length"), faultf("%d digits are too few: two of %d persons would share theirs with a chance of more than 1 in 1,000", d.length, d.persons).
		hintf("at least %d", least))
}

// shapeForm is the word uuid, or settings.
type shapeForm struct{}

const shapeUUID = "uuid"

func (shapeForm) word() string { return "`uuid`, or settings" }

func (shapeForm) read(w *walker, n ast.Node, at spot, into **Shape) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	*into = new(Shape)
	if _, ok := entries(n); !ok {
		s, ok := w.scalar(n, at, "a shape")
		if ok && s.text != shapeUUID {
			w.report(at, faultf("%s is no shape", s.quote()).hintf("write uuid, {digits: {length: …, persons: …}} or {email: {keep_domain: …}}"))
		}
		return
	}
	var t shapeText
	shapeSection.read(w, n, at, &t)
	switch {
	case t.digits != nil:
		**into = Shape{Form: ShapeDigits, Length: t.digits.length, Persons: t.digits.persons}
	case t.email != nil:
		**into = Shape{Form: ShapeEmail, KeepDomain: t.email.keepDomain}
	}
}

func (shapeForm) absent(**Shape) {}

func (shapeForm) show(v **Shape) (any, bool) {
	switch s := *v; {
	case s == nil:
		return nil, false
	case s.Form == ShapeDigits:
		return shapeSection.show(&shapeText{digits: &digitsText{s.Length, s.Persons}})
	case s.Form == ShapeEmail:
		return shapeSection.show(&shapeText{email: &emailText{s.KeepDomain}})
	}
	return shapeUUID, true
}

func (shapeForm) schema() object {
	return object{"anyOf": []object{{"const": shapeUUID}, shapeSection.schema(), {"$ref": "#/$defs/env"}}}
}

func (shapeForm) sections() []sectionOutline { return []sectionOutline{shapeSection} }
