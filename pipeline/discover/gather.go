package discover

import (
	"slices"
	"strings"

	"voile/pipeline/embedded"
)

// A found is a verdict at a place, while it may still be changed by what was found around it.
type found struct {
	verdict
	way   []step
	keys  bool // the names of the members there
	loose bool // some texts on the way cannot be decoded
	seen  *evidence
}

// gather gives what was found at n and below it, such that no rule lies inside another. The ways begin at n. It is worked out once.
func (s *Survey) gather(n *node) []found {
	if !n.gathered {
		n.gathered, n.found = true, s.gatherAnew(n)
	}
	return n.found
}

func (s *Survey) gatherAnew(n *node) []found {
	n.close(s)
	n.oneAlphabet()
	var below []found
	for _, child := range slices.Concat(sorted(n.members), sorted(n.pairs), []*node{n.any, n.element}) {
		below = append(below, s.gatherChild(child)...)
	}
	below = foldPairs(n, below)
	if n.names != nil {
		if v, ok := n.names.judge(); ok && !v.look {
			below = append(below, found{verdict: v, keys: true, seen: n.names})
		}
	}
	if n.step.kind == decoded && embedded.HasParts(lastOf(n.step.name)) {
		for _, child := range sorted(n.inside) {
			below = append(below, s.gatherChild(child)...)
		}
		return below
	}
	inside := s.gatherInside(n)
	if ruled(below) && ruled(inside) { // an object here, a text there: no two rules can have one place
		return []found{wholly(n, append(below, inside...))}
	}
	return settle(n, append(below, inside...))
}

// gatherChild gives what was found at a child, on the ways from its parent.
func (s *Survey) gatherChild(c *node) []found {
	if c == nil {
		return nil
	}
	out := slices.Clone(s.gather(c))
	for i := range out {
		out[i].way = append([]step{c.step}, out[i].way...)
	}
	return out
}

// gatherInside gives what was found inside the texts at n, which decode in one way only.
func (s *Survey) gatherInside(n *node) []found {
	var all []found
	outer := ""
	for _, child := range sorted(n.inside) {
		inside := s.gatherChild(child)
		if !ruled(inside) {
			all = append(all, inside...)
			continue
		}
		first, _, _ := strings.Cut(child.step.name, ",")
		share := n.share(child.opened)
		if outer != "" && outer != child.step.name || share < half && first != embedded.URL {
			return []found{wholly(n, append(all, inside...))}
		}
		outer = child.step.name
		for i := range inside {
			inside[i].loose = inside[i].loose || child.opened < n.texts+n.others
		}
		all = append(all, inside...)
	}
	return all
}

// settle puts a verdict of n itself together with those below it. A text that is taken whole leaves nothing to take inside it.
func settle(n *node, below []found) []found {
	n.besidePerson()
	v, ok := n.judge()
	own := found{verdict: v, seen: &n.evidence, loose: n.others > 0}
	switch {
	case !ok:
		return below
	case !ruled(below):
		return append(below, own)
	case v.look || v.why == byName && len(n.inside) > 0: // the name is that of the format: what it holds is named better
		return below
	}
	return []found{wholly(n, append(below, own))}
}

// wholly is the verdict on a place where several things lie that no rules can tell from each other.
func wholly(n *node, of []found) found {
	most := of[0]
	for _, f := range of {
		if !f.look && (most.look || f.hits > most.hits) {
			most = f
		}
	}
	return found{verdict: verdict{kind: most.kind, why: byInside, hits: most.hits, redact: true}, seen: &n.evidence}
}

// close makes one node of children that no rules can tell apart, where something may lie in them: of all members of an object whose
// names are data; and, since `[*]` takes the members of an object as well, of the elements and the members where there are both,
// and of pairs and other elements.
func (n *node) close(s *Survey) {
	if n.any == nil && n.uniform() {
		n.any = &node{step: step{kind: anyMember}, parent: n}
		n.fold(&n.any, n.members)
		n.members = nil
	}
	if n.any != nil && len(n.members) > 0 && (len(n.members) >= maxMembers || ruled(s.gather(n.any))) {
		n.fold(&n.any, n.members)
		n.members = nil
	}
	isArray, isObject := n.element != nil || len(n.pairs) > 0, n.any != nil || len(n.members) > 0
	switch {
	case isArray && isObject && s.anyRuled(n):
		n.fold(&n.element, n.members, n.pairs, map[string]*node{"": n.any})
		n.members, n.pairs, n.any = nil, nil, nil
	case len(n.pairs) > 0 && n.element != nil && ruled(s.gather(n.element)):
		n.fold(&n.element, n.pairs)
		n.pairs = nil
	}
}

// fold makes one node of children.
func (n *node) fold(into **node, all ...map[string]*node) {
	if *into == nil {
		*into = &node{step: step{kind: element}, parent: n}
	}
	for _, of := range all {
		for _, c := range sorted(of) {
			if c != nil {
				(*into).absorb(c)
			}
		}
	}
}

