package transform

import (
	"slices"

	"voile/config"
	"voile/pipeline/embedded"
	"voile/pipeline/jsonpath"
)

// A plan says what is done with one text or value, which one or more rules select. Either a rule takes it whole, or rules go
// inside: the first of the rules decides, as in a firewall.
type plan struct {
	rule  int     // takes it whole; -1 where rules go inside
	met   []int   // those that come too late to take it; they are met all the same
	in    []layer // how to go inside, in the order of the rules; more than one where rules decode in different ways
	under []int   // all rules that go inside
}

// A layer decodes a text and goes on in what that gives: as one text (base64), as JSON, or by parts (a URL, a form).
type layer struct {
	first   int  // the first rule that goes this way, for messages
	redact  bool // a text that cannot be decoded is replaced by a constant: every rule says so
	decoder string
	codec   *embedded.Codec // with base64
	whole   *plan           // with base64: for the decoded text
	tree    *tree           // with json
	parts   []embedded.Part // with url and form
	plans   []plan          // by number of the part
	memory  int             // of a Transformer: the number of its level
}

// A tree is what the rules in one JSON text compile to.
type tree struct {
	paths  *jsonpath.Automaton
	plans  []plan // by Accept; that of 0 is not used
	memory int    // of a Transformer: the number of its level
}

// A way is what is left of a rule's way to its values.
type way struct {
	rule  int
	steps []config.Step
}

// planner compiles ways to plans, and numbers the memory that they will need.
type planner struct {
	rules   []rule
	levels  []levelKind
	guarded bool // the guard looks at the parts that no rule takes
}

// A levelKind says what a level of a Transformer's memory is for.
type levelKind struct {
	tree    *tree           // to scan
	decoder string          // to locate
	parts   []embedded.Part // in
}

func (p *planner) level(k levelKind) int {
	p.levels = append(p.levels, k)
	return len(p.levels) - 1
}

// tree compiles the ways that begin in a JSON text; at says what each selects there.
func (p *planner) tree(ways []way, at []jsonpath.Selection) (*tree, error) {
	paths, err := jsonpath.Compile(at)
	if err != nil {
		return nil, err
	}
	t := &tree{paths: paths, plans: make([]plan, paths.Sets())}
	for accept := 1; accept < len(t.plans); accept++ {
		var here []way
		for _, number := range paths.Rules(jsonpath.Accept(accept)) {
			here = append(here, ways[number])
		}
		if t.plans[accept], err = p.plan(here); err != nil {
			return nil, err
		}
	}
	t.memory = p.level(levelKind{tree: t})
	return t, nil
}

// plan compiles the ways that meet in one text or value, at least one, in the order of their rules.
func (p *planner) plan(ways []way) (plan, error) {
	out := plan{rule: -1}
	if len(ways[0].steps) == 0 {
		out.rule = ways[0].rule
		for _, w := range ways[1:] {
			out.met = append(out.met, w.rule)
		}
		return out, nil
	}
	var decoders []string
	by := map[string][]way{}
	for _, w := range ways {
		if len(w.steps) == 0 {
			out.met = append(out.met, w.rule)
			continue
		}
		d := w.steps[0].Decoder
		if by[d] == nil {
			decoders = append(decoders, d)
		}
		by[d] = append(by[d], w)
		out.under = append(out.under, w.rule)
	}
	for _, d := range decoders {
		l, err := p.layer(d, by[d])
		if err != nil {
			return out, err
		}
		out.in = append(out.in, l)
	}
	return out, nil
}

// layer compiles the ways that decode one text in the same way.
func (p *planner) layer(decoder string, ways []way) (layer, error) {
	l := layer{first: ways[0].rule, redact: true, decoder: decoder, codec: embedded.NewCodec(decoder)}
	rest, at := make([]way, len(ways)), make([]jsonpath.Selection, len(ways))
	for i, w := range ways {
		l.redact = l.redact && p.rules[w.rule].redact
		rest[i] = way{w.rule, w.steps[1:]}
		at[i] = jsonpath.Selection{Path: w.steps[0].Path, Keys: w.steps[0].KeysOf}
	}
	var err error
	switch {
	case l.codec != nil:
		var whole plan
		whole, err = p.plan(rest)
		l.whole = &whole
		l.memory = p.level(levelKind{})
	case decoder == embedded.JSON:
		if l.tree, err = p.tree(rest, at); err == nil {
			l.memory = l.tree.memory
		}
	default:
		err = p.parts(&l, ways, rest)
		l.memory = p.level(levelKind{decoder: decoder, parts: l.parts})
	}
	return l, err
}

// parts compiles the ways into a URL or a form.
func (p *planner) parts(l *layer, ways, rest []way) error {
	for _, w := range ways {
		if part := w.steps[0].Part; !slices.Contains(l.parts, part) {
			l.parts = append(l.parts, part)
		}
	}
	for _, part := range l.parts {
		var here []way
		for i, w := range ways {
			if w.steps[0].Part.Covers(part) {
				here = append(here, rest[i])
			}
		}
		one, err := p.plan(here)
		if err != nil {
			return err
		}
		l.plans = append(l.plans, one)
	}
	if p.guarded {
		l.guardRest()
	}
	return nil
}
