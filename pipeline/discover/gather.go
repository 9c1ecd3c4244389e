package discover

import (
	"slices"
	"strings"

	"voile/pipeline/embedded"
)

// A found is a verdict at a place, while it may still be changed by what was found around it.
type found struct {
	verdict
	way   []step // from the root
	keys  bool   // the names of the members there
	loose bool   // some texts on the way cannot be decoded
	seen  *evidence
}

// gather gives what was found at n and below it, such that no rule lies inside another.
func (s *Survey) gather(n *node, way []step) []found {
	n.close(s)
	n.oneAlphabet()
	var below []found
	for _, c := range []map[string]*node{n.members, n.pairs} {
		for _, child := range sorted(c) {
			below = append(below, s.gather(child, appendStep(way, child.step))...)
		}
	}
	for _, child := range []*node{n.any, n.element} {
		if child != nil {
			below = append(below, s.gather(child, appendStep(way, child.step))...)
		}
	}
	below = foldPairs(n, below, len(way))
	if n.names != nil {
		if v, ok := n.names.judge(); ok && !v.look {
			below = append(below, found{verdict: v, way: way, keys: true, seen: n.names})
		}
	}
	if n.step.kind == decoded && embedded.HasParts(lastOf(n.step.name)) {
		for _, child := range sorted(n.inside) {
			below = append(below, s.gather(child, appendStep(way, child.step))...)
		}
		return below
	}
	inside := s.gatherInside(n, way)
	if ruled(below) && ruled(inside) { // an object here, a text there: no two rules can have one place
		return []found{s.wholly(n, way, append(below, inside...))}
	}
	return s.settle(n, way, append(below, inside...))
}

// gatherInside gives what was found inside the texts at n, which decode in one way only.
func (s *Survey) gatherInside(n *node, way []step) []found {
	var all []found
	outer := ""
	for _, child := range sorted(n.inside) {
		inside := s.gather(child, appendStep(way, child.step))
		if !ruled(inside) {
			all = append(all, inside...)
			continue
		}
		first, _, _ := strings.Cut(child.step.name, ",")
		share := n.share(child.opened)
		if outer != "" && outer != child.step.name || share < half && first != embedded.URL {
			return []found{s.wholly(n, way, inside)}
		}
		outer = child.step.name
		for i := range inside {
			inside[i].loose = inside[i].loose || share < 1
		}
		all = append(all, inside...)
	}
	return all
}

// settle puts a verdict of n itself together with those below it. A text that is taken whole leaves nothing to take inside it.
func (s *Survey) settle(n *node, way []step, below []found) []found {
	n.besidePerson()
	v, ok := n.judge()
	if !ok || len(way) > 0 && way[len(way)-1].kind == decoded && n.texts == 0 {
		return below
	}
	own := found{verdict: v, way: way, seen: &n.evidence}
	switch {
	case !ruled(below):
		return append(below, own)
	case v.look || v.why == byName && n.opened == 0 && len(n.inside) > 0: // the name is that of the format: what it holds is named better
		return below
	}
	return []found{s.wholly(n, way, append(below, own))}
}

// wholly is the verdict on a place where several things lie that no rules can tell from each other.
func (s *Survey) wholly(n *node, way []step, of []found) found {
	most := of[0]
	for _, f := range of {
		if !f.look && (most.look || f.hits > most.hits) {
			most = f
		}
	}
	return found{verdict: verdict{kind: most.kind, why: byInside, hits: min(most.hits, max(n.texts, most.hits)), redact: true}, way: way, seen: &n.evidence}
}

// close makes one node of all members of an object whose names are data, where something may lie in those.
func (n *node) close(s *Survey) {
	switch {
	case len(n.members) == 0:
		return
	case n.any == nil && n.uniform():
		n.any = &node{step: step{kind: anyMember}, parent: n}
	case n.any == nil || len(n.members) < maxMembers && !ruled(s.gather(n.any, nil)):
		return
	}
	for _, c := range sorted(n.members) {
		n.any.absorb(c)
	}
	n.members = nil
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
func foldPairs(n *node, all []found, at int) []found {
	if len(n.pairs) == 0 {
		return all
	}
	type place struct {
		rest string
		kind Kind
	}
	count := map[place]int{}
	for _, f := range all {
		if len(f.way) > at && f.way[at].kind == pair && !f.look {
			count[place{spell(f.way[at+1:], f.keys), f.kind}]++
		}
	}
	var out []found
	folded := map[place]int{}
	for _, f := range all {
		if len(f.way) <= at || f.way[at].kind != pair {
			out = append(out, f)
			continue
		}
		p := place{spell(f.way[at+1:], f.keys), f.kind}
		if f.look || count[p] < len(n.pairs) {
			out = append(out, f)
			continue
		}
		f.way = slices.Clone(f.way)
		f.way[at] = step{kind: element}
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
// where there is nothing else below it: `..` would take that too.
func foldAt(all []found, tree []step) (out []found, ok bool) {
	owner, again := tree[:len(tree)-1], tree[len(tree)-1]
	at := map[string]int{}
	for _, f := range all {
		if len(f.way) >= len(owner) && slices.Equal(f.way[:len(owner)], owner) {
			end := len(owner)
			for end < len(f.way) && f.way[end] == again {
				end++
			}
			if end == len(f.way) || f.way[end].kind != member {
				return nil, false
			}
			f.way = append(append(slices.Clone(owner), step{kind: descend}), f.way[end:]...)
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

func appendStep(way []step, s step) []step { return append(slices.Clip(slices.Clone(way)), s) }

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