// anyRuled says whether there would be a rule below n.
func (s *Survey) anyRuled(n *node) bool {
	all := []*node{n.any, n.element}
	all = append(append(all, sorted(n.members)...), sorted(n.pairs)...)
	return slices.ContainsFunc(all, func(c *node) bool { return c != nil && ruled(s.gather(c)) })
}

// uniform says that the names of many members say nothing, since nearly all hold the same kind of identifier: a map of people.
func (n *node) uniform() bool {
	if len(n.members) < enough {
		return false
	}
	kinds := tally{}
	for _, c := range n.members {
		if v, ok := c.judge(); ok && hard(v.kind) && !v.look {
			kinds.count(v.kind, 1)
		}
	}
	_, most := kinds.most()
	return float64(most) >= nearly*float64(len(n.members))
}

// foldPairs makes `[*]` of pairs that all have the same rule: whatever else comes under another name is taken too.
func foldPairs(n *node, all []found) []found {
	if len(n.pairs) == 0 {
		return all
	}
	type place struct {
		rest string
		kind Kind
	}
	count := map[place]int{}
	for _, f := range all {
		if len(f.way) > 0 && f.way[0].kind == pair && !f.look {
			count[place{spell(f.way[1:], f.keys), f.kind}]++
		}
	}
	var out []found
	folded := map[place]int{}
	for _, f := range all {
		if len(f.way) == 0 || f.way[0].kind != pair {
			out = append(out, f)
			continue
		}
		p := place{spell(f.way[1:], f.keys), f.kind}
		if f.look || count[p] < len(n.pairs) {
			out = append(out, f)
			continue
		}
		f.way = slices.Clone(f.way)
		f.way[0] = step{kind: element}
		f.loose = f.loose || n.element != nil // whatever it has there
		if i, ok := folded[p]; ok {
			out[i].add(f)
			continue
		}
		folded[p] = len(out)
		out = append(out, f)
	}
	return out
}

// foldRepeats makes `..` of members that repeat themselves, `$.nest.n.n.n.email`: such a tree is as deep as somebody likes.
func foldRepeats(all []found) []found {
	for _, f := range all {
		i := repeats(f.way)
		if i < 0 {
			continue
		}
		if folded, ok := foldAt(all, f.way[:i+1]); ok {
			return foldRepeats(folded)
		}
	}
	return all
}

// foldAt folds all that lies below the owner of a member that repeats itself, tree, which is the way to that member. It does so
// where each of them is one member behind the repetitions, taken whole or decoded in one way: `..` would take other things too.
func foldAt(all []found, tree []step) (out []found, ok bool) {
	owner, again := tree[:len(tree)-1], tree[len(tree)-1]
	at, taken := map[string]int{}, map[string]string{} // taken: how a member is, by its name
	for _, f := range all {
		if len(f.way) >= len(owner) && slices.Equal(f.way[:len(owner)], owner) {
			end := len(owner)
			for end < len(f.way) && f.way[end] == again {
				end++
			}
			rest := f.way[end:]
			if len(rest) == 0 || rest[0].kind != member || len(rest) > 1 && rest[1].kind != decoded || len(rest) == 1 && f.keys {
				return nil, false
			}
			how := "whole"
			if len(rest) > 1 {
				how = rest[1].name
			}
			if before, known := taken[rest[0].name]; known && before != how {
				return nil, false
			}
			taken[rest[0].name] = how
			f.way = append(append(slices.Clone(owner), step{kind: descend}), rest...)
		}
		place := spell(f.way, f.keys)
		if j, ok := at[place]; ok {
			out[j].add(f)
			continue
		}
		at[place] = len(out)
		out = append(out, f)
	}
	return out, true
}

// repeats gives where a member begins to repeat itself; -1 nowhere. Twice is no tree yet: `$.data.data.email`.
func repeats(way []step) int {
	for i := 2; i < len(way); i++ {
		if way[i].kind == member && way[i] == way[i-1] && way[i] == way[i-2] {
			return i - 2
		}
	}
	return -1
}

// add joins what was found at two places that become one.
func (f *found) add(o found) {
	if f.kind != o.kind || o.redact {
		f.redact = f.redact || o.redact || !f.look && !o.look && f.kind != o.kind
	}
	if f.look && !o.look {
		f.verdict = o.verdict
	}
	f.hits += o.hits
	f.loose = f.loose || o.loose
	seen := *f.seen
	seen.whole, seen.within, seen.same = nil, nil, nil
	if f.seen.distinct != nil {
		seen.distinct = f.seen.distinct.Clone()
	}
	seen.add(&evidence{whole: f.seen.whole, within: f.seen.within, same: f.seen.same})
	seen.add(o.seen)
	f.seen = &seen
}

// ruled says whether one of them comes with a rule.
func ruled(all []found) bool { return slices.ContainsFunc(all, func(f found) bool { return !f.look }) }

func lastOf(decoders string) string { return decoders[strings.LastIndexByte(decoders, ',')+1:] }

func sorted(of map[string]*node) []*node {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]*node, len(names))
	for i, name := range names {
		out[i] = of[name]
	}
	return out
}
