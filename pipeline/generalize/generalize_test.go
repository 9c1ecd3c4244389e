package generalize_test

import (
	"testing"

	"voile/pipeline/generalize"
)

// A generalizer is any of the package.
type generalizer interface {
	Append(dst, text []byte) (out []byte, ok bool)
}

// A generalization is one row of the tables; want "" says that the text is not understood.
type generalization struct {
	name     string
	by       generalizer
	in, want string
}

func check(t *testing.T, rows []generalization) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			out, ok := row.by.Append([]byte("before "), []byte(row.in))
			if ok != (row.want != "") || string(out) != "before "+row.want {
				t.Errorf("%q: have %q, %v; want %q", row.in, out, ok, "before "+row.want)
			}
			idempotent(t, row.by, row.in)
			in, room := []byte(row.in), make([]byte, 0, 200)
			if n := testing.AllocsPerRun(10, func() { row.by.Append(room, in) }); n > 0 {
				t.Errorf("%q: %g allocations", row.in, n)
			}
		})
	}
}

// idempotent: what came out gives itself.
func idempotent(t *testing.T, g generalizer, text string) {
	t.Helper()
	once, ok := g.Append(nil, []byte(text))
	if !ok {
		if len(once) > 0 {
			t.Fatalf("%q is not understood, and became %q", text, once)
		}
		return
	}
	if twice, ok := g.Append(nil, once); !ok || string(twice) != string(once) {
		t.Fatalf("%+v: %q became %q, and then %q, %v", g, text, once, twice, ok)
	}
}

func TestTruncated(t *testing.T) {
	for _, tc := range []struct {
		in   string
		keep int
		want string
	}{
		{"Ana", 2, "An"}, {"Ana", 3, "Ana"}, {"Ana", 9, "Ana"}, {"żółć", 3, "żół"}, {"żółć", 4, "żółć"}, {"日本語", 1, "日"}, {"👩‍👩‍👧", 1, "👩"}, {"", 1, ""},
	} {
		have := generalize.Truncated([]byte(tc.in), tc.keep)
		if string(have) != tc.want || string(generalize.Truncated(have, tc.keep)) != tc.want {
			t.Errorf("%q to %d: have %q, want %q", tc.in, tc.keep, have, tc.want)
		}
	}
}
