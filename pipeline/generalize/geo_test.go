package generalize_test

import (
	"math/big"
	"strings"
	"testing"

	"voile/pipeline/generalize"
)

func TestGeo(t *testing.T) {
	two, none := generalize.Geo{Digits: 2}, generalize.Geo{}
	five, seven := generalize.Geohash{Length: 5}, generalize.Geohash{Length: 7}
	check(t, []generalization{
		{"a coordinate", two, "48.85837", "48.86"}, {"a short one", two, "48.8", "48.80"}, {"below 0", two, "-0.004", "0.00"}, {"half goes from 0", two, "-2.295", "-2.30"},
		{"a pair", two, "48.85837,2.294481", "48.86,2.29"}, {"a pair with a space", two, " 48.85837,  2.294481", "48.86, 2.29"}, {"a pair with a space before", two, "48.85837 ,2.294481", "48.86,2.29"},
		{"an exponent", two, "4.885837e1", "48.86"}, {"no digits", none, "48.85837,-2.6", "49,-3"}, {"the date line", two, "-179.9999", "-180.00"}, {"the pole", two, "90,180", "90.00,180.00"},
		{"beyond the pole", two, "90.0000000001,1", ""}, {"beyond the date line", two, "180.1", ""}, {"a latitude that is a longitude", two, "120,48", ""}, {"three", two, "48.8,2.2,35", ""},
		{"degrees and minutes", two, "48°51'30\"N", ""}, {"a name", two, "Paris", ""}, {"half a pair", two, "48.8,", ""}, {"nothing", two, "", ""},
		{"a geohash", five, "u09tunquc", "u09tu"}, {"in capitals", five, "U09TUNQUC", "u09tu"}, {"a short one", five, "u09", "u09"},
		{"of a pair", five, "48.85837,2.294481", "u09tu"}, {"of a pair, longer", seven, "48.85837, 2.294481", "u09tunq"}, {"of another", seven, "-25.382708,-49.265506", "6gkzwgj"},
		{"of the corners", five, "90,180", "zzzzz"}, {"of the other corner", five, "-90,-180", "00000"}, {"of 0", five, "0,0", "s0000"},
		{"a letter that is none", five, "Anais", ""}, {"a coordinate alone", five, "48.85837", ""}, {"too long", five, "u09tunquc0000", ""}, {"nothing at all", five, "", ""},
	})
}

// FuzzGeo: a coordinate is rounded as exact arithmetic does it, and lies in the cell of its geohash.
func FuzzGeo(f *testing.F) {
	f.Add("48.85837,2.294481", int64(48_858370000), int64(2_294481000), uint8(5))
	f.Add("u09tunquc", int64(-90e9), int64(180e9), uint8(0))
	f.Fuzz(func(t *testing.T, text string, latitude, longitude int64, n uint8) {
		geo, hash := generalize.Geo{Digits: int(n % 4)}, generalize.Geohash{Length: 1 + int(n%7)}
		idempotent(t, geo, text)
		idempotent(t, hash, text)
		latitude, longitude = latitude%(90e9+1), longitude%(180e9+1)
		y, x := big.NewRat(latitude, 1e9), big.NewRat(longitude, 1e9)
		in := y.FloatString(9) + "," + x.FloatString(9)
		out, ok := geo.Append(nil, []byte(in))
		want := positive(y.FloatString(geo.Digits)) + "," + positive(x.FloatString(geo.Digits))
		if !ok || string(out) != want {
			t.Fatalf("%s became %s, %v, want %s", in, out, ok, want)
		}
		out, ok = hash.Append(nil, []byte(in))
		if !ok || len(out) != hash.Length {
			t.Fatalf("%s became %s, %v", in, out, ok)
		}
		inside(t, in, string(out), x, y)
	})
}

// positive takes the sign off a 0, which big.Rat leaves.
func positive(s string) string {
	for _, c := range s {
		if c >= '1' && c <= '9' {
			return s
		}
	}
	if s[0] == '-' {
		return s[1:]
	}
	return s
}

// inside halves the world as the bits of a geohash say, and looks whether the point is in what is left.
func inside(t *testing.T, in, hash string, x, y *big.Rat) {
	t.Helper()
	bounds := [2][2]*big.Rat{{big.NewRat(-180, 1), big.NewRat(180, 1)}, {big.NewRat(-90, 1), big.NewRat(90, 1)}}
	bit := 0
	for _, c := range hash {
		at := strings.IndexRune("0123456789bcdefghjkmnpqrstuvwxyz", c)
		for b := 4; b >= 0; b-- {
			axis := &bounds[bit%2]
			middle := new(big.Rat).Mul(new(big.Rat).Add(axis[0], axis[1]), big.NewRat(1, 2))
			axis[1-at>>b&1] = middle
			bit++
		}
	}
	for i, v := range []*big.Rat{x, y} {
		top := bounds[i][1]
		if v.Cmp(bounds[i][0]) < 0 || v.Cmp(top) > 0 || v.Cmp(top) == 0 && top.Cmp(big.NewRat(int64(180-90*i), 1)) != 0 {
			t.Fatalf("%s is not in %s: %s to %s", in, hash, bounds[i][0], top)
		}
	}
}

func TestPostcode(t *testing.T) {
	two, three, six := generalize.Postcode{Keep: 2}, generalize.Postcode{Keep: 3}, generalize.Postcode{Keep: 6}
	check(t, []generalization{
		{"France", two, "75011", "75"}, {"United Kingdom", three, "sw1a 1aa", "SW1"}, {"letters first", two, "SW1A 1AA", "SW"}, {"Ireland", three, "D02 X285", "D02"}, {"Malta", three, "VLT 1117", "VLT"},
		{"Netherlands", six, "1012-lg", "1012LG"}, {"Portugal", six, "1000-205", "100020"}, {"short", six, "101", "101"},
		{"a name", three, "Paris", ""}, {"a short name", two, "Ana", ""}, {"letters before the digit", six, "ABCD1", ""}, {"a street", two, "12 rue d'Or", ""}, {"too long", two, "1234567890123", ""},
		{"a letter that is no ASCII", two, "Ł1", ""}, {"dashes", two, "- -", ""}, {"nothing", two, "", ""},
	})
}

func FuzzPostcode(f *testing.F) {
	f.Add("SW1A 1AA", uint8(3))
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		g := generalize.Postcode{Keep: 1 + int(n%6)}
		idempotent(t, g, text)
		if out, ok := g.Append(nil, []byte(text)); ok && len(out) > g.Keep {
			t.Fatalf("%q became %q", text, out)
		}
	})
}
