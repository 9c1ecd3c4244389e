package changes

import (
	"slices"
	"testing"
)

func TestAppendChanges(t *testing.T) {
	for _, tt := range []struct {
		name, before, after string
		want                []Change
	}{
		{"nothing", `{"a":1}`, `{"a":1}`, nil},
		{"a member", `{"a": "x", "b":2}`, `{"a": "T", "b":2}`, []Change{{Place: "$.a", Before: `"x"`, After: `"T"`}}},
		{"escaped quotes", `{"a":"\"x\\","b":"y"}`, `{"a":"T","b":"y"}`, []Change{{Place: "$.a", Before: `"\"x\\"`, After: `"T"`}}},
		{"numbers and words", `[1.50e1, true ,null]`, `["T","U","V"]`, []Change{
			{Place: "$[0]", Before: "1.50e1", After: `"T"`}, {Place: "$[1]", Before: "true", After: `"U"`}, {Place: "$[2]", Before: "null", After: `"V"`}}},
		{"deep", `{"a":[{"b c":{"d":"x"}}]}`, `{"a":[{"b c":{"d":"T"}}]}`, []Change{{Place: `$.a[0]["b c"].d`, Before: `"x"`, After: `"T"`}}},
		{"an object by a token", `{"a":{"b":1}}`, `{"a":"T"}`, []Change{{Place: "$.a", Before: `{"b":1}`, After: `"T"`}}},
		{"removed first", `{"a":1,"b":2}`, `{"b":2}`, []Change{{Place: "$.a", Before: "1", Removed: true}}},
		{"removed last", `{"a":1,"b":2}`, `{"a":1}`, []Change{{Place: "$.b", Before: "2", Removed: true}}},
		{"removed twice", `{"a":1,"b":2,"a":3}`, `{"b":2}`, []Change{
			{Place: "$.a", Before: "1", Removed: true}, {Place: "$.a", Before: "3", Removed: true}}},
		{"removed element", `[1,2,3]`, `[1,3]`, []Change{{Place: "$[1]", Before: "2", Removed: true}}},
		{"duplicates", `{"a":"x","a":"y"}`, `{"a":"T","a":"U"}`, []Change{
			{Place: "$.a", Before: `"x"`, After: `"T"`}, {Place: "$.a", Before: `"y"`, After: `"U"`}}},
		{"a scalar", `"x"`, `"T"`, []Change{{Place: "$", Before: `"x"`, After: `"T"`}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, okA := parseNode([]byte(tt.before))
			b, okB := parseNode([]byte(tt.after))
			if !okA || !okB {
				t.Fatal("no JSON")
			}
			if got := appendChanges(nil, "$", a, b); !slices.Equal(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestPrintable(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`{"a": "é日 x"}`, `{"a": "é日 x"}`},
		{"a\x1b[31mb", `a\u001b[31mb`},
		{"a\u009bb\u202e", `a\u009bb\u202e`},
	} {
		if got := Printable(tt.in); got != tt.want {
			t.Errorf("Printable(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
