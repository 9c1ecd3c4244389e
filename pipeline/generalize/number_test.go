package generalize_test

import (
	"math/big"
	"strings"
	"testing"

	"voile/pipeline/generalize"
)

func number(t testing.TB, step, least, most string) generalize.Number {
	t.Helper()
	g, ok := generalize.NewNumber(step, least, most)
	if !ok {
		t.Fatalf("no number of %s from %s to %s", step, least, most)
	}
	return g
}

func bands(t testing.TB, bounds ...string) generalize.Bands {
	t.Helper()
	g, ok := generalize.NewBands(bounds)
	if !ok {
		t.Fatalf("no bands of %v", bounds)
	}
	return g
}

func TestNumber(t *testing.T) {
	tens, bounded, halves, cents := number(t, "10", "", ""), number(t, "10", "0", "200"), number(t, "0.5", "", ""), number(t, "0.10", "", "")
	coded, below := number(t, "", "0", "99.5"), number(t, "", "", "100")
	check(t, []generalization{
		{"down", tens, "14", "10"}, {"up", tens, "16", "20"}, {"a half goes from 0", tens, "15", "20"}, {"and below 0 too", tens, "-15", "-20"},
		{"just below a half", tens, "14.9999999999999999999", "10"}, {"to 0, without a sign", tens, "-4", "0"}, {"a step itself", tens, "120", "120"},
		{"white space", tens, " 14 ", "10"}, {"a plus", tens, "+14", "10"}, {"leading zeros", tens, "0014", "10"}, {"no whole part", tens, ".9e2", "90"},
		{"an exponent", tens, "1.45e2", "150"}, {"a negative exponent", tens, "14500E-2", "150"}, {"a tiny one", tens, "1e-99999999", "0"}, {"0 to no end", tens, "0e99999999", "0"},
		{"large", tens, "99999999999999994", "99999999999999990"}, {"larger once it is rounded", tens, "99999999999999999", ""}, {"too large", tens, "1e30", ""}, {"too large, with a top", bounded, "1e30", "200"}, {"too small, with a bottom", bounded, "-1e30", "0"},
		{"the top", bounded, "204", "200"}, {"the bottom", bounded, "-30", "0"}, {"between", bounded, "44.9", "40"},
		{"halves", halves, "12.3", "12.5"}, {"halves, whole", halves, "12.1", "12.0"}, {"halves below 0", halves, "-0.3", "-0.5"}, {"0 with a point", halves, "0.1", "0.0"},
		{"decimal and not binary", cents, "2.675", "2.70"}, {"as many digits as the step", cents, "3", "3.00"},
		{"no step, between", coded, "12.345", "12.345"}, {"no step, below", coded, "-0.001", "0"}, {"no step, above", coded, "99.51", "99.5"}, {"no step, the top", coded, "99.50", "99.5"},
		{"a top alone", below, "-5", "-5"}, {"a top alone, above", below, "1e9999", "100"}, {"a top alone, far below", below, "-1e9999", "-1e9999"},
		{"thousands", tens, "1,234", ""}, {"a decimal comma", tens, "12,5", ""}, {"a unit", tens, "12 kg", ""}, {"hexadecimal", tens, "0x1F", ""}, {"no number", tens, "NaN", ""},
		{"a point alone", tens, ".", ""}, {"an exponent without digits", tens, "1e", ""}, {"two signs", tens, "--1", ""}, {"nothing", tens, "", ""}, {"true", tens, "true", ""},
	})
	for _, tc := range [][3]string{{"10", "5", ""}, {"10", "", "95"}, {"10", "20", "20"}, {"0", "", ""}, {"-1", "", ""}, {"x", "", ""}, {"", "", ""}, {"", "5", "4"}, {"", "1e99", ""}, {"10", "0.5", ""}} {
		if _, ok := generalize.NewNumber(tc[0], tc[1], tc[2]); ok {
			t.Errorf("%q: made a number", tc)
		}
	}
}

func TestBands(t *testing.T) {
	ages, rates := bands(t, "18", "25", "65"), bands(t, "-0.5", "0", "0.75")
	check(t, []generalization{
		{"below", ages, "17.999", "<18"}, {"a bound", ages, "18", "18-25"}, {"between", ages, "24.99", "18-25"}, {"the next", ages, "2.5e1", "25-65"}, {"above", ages, "65", "65+"},
		{"far above", ages, "1e400", "65+"}, {"far below", ages, "-1e400", "<18"}, {"a label", ages, " 18-25 ", "18-25"}, {"the first label", ages, "<18", "<18"}, {"the last label", ages, "65+", "65+"},
		{"below 0", rates, "-0.5000001", "<-0.5"}, {"a bound below 0", rates, "-0.50", "-0.5-0"}, {"to 0", rates, "-0.00000001", "-0.5-0"}, {"0", rates, "0", "0-0.75"}, {"minus 0", rates, "-0", "0-0.75"},
		{"the top", rates, "0.75", "0.75+"},
		{"another band", ages, "18-24", ""}, {"a text", ages, "young", ""}, {"nothing", ages, "", ""},
	})
	for _, tc := range [][]string{{}, {"2", "1"}, {"1", "1.0"}, {"x"}} {
		if _, ok := generalize.NewBands(tc); ok {
			t.Errorf("%q: made bands", tc)
		}
	}
}

