package faults

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A person is whom records are about. All its texts are planted: none may come out.
type person struct{ mail, id, name, card, remark string }

// population makes the people of a seed.
func population(seed uint64, n int) []person {
	rng := rand.New(rand.NewPCG(seed, 1))
	first := []string{"nora", "ines", "matteo", "zoé", "bruno", "aylin", "jörg", "lucia"}
	people := make([]person, n)
	for i := range people {
		given := first[rng.IntN(len(first))]
		people[i] = person{
			mail:   fmt.Sprintf("p%d.%06x@example.org", i, rng.Uint32N(1<<24)), // canonical: its token stands for this text alone
			id:     fmt.Sprintf("user-%012x", rng.Uint64N(1<<48)),
			name:   fmt.Sprintf("%s of house %d", given, 1000+i),
			card:   fmt.Sprintf("4%015d", rng.Uint64N(1e15)),
			remark: fmt.Sprintf("%s called about order %d", given, 10_000_000+i),
		}
	}
	return people
}

// planted lists what may not come out.
func planted(people []person) (out []string) {
	for _, p := range people {
		out = append(out, p.mail, p.id, p.name, p.card, p.remark)
	}
	return out
}

// A writer makes the records of a seed, one after the other: their keys, partitions and contents are the same each time.
type writer struct {
	rng       *rand.Rand
	people    []person
	sequences []int64 // by person
	numbers   []int64 // by partition
}

func newWriter(seed uint64, people []person, partitions int) *writer {
	return &writer{rand.New(rand.NewPCG(seed, 2)), people, make([]int64, len(people)), make([]int64, partitions)}
}

// incomplete is the share of records that have to be set aside, as one of that many.
const incomplete = 150

// next gives the next record. A person's records are all in one partition, and other people's records name that person too.
func (w *writer) next() *kgo.Record {
	i := w.rng.IntN(len(w.people))
	who, partition := w.people[i], partitionOf(w.people[i], len(w.numbers))
	friend, other := w.people[w.rng.IntN(len(w.people))], w.people[w.rng.IntN(len(w.people))]
	mail := fmt.Sprintf(` "mail" : %q,`, who.mail)
	if w.rng.IntN(incomplete) == 0 {
		mail = ""
	}
	r := &kgo.Record{
		Partition: int32(partition), Key: []byte(who.mail),
		Value: fmt.Appendf(nil, `{"id":"%d-%d","seq":%d,%s"user":{"id":%q,"name":%q,"friends":[{"mail":%q}, {"mail":%q}]},`+
			`"card":%q,"remark":%q,"amount":%d.%02d0,"exact":%d12345678901234567890,"text":"caf\u00e9 ☕ \/ \"quoted\"","nothing":null, "flag":true}`,
			partition, w.numbers[partition], w.sequences[i], mail, who.id, who.name, friend.mail, other.mail,
			who.card, who.remark, w.rng.IntN(1000), w.rng.IntN(100), 1+w.rng.IntN(9)),
		Headers: []kgo.RecordHeader{{Key: "x-user", Value: []byte(who.id)}, {Key: "trace", Value: []byte{0, 0xff, byte(w.rng.IntN(256))}},
			{Key: "empty", Value: []byte{}}, {Key: "null"}},
	}
	w.numbers[partition]++
	w.sequences[i]++
	return r
}

func partitionOf(p person, partitions int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(p.mail)) // never fails
	return int(h.Sum32() % uint32(partitions))
}

// TestWriter: a seed gives the same records, another seed others, and every partition gets some.
func TestWriter(t *testing.T) {
	const partitions, n = 6, 2000
	all := func(seed uint64) (out []string, of []int) {
		w := newWriter(seed, population(seed, 60), partitions)
		of = make([]int, partitions)
		for range n {
			r := w.next()
			of[r.Partition]++
			out = append(out, fmt.Sprint(r.Partition, string(r.Key), string(r.Value), r.Headers))
		}
		return out, of
	}
	first, of := all(1)
	again, _ := all(1)
	other, _ := all(2)
	if !slices.Equal(first, again) {
		t.Error("one seed gives two streams")
	}
	if slices.Equal(first, other) {
		t.Error("two seeds give one stream")
	}
	if slices.Min(of) < n/partitions/4 {
		t.Errorf("the partitions get %v", of)
	}
	for _, p := range planted(population(1, 60)) {
		if len(p) < 8 {
			t.Errorf("%q is planted, and too short to be looked for", p)
		}
	}
}
