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
// array takes everything in it.
package transform

import (
	"fmt"

	"voile/config"
	"voile/pipeline/jsonpath"
)

// Rules are the field rules of one route, compiled. They do not change and are safe for concurrent use.
type Rules struct {
	rules    []rule
	value    tree
	keyPath  tree
	keyWhole int // index of the rule that takes the whole key; -1 none
	headers  []headerRule
	required []int // the rules with required: true
	accept   bool
	maxDepth int
}

// A rule is one field rule of the configuration, at the same index.
type rule struct {
	action   action
	required bool
	where    string // the setting, for messages
}

// A tree is what the paths of one JSON text compile to.
type tree struct {
	paths *jsonpath.Automaton // nil where no rule looks into the text
	index []int               // from the automaton's numbers to the rules'
}

type headerRule struct {
	name string
	rule int
}

// Compile makes the rules of a route of c. domains holds every domain that the rules name.
func Compile(route *config.Route, c *config.Config, domains map[string]Domain) (*Rules, error) {
	r := &Rules{keyWhole: -1, accept: route.AcceptTokens, maxDepth: c.Limits.MaxDepth}
	var inValue, inKey []jsonpath.Selection
	for i := range route.Fields {
		field := &route.Fields[i]
		if field.KeysOf || len(field.Inside) > 0 {
			return nil, fmt.Errorf("%s: keys_of and in are read, and not yet done", field.Setting)
		}
		a, err := newAction(field.Action, c, domains)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.Setting, err)
		}
		r.rules = append(r.rules, rule{action: a, required: field.Required, where: field.Setting})
		if field.Required {
			r.required = append(r.required, i)
		}
		switch {
		case field.Target == config.Header:
			r.headers = append(r.headers, headerRule{name: field.Header, rule: i})
		case field.Target == config.Key && field.Whole:
			if r.keyWhole < 0 {
				r.keyWhole = i
			}
		case field.Target == config.Key:
			inKey = append(inKey, jsonpath.Selection{Path: field.Path})
			r.keyPath.index = append(r.keyPath.index, i)
		default:
			inValue = append(inValue, jsonpath.Selection{Path: field.Path})
			r.value.index = append(r.value.index, i)
		}
	}
	if err := r.value.compile(inValue); err != nil {
		return nil, fmt.Errorf("route %s: %w", route.Name, err)
	}
	if err := r.keyPath.compile(inKey); err != nil {
		return nil, fmt.Errorf("route %s: key: %w", route.Name, err)
	}
	return r, nil
}

func (t *tree) compile(selections []jsonpath.Selection) (err error) {
	t.paths, err = jsonpath.Compile(selections)
	return err
}

// newAction makes the action of a rule. A new kind of action is a file of its own and one line here.
func newAction(a config.Action, c *config.Config, domains map[string]Domain) (action, error) {
	switch a.Kind {
	case config.Redact:
		return redact{}, nil
	case config.Remove:
		return remove{}, nil
	case config.Mask:
		return mask{first: a.KeepFirst, last: a.KeepLast}, nil
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
	}
	return nil, fmt.Errorf("no action of kind %d", a.Kind)
}
