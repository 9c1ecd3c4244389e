// Package transform rewrites one record by the field rules of a route.
//
// It is the pure middle of voile: bytes in, a verdict out. It knows no Kafka, no Vault and no clock.
//
// The contract of Transform: every value that a rule selects is replaced, removed, or is one of those that stay by
// decision (null, the empty string, a genuine token of the rule's own domain); every byte outside the selected values
// stays as it was; and where any of it cannot be done, the verdict says why and holds no record. There is no third
// outcome: nothing is passed on half transformed, also not when the transform panics.
//
// Where rules overlap, the first that matches a value wins, as in a firewall, and a rule that takes an object or an
// array takes everything in it. Rules that go inside the same text go there together.
package transform

import (
	"fmt"

	"voile/config"
	"voile/pipeline/jsonpath"
)

// Rules are the field rules of one route, compiled. They do not change and are safe for concurrent use.
type Rules struct {
	rules    []rule
	value    *tree
	keyPath  *tree // nil where no rule looks into the key as JSON
	keyWhole *plan // nil where none takes the key as text
	headers  []headerRule
	levels   []levelKind
	subjects []subjectPath
	watch    *watch // nil without a guard
	required []int  // the rules with required: true
	accept   bool
	maxDepth int
}

// A rule is one field rule of the configuration, at the same index.
type rule struct {
	action   action
	required bool
	redact   bool   // what cannot be understood is replaced by a constant, not set aside
	where    string // the setting, for messages
}

type headerRule struct {
	name string
	plan plan
}

// Compile makes the rules of a route of c. domains holds every domain that the rules name.
func Compile(route *config.Route, c *config.Config, domains map[string]Domain) (*Rules, error) {
	r := &Rules{accept: route.AcceptTokens, maxDepth: c.Limits.MaxDepth}
	for i := range route.Fields {
		field := &route.Fields[i]
		a, err := r.newAction(field.Action, c, domains)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.Setting, err)
		}
		r.rules = append(r.rules, rule{action: a, required: field.Required, redact: field.OnInvalid == config.InvalidRedact, where: field.Setting})
		if field.Required {
			r.required = append(r.required, i)
		}
	}
	p := planner{rules: r.rules, guarded: route.Guard.Mode != "" && route.Guard.Mode != config.GuardOff}
	if err := r.plan(&p, route.Fields); err != nil {
		return nil, fmt.Errorf("route %s: %w", route.Name, err)
	}
	var err error
	if r.watch, err = newWatch(&route.Guard, &p, domains); err != nil {
		return nil, fmt.Errorf("route %s: guard: %w", route.Name, err)
	}
	r.levels = p.levels
	return r, nil
}

// plan sorts the rules by what they look into, and compiles each.
func (r *Rules) plan(p *planner, fields []config.Rule) (err error) {
	var inValue, inKey, keyWhole []way
	var atValue, atKey []jsonpath.Selection
	byHeader := map[string][]way{}
	var headers []string
	for i := range fields {
		f := &fields[i]
		w, at := way{i, f.Inside}, jsonpath.Selection{Path: f.Path, Keys: f.KeysOf}
		switch {
		case f.Target == config.Header:
			if byHeader[f.Header] == nil {
				headers = append(headers, f.Header)
			}
			byHeader[f.Header] = append(byHeader[f.Header], w)
		case f.Target == config.Key && f.Whole:
			keyWhole = append(keyWhole, w)
		case f.Target == config.Key:
			inKey, atKey = append(inKey, w), append(atKey, at)
		default:
			inValue, atValue = append(inValue, w), append(atValue, at)
		}
	}
	if r.value, err = p.tree(inValue, atValue); err != nil {
		return err
	}
	if len(inKey) > 0 {
		if r.keyPath, err = p.tree(inKey, atKey); err != nil {
			return fmt.Errorf("key: %w", err)
		}
	}
	if len(keyWhole) > 0 {
		whole, err := p.plan(keyWhole)
		if err != nil {
			return fmt.Errorf("key: %w", err)
		}
		r.keyWhole = &whole
	}
	for _, name := range headers {
		one, err := p.plan(byHeader[name])
		if err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
		r.headers = append(r.headers, headerRule{name, one})
	}
	return nil
}

// newAction makes the action of a rule. A new kind of action is a file of its own and one line here.
func (r *Rules) newAction(a config.Action, c *config.Config, domains map[string]Domain) (action, error) {
	switch a.Kind {
	case config.Redact:
		return newRedact(a), nil
	case config.Remove:
		return remove{}, nil
	case config.Mask:
		return newMask(a), nil
	case config.Truncating:
		return truncated{keep: a.Keep}, nil
	case config.Generalizing:
		return newGeneralized(a.Generalize)
	case config.Pseudonymize:
		d, ok := domains[a.Domain]
		if !ok {
			return nil, fmt.Errorf("there are no keys for the domain %s", a.Domain)
		}
		if a.Shape != nil {
			k, err := deriver(a.Domain, domains)
			return newShaped(a.Shape, k), err
		}
		if conf, _ := c.Domain(a.Domain); conf.Method == config.Encrypt {
			return randomised{d}, nil
		}
		return deterministic{d}, nil
	case config.PickOne:
		k, err := deriver(a.Domain, domains)
		return newPick(a.Pick, k), err
	case config.ShiftDates:
		k, err := deriver(a.Domain, domains)
		if err != nil {
			return nil, err
		}
		return r.newShiftDate(a.ShiftDate, k)
	}
	return nil, fmt.Errorf("no action of kind %d", a.Kind)
}
