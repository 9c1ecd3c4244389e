package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Texts of a hundred bytes that hold no identifier, from nothing that is looked for to much that is like it.
var misses = []struct{ name, text string }{
	{"prose", "Merci pour votre commande, elle sera envoyée dès demain par la poste, à bientôt dans notre boutique."},
	{"agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mob"},
	{"numbers", "cmd-2024-000123 2024-01-02T10:20:30.123Z, 12.50 EUR, ref AB12CD34, v1.2.3, 1772434800000 ms, 15 pcs."},
	{"base64", strings.Repeat("eyAiYSI6IDEyMzQ1Njc4OTAxMjM0NTY3ODkwfQ", 3)[:100]},
	{"digits", strings.Repeat("3141592653589793238462643383279502884197", 3)[:100]},
}

func TestMissesDoNotAllocate(t *testing.T) {
	for _, kinds := range [][]Kind{Strong(), Kinds()} {
		s := mustNew(t, "FR", kinds...)
		for _, tt := range misses {
			text := []byte(tt.text)
			if found := s.Find(nil, text); len(found) != 0 {
				t.Errorf("%s: %v is found, want nothing", tt.name, found)
			}
			if got := testing.AllocsPerRun(100, func() { s.Find(nil, text); s.Whole(text) }); got != 0 {
				t.Errorf("%s: %v allocations, want none", tt.name, got)
			}
		}
	}
}

// Nor do hits, where there is room for them and the library of telephone numbers is not asked.
func TestHitsDoNotAllocate(t *testing.T) {
	for _, tt := range slices.Concat(addresses, accounts, national) {
		if tt.kind == Phone && tt.region != "FR" {
			continue
		}
		s, room := mustNew(t, "FR", tt.kind), make([]Match, 0, 8)
		for _, text := range slices.Concat(tt.good, tt.bad) {
			text := []byte(text)
			if got := testing.AllocsPerRun(20, func() { s.Find(room, text); s.Whole(text) }); got != 0 {
				t.Errorf("%q: %v allocations, want none", text, got)
			}
		}
	}
}

func BenchmarkMiss(b *testing.B) {
	for _, choice := range []struct {
		name  string
		kinds []Kind
	}{{"strong", Strong()}, {"all", Kinds()}} {
		s := mustNew(b, "FR", choice.kinds...)
		for _, tt := range misses {
			b.Run(fmt.Sprintf("kinds=%s/text=%s", choice.name, tt.name), func(b *testing.B) {
				text := []byte(tt.text)
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					s.Find(nil, text)
				}
			})
		}
	}
}

func BenchmarkHit(b *testing.B) {
	all, room := mustNew(b, "FR", Kinds()...), make([]Match, 0, 8)
	for _, tt := range slices.Concat(addresses, accounts, national) {
		b.Run("kind="+string(tt.kind)+tt.region, func(b *testing.B) {
			text := []byte("Bonjour, " + tt.good[0] + ", à demain.")
			b.ReportAllocs()
			for b.Loop() {
				all.Find(room, text)
			}
		})
	}
}

// BenchmarkNational finds telephone numbers in the form of their own country: where its numbers have several lengths, the library has
// to be asked.
func BenchmarkNational(b *testing.B) {
	for _, tt := range []struct{ region, number string }{{"FR", "06 39 98 12 34"}, {"DE", "030 901820"}, {"GB", "020 7946 0018"}, {"US", "(212) 736-5000"}} {
		b.Run("region="+tt.region, func(b *testing.B) {
			s, room, text := mustNew(b, tt.region), make([]Match, 0, 8), []byte("Bonjour, "+tt.number+", à demain.")
			if found := s.Find(nil, text); len(found) != 1 || found[0].Kind != Phone {
				b.Fatalf("found %v", found)
			}
			b.ReportAllocs()
			for b.Loop() {
				s.Find(room, text)
			}
		})
	}
}

// One text of real events after the other, none of which holds an identifier.
func BenchmarkUntouched(b *testing.B) {
	s, size := mustNew(b, "FR"), 0
	var texts [][]byte
	for _, text := range untouched(b) {
		texts = append(texts, []byte(text))
		size += len(text)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Find(nil, texts[i%len(texts)])
	}
	b.ReportMetric(float64(size)/float64(len(texts)), "B/text")
}