// FuzzNumber: a number is rounded and put in its band as exact arithmetic does it.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"14", "-15", "1.45e2", "99999999999999999", "-0.5", "1e-5", "00.10E+1", "1e400", "4.9999999999999999999999"} {
		f.Add(s)
	}
	step, coded, groups := number(f, "0.5", "-100", "1000"), number(f, "", "-10", "10.5"), bands(f, "-0.5", "0", "7.25")
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range []generalizer{step, coded, groups} {
			idempotent(t, g, text)
		}
		out, ok := step.Append(nil, []byte(text))
		if e := strings.IndexAny(text, "eE"); !ok || len(text) > 30 || e >= 0 && len(text)-e > 5 {
			return // big.Rat would write them out
		}
		exact, ok := new(big.Rat).SetString(strings.TrimSpace(text))
		if !ok {
			t.Fatalf("%q was understood", text)
		}
		half := big.NewRat(1, 4)
		if exact.Sign() < 0 {
			half.Neg(half)
		}
		n := new(big.Rat).Mul(new(big.Rat).Add(exact, half), big.NewRat(2, 1))
		want := new(big.Rat).SetFrac(new(big.Int).Quo(n.Num(), n.Denom()), big.NewInt(2))
		if want.Cmp(big.NewRat(-100, 1)) < 0 {
			want.SetInt64(-100)
		} else if want.Cmp(big.NewRat(1000, 1)) > 0 {
			want.SetInt64(1000)
		}
		if string(out) != want.FloatString(1) {
			t.Fatalf("%q became %s, want %s", text, out, want.FloatString(1))
		}
		label := "7.25+"
		for _, b := range []struct{ below, label string }{{"7.25", "0-7.25"}, {"0", "-0.5-0"}, {"-0.5", "<-0.5"}} {
			if bound, _ := new(big.Rat).SetString(b.below); exact.Cmp(bound) < 0 {
				label = b.label
			}
		}
		if out, ok := groups.Append(nil, []byte(text)); !ok || string(out) != label {
			t.Fatalf("%q is in %s, want %s", text, out, label)
		}
	})
}

func TestAge(t *testing.T) {
	g := generalize.NewAge([]int{18, 25, 26, 65})
	at := int64(1772434806000) // 2026-03-02T07:00:06Z
	for _, tc := range []struct{ in, want string }{
		{"2008-03-03", "<18"}, {"2008-03-02", "18-24"}, {"2001-03-03", "18-24"}, {"2001-03-02", "25"}, {"2000-03-02", "26-64"}, {"1961-03-03", "26-64"}, {"1961-03-02", "65+"},
		{"2026-03-02", "<18"}, {"1984", "26-64"}, {"2008-04", "<18"}, {"20080302", "18-24"}, {"2008-03-02T23:59:59+14:00", "18-24"}, {"1204416000", "18-24"}, {"1204502400000", "<18"},
		{"2008-02-29", "18-24"}, {" 18-24", "18-24"}, {"65+", "65+"}, {"25", "25"}, {"<18", "<18"},
		{"2026-03-03", ""}, {"1876-03-02", ""}, {"0001-01-01", ""}, {"02/03/2008", ""}, {"18", "26-64"}, {"Ana", ""}, {"", ""},
	} {
		out, ok := g.AppendAt([]byte("b"), []byte(tc.in), at)
		if ok != (tc.want != "") || string(out) != "b"+tc.want {
			t.Errorf("%s: have %s, %v, want %s", tc.in, out, ok, tc.want)
		}
		if twice, _ := g.AppendAt(nil, out[1:], at+1e12); tc.want != "" && string(twice) != tc.want {
			t.Errorf("%s became %s, and then %s", tc.in, out[1:], twice)
		}
		in, room := []byte(tc.in), make([]byte, 0, 50)
		if n := testing.AllocsPerRun(10, func() { g.AppendAt(room, in, at) }); n > 0 {
			t.Errorf("%s: %g allocations", tc.in, n)
		}
	}
}
