package wire

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// A topicPartition names one.
type topicPartition struct {
	topic     string
	partition int32
}

// A sharer is a member as the sharing sees it.
type sharer struct {
	id     string
	topics []string
	claim  claim
}

// share gives each partition to one member that reads its topic: see sticky for what holds of the result.
//
// It is a flow of least cost from the partitions to the members. Its cost is first the sum of the squares of the members'
// loads, which is least where no member can be relieved, then the number of moves. It begins with each partition where it
// was, the others with whoever has least: no load is better than another yet, but no other assignment with these loads has
// fewer moves. Then, as long as there is one, a chain of members hands partitions on, each one to the next, that lowers
// the cost; always by the way with the fewest moves, so that the second part stays true. When there is none left, none of
// the possible assignments has a lower cost.
//
// 100 members with 10,000 partitions take it less than a second, of the 20 s that a group waits for its leader.
func share(members []sharer, partitions []topicPartition) map[string][]topicPartition {
	members = slices.SortedFunc(slices.Values(members), func(a, b sharer) int { return cmp.Compare(a.id, b.id) })
	s := newSharing(members, partitions)
	s.place(members)
	for s.relieve() {
	}
	out := make(map[string][]topicPartition, len(members))
	for u, id := range s.ids {
		mine := make([]topicPartition, 0, s.load[u])
		for _, ps := range s.at[u] {
			for _, p := range ps {
				mine = append(mine, s.partitions[p])
			}
		}
		out[id] = mine
	}
	return out
}

// A sharing is a share under way. Members, topics and partitions are numbered in their order.
type sharing struct {
	ids        []string
	partitions []topicPartition
	topicOf    []int    // by partition
	reads      [][]bool // by member and topic
	had        []int    // by partition, who had it last; noMember

	at    []map[alike][]int // by member, its partitions
	load  []int             // by member, how many they are
	count [][]int           // by member and topic, how many they are
	moves [][]int           // by member and member: what handing a partition on to the other adds to the moves; impossible
}

// Partitions are alike if one is as good as the other: they are of one topic, and one member had them.
type alike struct{ topic, had int }

func (s *sharing) alike(p int) alike { return alike{s.topicOf[p], s.had[p]} }

const (
	noMember   = -1
	impossible = math.MaxInt32
)

func newSharing(members []sharer, partitions []topicPartition) *sharing {
	s := &sharing{partitions: slices.Clone(partitions)}
	slices.SortFunc(s.partitions, func(a, b topicPartition) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.partition, b.partition))
	})
	s.partitions = slices.Compact(s.partitions)
	number := map[string]int{}
	for _, p := range s.partitions {
		if _, ok := number[p.topic]; !ok {
			number[p.topic] = len(number)
		}
		s.topicOf = append(s.topicOf, number[p.topic])
		s.had = append(s.had, noMember)
	}
	for _, m := range members {
		reads := make([]bool, len(number))
		for _, topic := range m.topics {
			if t, ok := number[topic]; ok {
				reads[t] = true
			}
		}
		s.ids = append(s.ids, m.id)
		s.reads = append(s.reads, reads)
		s.at = append(s.at, map[alike][]int{})
		s.load = append(s.load, 0)
		s.count = append(s.count, make([]int, len(number)))
		s.moves = append(s.moves, make([]int, len(members)))
	}
	return s
}

// place makes the assignment to begin with.
func (s *sharing) place(members []sharer) {
	since := make([]int32, len(s.partitions))
	for u, m := range members {
		for topic, claimed := range m.claim.partitions {
			for _, id := range claimed {
				p, ok := s.find(topicPartition{topic, id})
				if !ok || !s.reads[u][s.topicOf[p]] {
					continue
				}
				if s.had[p] == noMember || since[p] < m.claim.since {
					s.had[p], since[p] = u, m.claim.since
				}
			}
		}
	}
	for p, u := range s.had {
		if u != noMember {
			s.give(p, u)
		}
	}
	for p, u := range s.had {
		if u == noMember {
			if u = s.least(s.topicOf[p]); u != noMember {
				s.give(p, u)
			}
		}
	}
	for u := range s.ids {
		s.price(u)
	}
}

func (s *sharing) find(of topicPartition) (p int, ok bool) {
	p = sort.Search(len(s.partitions), func(i int) bool {
		at := s.partitions[i]
		return cmp.Or(cmp.Compare(at.topic, of.topic), cmp.Compare(at.partition, of.partition)) >= 0
	})
	return p, p < len(s.partitions) && s.partitions[p] == of
}

