package config

import (
	"errors"

	"voile/pipeline/jsonpath"
)

// A ruleText is a rule as the file writes it.
type ruleText struct {
	key          keyText
	header       string
	path, keysOf pathText
	inside       insideText
	onInvalid    string
	domain       string
	as           *Shape
	redact       *redactText
	remove       bool
	mask         *maskText
	pick         *pickText
	shiftDate    *shiftDateText
	truncate     int
	generalize   *Generalize
	required     bool
	origin       string
}

type pathText struct {
	set  bool
	path jsonpath.Path
}

type keyText struct {
	whole bool
	pathText
}

var (
	selectors = []string{"key", "header", "path", "keys_of"}
	actions   = []string{"domain", "redact", "remove", "mask", "truncate", "generalize", "pick", "shift_date"}
)

var ruleTextForm = &section[ruleText]{
	title: "Field rules",
	doc: "Under `routes[].fields[]`: exactly one selector (`key`, `header`, `path` or `keys_of`) and exactly one action (`domain`, `redact`, `remove`, " +
		"`mask`, `truncate`, `generalize`, `pick` or `shift_date`).",
	choices: []choice{{of: selectors, named: "selector"}, {of: actions, named: "action"}},
	settings: []setting[ruleText]{
		set("key", keyForm, func(r *ruleText) *keyText { return &r.key },
			about{doc: "The record's key: `true` takes it whole, as text; a path takes values in it, as JSON. Only with `domain`, and not with one that encrypts.", example: "true"}),
		set("header", textForm("the name of a header", nil, nil), func(r *ruleText) *string { return &r.header },
			about{doc: "All headers of this name, as text. Kafka tells capital from small letters, and so does voile.", example: "x-user-id"}),
		set("path", pathForm, func(r *ruleText) *pathText { return &r.path },
			about{doc: "Values in the record's JSON value, by an RFC 9535 path of names, indices, `*`, `..`, filters such as `[?@.name=='email']` and unions of them (docs/design.md, Paths).", example: "$.context.traits.email"}),
		set("keys_of", keysOfForm, func(r *ruleText) *pathText { return &r.keysOf },
			about{doc: "The names of the members of the objects at this path, in the record's JSON value: some envelopes put an identifier there. Only with `domain`.", example: "$.identityMap.Email"}),
		set("in", inForm, func(r *ruleText) *[]string { return &r.inside.in },
			about{doc: "How to look inside the text that is selected: decoders, from outside to inside. What is in there is taken out, and put back in the same encoding. One decoder " +
				"that selects (`json`, `url`, `form`) is the last; `at` says what it selects.", example: "[base64url, json]"}),
		set[ruleText, *atText]("at", atForm{}, func(r *ruleText) **atText { return &r.inside.at },
			about{doc: "With `in`: what to select inside. After `json` a path, all of it where this is left out.", example: "$.data[*].data.email"}),
		set("on_invalid", enumForm(InvalidSeal, InvalidRedact), func(r *ruleText) *string { return &r.onInvalid },
			about{doc: "What becomes of a value that `in` cannot decode, or that the action does not understand or cannot take: `quarantine` sets the record aside, `redact` puts the constant in the value's place.", fallback: InvalidSeal, quiet: true}),
		set("domain", textForm("the name of a domain", nil, nil), func(r *ruleText) *string { return &r.domain },
			about{doc: "Replaces the value by its token in this domain.", example: "customer-email"}),
		set[ruleText, *Shape]("as", shapeForm{}, func(r *ruleText) **Shape { return &r.as },
			about{doc: "With `domain`: what the token looks like, where a schema insists on a shape.", instead: "voile's own text", example: "uuid"}),
		set("redact", switchable[redactText]{redactForm, flag}, func(r *ruleText) **redactText { return &r.redact },
			about{doc: "Replaces any value by the text `[redacted]`, or by what its settings say.", example: "true"}),
		set("remove", flag, func(r *ruleText) *bool { return &r.remove },
			about{doc: "Takes the member, the element or the header away.", example: "true"}),
		set("mask", optional[maskText]{maskForm}, func(r *ruleText) **maskText { return &r.mask },
			about{doc: "Hides a text or a number behind stars, but for its ends.", example: "{keep_last: 4}"}),
		set("truncate", quietZero(integerForm(1, 1000)), func(r *ruleText) *int { return &r.truncate },
			about{doc: "Keeps the first characters (Unicode code points) of a text or a number, which becomes a text then. A shorter value stays as it is.", example: "10"}),
		set("generalize", optional[Generalize]{generalizeForm}, func(r *ruleText) **Generalize { return &r.generalize },
			about{doc: "Replaces a value by one that is less exact: a network, a month, a band.", example: "{ip: {v4: 24, v6: 48}}"}),
		set("pick", optional[pickText]{pickForm}, func(r *ruleText) **pickText { return &r.pick },
			about{doc: "Replaces the value by an entry of a list, always the same one for the same value.", example: "{domain: name-pick, from: [Anna, Ben, Chloé]}"}),
		set("shift_date", optional[shiftDateText]{shiftDateForm}, func(r *ruleText) **shiftDateText { return &r.shiftDate },
			about{doc: "Moves a date by a number of days that is the same for all dates of one person.", example: "{domain: person-shift, subject: $.userId, days: 30}"}),
		set("required", boolean, func(r *ruleText) *bool { return &r.required },
			about{doc: "Sends a record to quarantine in which the value is missing, null, empty, or no text that the domain's normalizer understands. " +
				"Tombstones and empty values pass. Not with `remove` and `redact` to null.", fallback: "false", quiet: true}),
		set("origin", profileName, func(r *ruleText) *string { return &r.origin },
			about{doc: "The profile that the rule comes from. `voile config show` writes it; nobody else needs it.", instead: "none: the rule is the file's own", example: "segment"}),
	},
}

