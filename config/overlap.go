package config

import (
	"voile/pipeline/embedded"
	"voile/pipeline/jsonpath"
)

// maxTogether bounds the rules of a route for which it is tried whether several together take all of another one's values:
// the work grows with the cube of their number.
const maxTogether = 200

// checkOverlaps finds rules of a route that never come to anything because of others.
func (w *walker) checkOverlaps(fields []Rule, at string) {
	var all, whole [Key + 1][]jsonpath.Selection // of the rules so far, by target; of those that take a value whole
	known := make([]bool, len(fields))
	for j := range fields {
		r := &fields[j]
		if known[j] = r.Origin != "" || w.knownSelector(r.Setting); !known[j] {
			continue
		}
		byPath := r.Target != Header && !r.Whole
		if r.Origin != "" { // what its profile says, takeProfiles has held against the rules above
			if byPath {
				all[r.Target] = append(all[r.Target], r.selection())
			}
			continue
		}
		f := overlapAbove(fields[:j], known, r)
		if f == nil && byPath && len(fields) <= maxTogether && jsonpath.CoversTogether(whole[r.Target], r.selection()) {
			f = faultf("never matches: the rules above together take all of its values").hintf("leave it out, or put it above them")
		}
		if f != nil {
			w.report(w.at(r.Setting+"."+selectorName(r)), f)
		}
		if byPath {
			all[r.Target] = append(all[r.Target], r.selection())
		}
		if byPath && len(r.Inside) == 0 {
			whole[r.Target] = append(whole[r.Target], r.selection())
		}
	}
	for _, of := range all {
		if _, err := jsonpath.Compile(of); err != nil {
			w.report(w.at(at), faultf("%v", err))
		}
	}
}

// overlapAbove is the first overlap of a rule with one above it whose selector is known.
func overlapAbove(above []Rule, known []bool, r *Rule) *fault {
	for i := range above {
		if !known[i] {
			continue
		}
		if f := overlap(&above[i], r); f != nil {
			return f
		}
	}
	return nil
}

// overlap says how the rule a leaves nothing to the rule b below it, or the other way round.
func overlap(a, b *Rule) *fault {
	switch relate(a, b) {
	case never:
		return faultf("never matches: %s above takes all of its values", a.Setting).hintf("leave it out, or put it above that one")
	case bothWays:
		return faultf("one of this and %s takes the key whole, the other as JSON", a.Setting).hintf("leave one of the two out")
	case inner:
		return faultf("lies inside what %s takes whole", a.Setting).hintf("leave one of the two out")
	case outer:
		return faultf("takes whole what %s takes a part of", a.Setting).hintf("leave one of the two out")
	case unlike:
		return faultf("decodes in another way what %s decodes: one of the two fails on each value", a.Setting).hintf("write the same in, or leave one of the two out")
	}
	return nil
}

// A relation says what two rules take of each other's values.
type relation int

const (
	apart    relation = iota // nothing
	never                    // the first takes all of the second's
	bothWays                 // the key whole, and as JSON
	inner                    // the second's lie inside the first's
	outer                    // and the other way round
	unlike                   // the same, by other decoders
)

func relate(a, b *Rule) relation {
	switch {
	case a.Target != b.Target, a.Target == Header && a.Header != b.Header:
		return apart
	case a.Target == Header, a.Whole && b.Whole:
		return relateSteps(a.Inside, b.Inside)
	case a.Whole != b.Whole:
		return bothWays
	}
	return relatePaths(a.selection(), b.selection(), a.Inside, b.Inside)
}

// relateSteps relates what two rules do with one text.
func relateSteps(a, b []Step) relation {
	switch {
	case len(a) == 0 || len(b) == 0:
		return never // the first has it
	case a[0].Decoder != b[0].Decoder:
		return unlike
	case embedded.NewCodec(a[0].Decoder) != nil:
		return relateSteps(a[1:], b[1:])
	case a[0].Decoder == embedded.JSON:
		return relatePaths(a[0].selection(), b[0].selection(), a[1:], b[1:])
	case a[0].Part.Covers(b[0].Part):
		return relateSteps(a[1:], b[1:])
	}
	return apart
}

// relatePaths relates what two rules take of one JSON text, and do inside it.
func relatePaths(p, q jsonpath.Selection, a, b []Step) relation {
	switch {
	case jsonpath.Covers(p, q):
		return relateSteps(a, b)
	case jsonpath.Encloses(p, q):
		return inner
	case jsonpath.Encloses(q, p):
		return outer
	}
	return apart
}

func (r *Rule) selection() jsonpath.Selection {
	return jsonpath.Selection{Path: r.Path, Keys: r.KeysOf}
}

func (s *Step) selection() jsonpath.Selection {
	return jsonpath.Selection{Path: s.Path, Keys: s.KeysOf}
}

func selectorName(r *Rule) string {
	if r.KeysOf {
		return "keys_of"
	}
	return map[Target]string{Value: "path", Key: "key", Header: "header"}[r.Target]
}

// knownSelector says whether it could be read what the rule at setting selects.
func (w *walker) knownSelector(setting string) bool {
	if w.broken[setting+".in"] || w.broken[setting+".at"] {
		return false
	}
	there := 0
	for _, name := range selectors {
		if w.broken[setting+"."+name] {
			return false
		}
		if _, ok := w.places[setting+"."+name]; ok {
			there++
		}
	}
	return there == 1
}
