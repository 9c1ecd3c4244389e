package wire

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// A scene is one sharing out: members by id, with the topics that they read and what they claim, and partitions by topic.
type scene struct {
	members []sharer
	counts  map[string]int
}

func (s scene) partitions() (out []topicPartition) {
	for topic, n := range s.counts {
		for p := range n {
			out = append(out, topicPartition{topic, int32(p)})
		}
	}
	return out
}

// owners are who had each partition, by the rule of claims: the latest counts, of several the one of the lowest id, among
// the members that read the topic.
func (s scene) owners() map[topicPartition]string {
	out, since := map[topicPartition]string{}, map[topicPartition]int32{}
	for _, m := range s.members {
		for topic, ps := range m.claim.partitions {
			if !slices.Contains(m.topics, topic) {
				continue
			}
			for _, p := range ps {
				of := topicPartition{topic, p}
				who, taken := out[of]
				if !taken || since[of] < m.claim.since || since[of] == m.claim.since && m.id < who {
					out[of], since[of] = m.id, m.claim.since
				}
			}
		}
	}
	return out
}

// A price is what an assignment costs: the less is the better, squares before moves.
type price struct{ squares, moves int }

func (p price) less(than price) bool {
	return p.squares < than.squares || p.squares == than.squares && p.moves < than.moves
}

// priceOf counts a move where a partition leaves a member that had it.
func priceOf(given map[topicPartition]string, owners map[topicPartition]string) (p price) {
	loads := map[string]int{}
	for of, id := range given {
		loads[id]++
		if who, had := owners[of]; had && who != id {
			p.moves++
		}
	}
	for _, n := range loads {
		p.squares += n * n
	}
	return p
}

// best tries all assignments.
func (s scene) best() price {
	var partitions []topicPartition
	for _, p := range s.partitions() {
		if slices.ContainsFunc(s.members, func(m sharer) bool { return slices.Contains(m.topics, p.topic) }) {
			partitions = append(partitions, p)
		}
	}
	owners, given := s.owners(), map[topicPartition]string{}
	found, least := false, price{}
	var try func(i int)
	try = func(i int) {
		if i == len(partitions) {
			if p := priceOf(given, owners); !found || p.less(least) {
				found, least = true, p
			}
			return
		}
		for _, m := range s.members {
			if slices.Contains(m.topics, partitions[i].topic) {
				given[partitions[i]] = m.id
				try(i + 1)
			}
		}
	}
	try(0)
	return least
}

// check holds the laws against one sharing out, and gives it.
func (s scene) check(t *testing.T) map[topicPartition]string {
	t.Helper()
	out := share(s.members, s.partitions())
	given := map[topicPartition]string{}
	for id, ps := range out {
		i := slices.IndexFunc(s.members, func(m sharer) bool { return m.id == id })
		if i < 0 {
			t.Fatalf("%q is no member", id)
		}
		for _, p := range ps {
			if other, twice := given[p]; twice {
				t.Fatalf("%v goes to %s and to %s", p, other, id)
			}
			if int(p.partition) >= s.counts[p.topic] || !slices.Contains(s.members[i].topics, p.topic) {
				t.Fatalf("%v is not for %s", p, id)
			}
			given[p] = id
		}
	}
	for _, m := range s.members {
		if _, ok := out[m.id]; !ok {
			t.Fatalf("%s is left out", m.id)
		}
		for _, topic := range m.topics {
			for p := range s.counts[topic] {
				if _, ok := given[topicPartition{topic, int32(p)}]; !ok {
					t.Fatalf("nobody has %s/%d, which %s reads", topic, p, m.id)
				}
			}
		}
	}
	return given
}

// random makes a small scene. Claims are of partitions that may not exist, or that others claim.
func random(r *rand.Rand, members, partitions int) scene {
	topics := []string{"a", "b", "c"}[:1+r.IntN(3)]
	s := scene{counts: map[string]int{}}
	for range partitions {
		s.counts[topics[r.IntN(len(topics))]]++
	}
	same := r.IntN(3) == 0
	for i := range members {
		m := sharer{id: fmt.Sprint("m", i), claim: claim{since: r.Int32N(3), partitions: map[string][]int32{}}}
		for _, topic := range topics {
			if same || r.IntN(3) > 0 {
				m.topics = append(m.topics, topic)
			}
			for p := range s.counts[topic] + 1 {
				if r.IntN(members+1) < 2 {
					m.claim.partitions[topic] = append(m.claim.partitions[topic], int32(p))
				}
			}
		}
		s.members = append(s.members, m)
	}
	return s
}

// TestShareIsTheBest holds the sharing against all that there could be, where these can be counted.
func TestShareIsTheBest(t *testing.T) {
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a seed that reproduces
		s := random(r, 1+r.IntN(4), r.IntN(7))
		got := s.check(t)
		if p, best := priceOf(got, s.owners()), s.best(); p != best {
			t.Fatalf("seed %d: the cost is %+v, the least is %+v:\n%+v\n%v", seed, p, best, s, got)
		}
		r.Shuffle(len(s.members), func(i, j int) { s.members[i], s.members[j] = s.members[j], s.members[i] })
		if again := s.check(t); !maps.Equal(got, again) {
			t.Fatalf("seed %d: in another order of the members\n%v\nbecomes\n%v", seed, got, again)
		}
	}
}