var pathForm = scalarForm[pathText]{
	what: "a path such as $.user.email", types: []scalarType{textType}, rules: object{"pattern": `^\$`},
	parse: parsePath,
	print: func(p pathText) (any, bool) {
		if !p.set {
			return nil, false
		}
		return printText(p.path.String())
	},
}

var keyForm = scalarForm[keyText]{
	what: "true, or a path such as $.id", types: []scalarType{textType, booleanType},
	rules: object{"type": []string{"string", "boolean"}, "anyOf": []object{{"const": true}, {"type": "string", "pattern": `^\$`}}},
	parse: func(s scalar) (keyText, *fault) {
		switch s.text {
		case "true", "True", "TRUE":
			return keyText{whole: true}, nil
		case "false", "False", "FALSE":
			return keyText{}, faultf("only true or a path can stand here").hintf("leave the setting out instead")
		}
		p, f := parsePath(s)
		return keyText{pathText: p}, f
	},
	print: func(k keyText) (any, bool) {
		if k.whole {
			return true, true
		}
		return pathForm.print(k.pathText)
	},
}

func parsePath(s scalar) (pathText, *fault) {
	if f := printable(s, "a path such as $.user.email"); f != nil {
		return pathText{}, f
	}
	p, err := jsonpath.Parse(s.text)
	if err == nil {
		return pathText{true, p}, nil
	}
	f := faultf("%s is not a path", s.quote())
	if wrong := (*jsonpath.SyntaxError)(nil); errors.As(err, &wrong) && len(s.vars) == 0 {
		f = faultf("%s is not a path: %s at column %d", s.quote(), wrong.What, wrong.Column)
		f.hint = wrong.Hint
	}
	return pathText{}, f
}

// ruleForm turns the text of a rule into a Rule.
var ruleForm = mapped[ruleText, Rule]{
	form: ruleTextForm,
	to: func(w *walker, at spot, t *ruleText) Rule {
		r := Rule{Header: t.header, Required: t.required, OnInvalid: t.onInvalid, Origin: t.origin, Setting: at.path, Line: at.pos.line}
		switch {
		case t.key.whole || t.key.set:
			r.Target, r.Whole, r.Path = Key, t.key.whole, t.key.path
		case t.header != "":
			r.Target = Header
		case t.keysOf.set:
			r.KeysOf, r.Path = true, t.keysOf.path
		default:
			r.Path = t.path.path
		}
		switch {
		case t.domain != "":
			r.Action = Action{Kind: Pseudonymize, Domain: t.domain, Shape: t.as}
		case t.redact != nil:
			r.Action = Action{Kind: Redact, Text: t.redact.text, ToNull: t.redact.null}
		case t.remove:
			r.Action.Kind = Remove
		case t.mask != nil:
			r.Action = Action{Kind: Mask, KeepFirst: t.mask.first, KeepLast: t.mask.last, Character: t.mask.character, KeepSeparators: t.mask.separators}
		case t.truncate > 0:
			r.Action = Action{Kind: Truncating, Keep: t.truncate}
		case t.generalize != nil:
			r.Action = Action{Kind: Generalizing, Generalize: t.generalize}
		case t.pick != nil:
			r.Action = Action{Kind: PickOne, Domain: t.pick.domain, Pick: &Pick{t.pick.from}}
		case t.shiftDate != nil:
			r.Action = Action{Kind: ShiftDates, Domain: t.shiftDate.domain, ShiftDate: &ShiftDate{t.shiftDate.subject.path, t.shiftDate.days}}
		}
		if t.as != nil && t.domain == "" && !w.broken[at.path] {
			w.report(w.at(at.path+".as"), faultf("as is what a token looks like, and this rule makes none").hintf("write domain: with the name of a domain of method hash, or leave as out"))
		}
		if (len(t.inside.in) > 0 || t.inside.at != nil) && !w.broken[at.path+".in"] && !w.broken[at.path+".at"] {
			r.Inside = t.inside.steps(w, at)
		}
		return r
	},
	from: func(r *Rule) ruleText {
		t := ruleText{header: r.Header, required: r.Required, inside: insideOf(r.Inside), onInvalid: r.OnInvalid, origin: r.Origin}
		switch {
		case r.Target == Key && r.Whole:
			t.key.whole = true
		case r.Target == Key:
			t.key.pathText = pathText{true, r.Path}
		case r.KeysOf:
			t.keysOf = pathText{true, r.Path}
		case r.Target == Value:
			t.path = pathText{true, r.Path}
		}
		switch a := r.Action; a.Kind {
		case Pseudonymize:
			t.domain, t.as = a.Domain, a.Shape
		case Redact:
			t.redact = &redactText{a.Text, a.ToNull}
		case Remove:
			t.remove = true
		case Mask:
			t.mask = &maskText{a.KeepFirst, a.KeepLast, a.Character, a.KeepSeparators}
		case Truncating:
			t.truncate = a.Keep
		case Generalizing:
			t.generalize = a.Generalize
		case PickOne:
			t.pick = &pickText{a.Domain, a.Pick.From}
		case ShiftDates:
			t.shiftDate = &shiftDateText{a.Domain, pathText{true, a.ShiftDate.Subject}, a.ShiftDate.Days}
		}
		return t
	},
}
