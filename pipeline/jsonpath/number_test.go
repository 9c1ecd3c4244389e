package jsonpath

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	tests := []struct {
		x, y string
		want bool
	}{
		{"0", "-0", true}, {"0", "0.000", true}, {"0", "0e99", true}, {"0", "-0.0E-1", true}, {"0", "0.1", false},
		{"1", "1.0", true}, {"1", "1e0", true}, {"1", "10e-1", true}, {"1", "0.01e2", true}, {"1", "-1", false}, {"1", "10", false},
		{"100", "1e2", true}, {"100", "1E+2", true}, {"100", "100.00", true}, {"100", "1000e-1", true}, {"100", "1e3", false},
		{"1001", "1001", true}, {"1001", "1.001e3", true}, {"1001", "101", false}, {"1001", "100100e-2", true}, {"1001", "10010", false},
		{"-12.5", "-125e-1", true}, {"-12.5", "12.5", false}, {"-12.5", "-12.50001", false},
		{"9007199254740993", "9007199254740992", false},
		{"1e400", "10e399", true}, {"1e400", "1e401", false}, {"1", "1e99999999999999999999", false}, {"1", "1e-99999999999999999999", false},
	}
	for _, test := range tests {
		x, y := readNumber(test.x), readNumber(test.y)
		if x.is([]byte(test.y)) != test.want || y.is([]byte(test.x)) != test.want || (x == y) != test.want {
			t.Errorf("%s is %s: %v, the other way %v, as values %v, want %v", test.x, test.y, x.is([]byte(test.y)), y.is([]byte(test.x)), x == y, test.want)
		}
	}
}

// FuzzNumber holds the comparison of numbers against math/big.
func FuzzNumber(f *testing.F) {
	valid := regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$`)
	for _, s := range []string{"0 -0", "1 1.0", "100 1e2", "12.50 1250E-2", "0.001 1e-3", "7e100 70e99", "1 2", "-1 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, texts string) {
		x, y, _ := strings.Cut(texts, " ")
		if !valid.MatchString(x) || !valid.MatchString(y) {
			return
		}
		ratX, _ := new(big.Rat).SetString(x)
		ratY, _ := new(big.Rat).SetString(y)
		n, want := readNumber(x), ratX.Cmp(ratY) == 0
		if got := n.is([]byte(y)); got != want || (n == readNumber(y)) != want {
			t.Errorf("%s is %s: %v, want %v", x, y, got, want)
		}
		if again := readNumber(n.String()); again != n || !n.is([]byte(n.String())) || !valid.MatchString(n.String()) {
			t.Errorf("%s is written %s, which reads as %+v, want %+v", x, n.String(), again, n)
		}
	})
}
