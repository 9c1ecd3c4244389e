package config

import (
	"github.com/goccy/go-yaml/ast"

	"voile/pipeline/embedded"
)

// The values of Rule.OnInvalid.
const (
	InvalidSeal   = "quarantine" // the record is set aside
	InvalidRedact = "redact"     // the value is replaced by a constant
)

// An insideText says how to go on inside a text, as the file writes it: what the decoders of in give is selected by at.
type insideText struct {
	in []string
	at *atText
}

// An atText is what stands behind at: a path or a part, or such settings again.
type atText struct {
	text   string // of a path, or of a part
	keysOf string
	inside insideText
	where  spot
}

var inForm = listForm[string]{of: enumForm(embedded.Decoders()...), what: "a list of decoders"}

// atSection is at where it holds settings.
var atSection = &section[atText]{
	title: "Inside a text",
	doc: "Under `routes[].fields[].at`, and under `at` in it: what to select in what the decoders of `in` give. It is a path after `json`; after `url` it is `query.NAME`, `query.*` " +
		"(every parameter), `path`, `path.N` (its N-th segment, from 0), `fragment` or `userinfo`; after `form` the name of a parameter, or `*`. Settings instead of a text take member names, or go on inside.",
	choices: []choice{{of: []string{"path", "keys_of"}, named: "selector"}},
	settings: []setting[atText]{
		set("path", anyText, func(a *atText) *string { return &a.text },
			about{doc: "What the text alone would be: a path, or a part.", example: "$.link"}),
		set("keys_of", anyText, func(a *atText) *string { return &a.keysOf },
			about{doc: "After `json`: the names of the members of the objects at this path.", example: `"$"`}),
		set("in", inForm, func(a *atText) *[]string { return &a.inside.in },
			about{doc: "How to decode the text that is selected.", example: "[url]"}),
		set[atText, *atText]("at", atForm{}, func(a *atText) **atText { return &a.inside.at },
			about{doc: "What to select in it.", example: "query.email"}),
	},
}

// atForm is a text, or settings.
type atForm struct{}

func (atForm) word() string { return "a path, a part of a URL or the name of a parameter; or settings" }

func (atForm) read(w *walker, n ast.Node, at spot, into **atText) {
	n, ok := w.plain(n, at)
	if !ok {
		return
	}
	*into = &atText{where: at}
	if _, ok := entries(n); ok {
		atSection.read(w, n, at, *into)
		return
	}
	anyText.read(w, n, at, &(*into).text)
}

func (atForm) absent(**atText) {}

func (atForm) show(v **atText) (any, bool) {
	switch a := *v; {
	case a == nil:
		return nil, false
	case a.keysOf == "" && a.inside.in == nil:
		return printText(a.text)
	default:
		return atSection.show(a)
	}
}

func (atForm) schema() object {
	// One level of settings, in which at may be anything: a schema that holds itself would need a name.
	inner := object{"type": "object", "additionalProperties": false, "properties": object{
		"path": object{"type": "string"}, "keys_of": object{"type": "string"}, "in": inForm.schema(), "at": object{"type": []string{"string", "object"}},
	}, "oneOf": []object{{"required": []string{"path"}}, {"required": []string{"keys_of"}}}}
	return object{"anyOf": []object{{"type": "string", "minLength": 1}, inner}}
}

func (atForm) sections() []sectionOutline { return []sectionOutline{atSection} }

// maxSteps bounds how deep a rule looks inside.
const maxSteps = 8

// steps turns in and at into steps. where is the section that they stand in.
func (t *insideText) steps(w *walker, where spot) []Step {
	var out []Step
	for {
		last := t.last()
		if f := t.misfit(last); f != nil {
			w.report(w.at(where.path+f.setting), f.fault)
			return nil
		}
		for _, decoder := range t.in {
			out = append(out, Step{Decoder: decoder}) // what is JSON on the way is a string: `$`
		}
		if len(out) > maxSteps {
			w.report(w.at(where.path+".in"), faultf("more than %d decoders in each other", maxSteps).hintf("no producer nests so deep; look at a record"))
			return nil
		}
		if t.at == nil {
			return out
		}
		step := &out[len(out)-1]
		if !t.at.fill(w, step) {
			return nil
		}
		if t.at.inside.in == nil && t.at.inside.at == nil {
			return out
		}
		if step.KeysOf {
			w.report(w.at(t.at.where.path+".keys_of"), faultf("a member's name is taken whole").hintf("leave in and at out beside keys_of"))
			return nil
		}
		t, where = &t.at.inside, t.at.where
	}
}