// least is the member with the lowest load among those that read a topic, and of several the one with the fewest
// partitions of it.
func (s *sharing) least(topic int) int {
	best := noMember
	for u := range s.ids {
		if s.reads[u][topic] && (best == noMember ||
			cmp.Or(cmp.Compare(s.load[u], s.load[best]), cmp.Compare(s.count[u][topic], s.count[best][topic])) < 0) {
			best = u
		}
	}
	return best
}

func (s *sharing) give(p, u int) {
	s.at[u][s.alike(p)] = append(s.at[u][s.alike(p)], p)
	s.load[u]++
	s.count[u][s.topicOf[p]]++
}

// take takes the last of some partitions from a member.
func (s *sharing) take(of alike, u int) (p int) {
	all := s.at[u][of]
	p = all[len(all)-1]
	if s.at[u][of] = all[:len(all)-1]; len(all) == 1 {
		delete(s.at[u], of)
	}
	s.load[u]--
	s.count[u][of.topic]--
	return p
}

// change is what handing a partition on from u to v adds to the moves.
func (of alike) change(u, v int) int {
	switch of.had {
	case u:
		return 1
	case v:
		return -1
	}
	return 0
}

// price finds anew what it takes to hand one of u's partitions on to each other member.
func (s *sharing) price(u int) {
	for v := range s.ids {
		s.moves[u][v] = impossible
	}
	for of := range s.at[u] {
		for v := range s.ids {
			if v != u && s.reads[v][of.topic] {
				s.moves[u][v] = min(s.moves[u][v], of.change(u, v))
			}
		}
	}
}

// relieve lowers the cost by one chain, and says whether there was one: from a member to one whose load is lower by two
// or more, or lower by one where it saves moves.
func (s *sharing) relieve() bool {
	order := make([]int, len(s.ids))
	for u := range order {
		order[u] = u
	}
	slices.SortStableFunc(order, func(a, b int) int { return s.load[b] - s.load[a] })
	for _, from := range order {
		added, before := s.chains(from)
		to := noMember
		for v := range s.ids {
			gap := s.load[from] - s.load[v]
			if v == from || added[v] == impossible || gap < 1 || gap == 1 && added[v] >= 0 {
				continue
			}
			if to == noMember || cmp.Or(cmp.Compare(s.load[v], s.load[to]), cmp.Compare(added[v], added[to])) < 0 {
				to = v
			}
		}
		if to != noMember {
			s.handOn(from, to, before)
			return true
		}
	}
	return false
}

// chains finds the chains from a member to each other that add the fewest moves: how many, and the last but one of each
// (Bellman and Ford; a link may cost less than nothing, a circle does not).
func (s *sharing) chains(from int) (added, before []int) {
	added, before = make([]int, len(s.ids)), make([]int, len(s.ids))
	for v := range added {
		added[v] = impossible
	}
	added[from] = 0
	for changed, round := true, 0; changed && round < len(s.ids); round++ {
		changed = false
		for u, a := range added {
			if a == impossible {
				continue
			}
			for v, more := range s.moves[u] {
				if more != impossible && a+more < added[v] {
					added[v], before[v], changed = a+more, u, true
				}
			}
		}
	}
	return added, before
}

// handOn moves one partition along each link of a chain. All are taken before the first is given: what a member is just
// given is not what it gives.
func (s *sharing) handOn(from, to int, before []int) {
	type link struct{ p, to int }
	var chain []link
	touched := []int{to}
	for v := to; v != from; v = before[v] {
		u := before[v]
		chain = append(chain, link{s.take(s.choose(u, v), u), v})
		touched = append(touched, u)
	}
	for _, l := range chain {
		s.give(l.p, l.to)
	}
	for _, u := range touched {
		s.price(u)
	}
}

// choose says which of u's partitions goes to v: of those with the fewest moves one of the topic of which u has most more
// than v, so that each topic is spread, too.
func (s *sharing) choose(u, v int) (best alike) {
	more := func(of alike) int { return s.count[u][of.topic] - s.count[v][of.topic] }
	first := true
	for of := range s.at[u] {
		if !s.reads[v][of.topic] || of.change(u, v) != s.moves[u][v] {
			continue
		}
		if first || cmp.Or(cmp.Compare(more(of), more(best)), cmp.Compare(best.topic, of.topic), cmp.Compare(best.had, of.had)) > 0 {
			best, first = of, false
		}
	}
	return best
}
