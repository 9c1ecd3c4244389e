package generalize_test

import (
	"testing"

	"voile/pipeline/generalize"
)

// aged is an Age at one time, as the other generalizers are.
type aged struct{ generalize.Age }

func (a aged) Append(dst, text []byte) ([]byte, bool) { return a.AppendAt(dst, text, 1772434806000) }

// BenchmarkGeneralize is the cost of one value, by what it is; allocations are the tests' business, and 0.
func BenchmarkGeneralize(b *testing.B) {
	for _, bc := range []struct {
		name string
		by   generalizer
		in   string
	}{
		{"ip4", generalize.IP{V4: 24, V6: 48}, "198.18.174.132"},
		{"ip6", generalize.IP{V4: 24, V6: 48}, "2001:db8:85a3:8d3:1319:8a2e:370:7348"},
		{"date", generalize.Date{To: generalize.Month}, "2026-03-02T07:00:06.000Z"},
		{"epoch", generalize.Date{To: generalize.Month}, "1772434806000"},
		{"age", aged{generalize.NewAge([]int{18, 25, 35, 50, 65})}, "1984-11-30"},
		{"number", number(b, "10", "0", "200"), "59.90"},
		{"bands", bands(b, "18", "25", "35", "50", "65"), "59.90"},
		{"geo", generalize.Geo{Digits: 2}, "48.85837,2.294481"},
		{"geohash", generalize.Geohash{Length: 5}, "48.85837,2.294481"},
		{"postcode", generalize.Postcode{Keep: 2}, "75011"},
		{"user_agent", generalize.UserAgent{}, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.127 Safari/537.36"},
		{"origin", generalize.URL{Origin: true}, "https://shop.example/panier?step=2"},
		{"without_query", generalize.URL{}, "https://shop.example/panier?step=2"},
		{"not_understood", generalize.IP{V4: 24, V6: 48}, "ana.petit@example.org"},
	} {
		b.Run("value="+bc.name, func(b *testing.B) {
			in, room := []byte(bc.in), make([]byte, 0, 200)
			b.ReportAllocs()
			for b.Loop() {
				bc.by.Append(room, in)
			}
		})
	}
}