func (t *insideText) last() string {
	if len(t.in) == 0 {
		return ""
	}
	return t.in[len(t.in)-1]
}

type misfit struct {
	setting string
	fault   *fault
}

// misfit is what is wrong between in and at.
func (t *insideText) misfit(last string) *misfit {
	for _, d := range t.in[:max(0, len(t.in)-1)] {
		if embedded.HasParts(d) {
			return &misfit{".in", faultf("%s has parts, of which one has to be chosen before the next decoder", d).
				hintf("end in with %s, choose by at: {path: …}, and write the other decoders in there", d)}
		}
	}
	switch {
	case last == "":
		return &misfit{".at", faultf("at needs in: how the text is encoded").hintf("for example in: [json]")}
	case embedded.HasParts(last) && t.at == nil:
		return &misfit{".in", faultf("%s needs at: which part", last).hintf("for example at: %s", map[string]string{embedded.URL: "query.email", embedded.Form: "email"}[last])}
	case embedded.NewCodec(last) != nil && t.at != nil:
		return &misfit{".at", faultf("%s has nothing to select in", last).hintf("add a decoder to in, such as json, or leave at out")}
	}
	return nil
}

// fill puts what is selected into the step; false after it has reported that it cannot.
func (a *atText) fill(w *walker, step *Step) bool {
	text, where := a.text, a.where
	if a.keysOf != "" {
		text, where = a.keysOf, w.at(a.where.path+".keys_of")
	} else if _, ok := w.places[a.where.path+".path"]; ok {
		where = w.at(a.where.path + ".path")
	}
	step.KeysOf = a.keysOf != ""
	switch {
	case w.broken[a.where.path]:
		return false
	case step.Decoder == embedded.JSON:
		p, f := parsePath(scalar{text: text, typ: textType})
		if f != nil {
			w.report(where, f)
			return false
		}
		step.Path = p.path
	case step.KeysOf:
		w.report(where, faultf("only JSON has member names").hintf("end in with json"))
		return false
	default:
		part, err := embedded.ParsePart(step.Decoder, text)
		if err != nil {
			w.report(where, faultf("%s is no part of a %s", quote(text), step.Decoder).hintf("%s", err))
			return false
		}
		step.Part = part
	}
	return true
}

// insideOf is the inverse of steps.
func insideOf(steps []Step) (t insideText) {
	end := len(steps)
	for i, s := range steps {
		// A step selects something where it is the last of its list: a part, a path that is not all there is.
		if embedded.HasParts(s.Decoder) || s.Decoder == embedded.JSON && (!s.Path.IsRoot() || s.KeysOf || i == len(steps)-1) {
			end = i + 1
			break
		}
	}
	for _, s := range steps[:end] {
		t.in = append(t.in, s.Decoder)
	}
	if end == 0 || embedded.NewCodec(steps[end-1].Decoder) != nil {
		return t
	}
	a := &atText{inside: insideOf(steps[end:])}
	switch s := steps[end-1]; {
	case s.KeysOf:
		a.keysOf = s.Path.String()
	case s.Decoder == embedded.JSON:
		a.text = s.Path.String()
	case s.Decoder == embedded.Form:
		a.text = s.Part.Form()
	default:
		a.text = s.Part.String()
	}
	t.at = a
	return t
}

// pathOfKeys reads keys_of.
var keysOfForm = scalarForm[pathText]{
	what: "the path of an object, such as $.identityMap.Email", types: []scalarType{textType}, rules: object{"pattern": `^\$`},
	parse: parsePath, print: pathForm.print,
}
