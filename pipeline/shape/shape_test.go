package shape_test

import (
	"crypto/rand"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"voile/pipeline/shape"
)

func random(t testing.TB) (r shape.Random) {
	t.Helper()
	if _, err := rand.Read(r[:]); err != nil {
		t.Fatal(err)
	}
	return r
}

func filled(b byte) (r shape.Random) {
	for i := range r {
		r[i] = b
	}
	return r
}

func TestShapes(t *testing.T) {
	zeros, ones := filled(0), filled(0xff)
	for _, test := range []struct{ name, have, want string }{
		{"uuid of zeros", string(shape.AppendUUID(nil, zeros)), "00000000-0000-8000-8000-000000000000"},
		{"uuid of ones", string(shape.AppendUUID(nil, ones)), "ffffffff-ffff-8fff-bfff-ffffffffffff"},
		{"behind something", string(shape.AppendUUID([]byte("x"), zeros)), "x00000000-0000-8000-8000-000000000000"},
		{"local part", string(shape.AppendLocal(nil, zeros)), strings.Repeat("a", 26)},
		{"local part of ones", string(shape.AppendLocal(nil, ones)), strings.Repeat("7", 25) + "4"},
		{"domain", string(shape.AppendDomain(nil, zeros)), strings.Repeat("a", 16) + ".invalid"},
		{"one digit", string(shape.AppendDigits(nil, 1, zeros, zeros)), "1"},
		{"one digit, behind something", string(shape.AppendDigits([]byte("9"), 1, zeros, zeros)), "91"},
		{"digits of zeros", string(shape.AppendDigits(nil, 12, zeros, ones)), "100000000000"},
		{"a block", string(shape.AppendDigits(nil, 19, zeros, ones)), "1" + strings.Repeat("0", 18)},
		{"more than a block", string(shape.AppendDigits([]byte("x"), 25, zeros, zeros)), "x1" + strings.Repeat("0", 24)},
		{"2^128-1, 25 digits", string(shape.AppendDigits(nil, 25, ones, ones)), wide(t, 25)},
		{"2^128-1, 38 digits", string(shape.AppendDigits(nil, 38, ones, ones)), wide(t, 38)},
	} {
		if test.have != test.want {
			t.Errorf("%s: have %s, want %s", test.name, test.have, test.want)
		}
	}
}

// wide computes the digits of 2^128-1 with big numbers.
func wide(t *testing.T, length int64) string {
	t.Helper()
	all := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))
	ten := func(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }
	head := new(big.Int).Mod(all, new(big.Int).Mul(big.NewInt(9), ten(18)))
	head.Add(head, ten(18))
	tail := new(big.Int).Mod(all, ten(length-19))
	return fmt.Sprintf("%s%0*s", head, int(length-19), tail.String())
}

func TestForms(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for range 1000 {
		a, b := random(t), random(t)
		if text := shape.AppendUUID(nil, a); !uuid.Match(text) {
			t.Fatalf("%s is no UUID of version 8", text)
		}
		for n := 1; n <= shape.MaxDigits; n++ {
			text := string(shape.AppendDigits(nil, n, a, b))
			if len(text) != n || text[0] == '0' || strings.Trim(text, "0123456789") != "" {
				t.Fatalf("%d digits: %s", n, text)
			}
			more := string(shape.AppendDigits(nil, n, a, random(t)))
			if counts := more != text; counts && !shape.NeedsMore(n) || !counts && n > 30 {
				t.Fatalf("%d digits: the second block counts: %v, %s and %s", n, counts, text, more)
			}
		}
	}
}

// What is drawn is uniform: chi squared over a hundred thousand draws stays below its 1 - 10^-6 quantile, about
// k + 4.75 √(2k) + 15 for k cells.
func TestBelowIsUniform(t *testing.T) {
	for _, n := range []uint64{2, 3, 7, 10, 60, 365, 1000} {
		const draws = 100_000
		count := make([]float64, n)
		for range draws {
			count[random(t).Below(n)]++
		}
		want, chi := draws/float64(n), 0.0
		for _, c := range count {
			chi += (c - want) * (c - want) / want
		}
		if k := float64(n); chi > k+4.75*math.Sqrt(2*k)+15 {
			t.Errorf("below %d: chi squared is %.0f", n, chi)
		}
	}
}

func TestLeastDigits(t *testing.T) {
	for _, test := range []struct {
		persons, want int
	}{
		{1, 1}, {2, 4}, {3, 4}, {4, 4}, {5, 5}, {1000, 9}, {1_000_000, 15}, {42_000_000, 18}, {68_000_000, 19}, {10_000_000_000, 23}, {math.MaxInt, 0},
	} {
		have, ok := shape.LeastDigits(test.persons)
		if have != test.want || ok != (test.want > 0) {
			t.Errorf("%d persons: have %d, want %d", test.persons, have, test.want)
		}
		// The bound itself, in floating point: it holds at the length, and not one below.
		chance := func(length int) float64 {
			n := float64(test.persons)
			return n * (n - 1) / 2 / (9 * math.Pow10(length-1))
		}
		if ok && (chance(have) > 0.001 || have > 1 && chance(have-1) <= 0.001) {
			t.Errorf("%d persons: %d digits, chance %g, one digit less %g", test.persons, have, chance(have), chance(have-1))
		}
	}
}

func TestNoAllocation(t *testing.T) {
	a, b := random(t), random(t)
	dst := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() {
		out := shape.AppendUUID(dst, a)
		out = shape.AppendDigits(out, 38, a, b)
		out = shape.AppendLocal(out, a)
		shape.AppendDomain(out, b)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