// group shares out again and again, each time with what the members had last.
type group struct {
	counts     map[string]int
	topics     []string
	had        map[string]claim
	generation int32
}

// with shares out among members, and gives how many partitions each has and how many were taken from a member that is
// still there.
func (g *group) with(t *testing.T, ids ...string) (loads []int, moves int) {
	t.Helper()
	s := scene{counts: g.counts}
	for _, id := range ids {
		s.members = append(s.members, sharer{id, g.topics, g.had[id]})
	}
	owners, given := s.owners(), s.check(t)
	g.generation++
	g.had = map[string]claim{}
	for _, id := range ids {
		c := claim{g.generation, map[string][]int32{}}
		n := 0
		for of, who := range given {
			if who == id {
				c.partitions[of.topic] = append(c.partitions[of.topic], of.partition)
				n++
			}
		}
		for _, ps := range c.partitions {
			slices.Sort(ps)
		}
		g.had[id], loads = c, append(loads, n)
	}
	return loads, priceOf(given, owners).moves
}

// TestShareOverTime follows a group of 24 partitions.
func TestShareOverTime(t *testing.T) {
	g := &group{counts: map[string]int{"a": 24}, topics: []string{"a"}}
	for _, step := range []struct {
		what  string
		ids   []string
		loads []int
		moves int
	}{
		{"one", []string{"m1"}, []int{24}, 0},
		{"the same again", []string{"m1"}, []int{24}, 0},
		{"a second joins", []string{"m1", "m0"}, []int{12, 12}, 12},
		{"nothing changes", []string{"m0", "m1"}, []int{12, 12}, 0},
		{"two more join at once", []string{"m0", "m1", "m2", "m3"}, []int{6, 6, 6, 6}, 12},
		{"a fifth joins", []string{"m0", "m1", "m2", "m3", "m4"}, []int{5, 5, 5, 5, 4}, 4},
		{"it goes", []string{"m0", "m1", "m2", "m3"}, []int{6, 6, 6, 6}, 0},
		{"one goes", []string{"m0", "m1", "m3"}, []int{8, 8, 8}, 0},
		{"one is replaced", []string{"m0", "m1", "m5"}, []int{8, 8, 8}, 0},
		{"only a new one is left", []string{"m6"}, []int{24}, 0},
	} {
		loads, moves := g.with(t, step.ids...)
		want(t, step.what+": partitions", loads, step.loads)
		want(t, step.what+": moves", moves, step.moves)
	}
}

// TestLaterClaimWins: a member that was away claims what others have had since.
func TestLaterClaimWins(t *testing.T) {
	s := scene{counts: map[string]int{"a": 4}, members: []sharer{
		{"away", []string{"a"}, claim{5, map[string][]int32{"a": {0, 1}}}},
		{"here", []string{"a"}, claim{6, map[string][]int32{"a": {0, 1}}}},
	}}
	got := s.check(t)
	for _, p := range []int32{0, 1} {
		want(t, fmt.Sprint("who has ", p), got[topicPartition{"a", p}], "here")
	}
}

// TestTopicsAreSpread: topics differ in what they bring, so each is shared among all.
func TestTopicsAreSpread(t *testing.T) {
	g := &group{counts: map[string]int{"a": 12, "b": 12}, topics: []string{"a", "b"}}
	ids := []string{"m0", "m1", "m2", "m3"}
	for n := range ids {
		g.with(t, ids[:n+1]...)
	}
	for id, c := range g.had {
		for topic, ps := range c.partitions {
			want(t, id+" of "+topic, len(ps), 3)
		}
	}
}

// TestShareOfMany: a group that one member had for itself.
func TestShareOfMany(t *testing.T) {
	const members, partitions = 50, 2000
	g, ids := many(members, partitions)
	g.with(t, ids[0])
	loads, moves := g.with(t, ids...)
	want(t, "the most and the least", [2]int{slices.Max(loads), slices.Min(loads)}, [2]int{partitions / members, partitions / members})
	want(t, "moves", moves, partitions-partitions/members)
}

func many(members, partitions int) (g *group, ids []string) {
	for i := range members {
		ids = append(ids, fmt.Sprintf("m%03d", i))
	}
	return &group{counts: map[string]int{"a": partitions / 2, "b": partitions / 2}, topics: []string{"a", "b"}}, ids
}

// BenchmarkShare is the time that a leader takes, while its group waits, where most has to move.
func BenchmarkShare(b *testing.B) {
	g, ids := many(100, 10_000)
	s := scene{counts: g.counts}
	for _, id := range ids {
		s.members = append(s.members, sharer{id: id, topics: g.topics})
	}
	all := s.partitions()
	for _, p := range all {
		if s.members[0].claim.partitions == nil {
			s.members[0].claim = claim{1, map[string][]int32{}}
		}
		s.members[0].claim.partitions[p.topic] = append(s.members[0].claim.partitions[p.topic], p.partition)
	}
	b.ReportAllocs()
	for b.Loop() {
		share(s.members, all)
	}
}

func FuzzShare(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(30))
	f.Fuzz(func(t *testing.T, seed uint64, members, partitions uint8) {
		r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a seed that reproduces
		s := random(r, int(members%12), int(partitions))
		s.check(t)
	})
}
