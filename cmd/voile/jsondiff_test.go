package main

import (
	"slices"
	"testing"
)

func TestAppendChanges(t *testing.T) {
	for _, tt := range []struct {
		name, before, after string
		want                []change
	}{
		{"nothing", `{"a":1}`, `{"a":1}`, nil},
		{"a member", `{"a": "x", "b":2}`, `{"a": "T", "b":2}`, []change{{place: "$.a", before: `"x"`, after: `"T"`}}},
		{"escaped quotes", `{"a":"\"x\\","b":"y"}`, `{"a":"T","b":"y"}`, []change{{place: "$.a", before: `"\"x\\"`, after: `"T"`}}},
		{"numbers and words", `[1.50e1, true ,null]`, `["T","U","V"]`, []change{
			{place: "$[0]", before: "1.50e1", after: `"T"`}, {place: "$[1]", before: "true", after: `"U"`}, {place: "$[2]", before: "null", after: `"V"`}}},
		{"deep", `{"a":[{"b c":{"d":"x"}}]}`, `{"a":[{"b c":{"d":"T"}}]}`, []change{{place: `$.a[0]["b c"].d`, before: `"x"`, after: `"T"`}}},
		{"an object by a token", `{"a":{"b":1}}`, `{"a":"T"}`, []change{{place: "$.a", before: `{"b":1}`, after: `"T"`}}},
		{"removed first", `{"a":1,"b":2}`, `{"b":2}`, []change{{place: "$.a", before: "1", removed: true}}},
		{"removed last", `{"a":1,"b":2}`, `{"a":1}`, []change{{place: "$.b", before: "2", removed: true}}},
		{"removed twice", `{"a":1,"b":2,"a":3}`, `{"b":2}`, []change{
			{place: "$.a", before: "1", removed: true}, {place: "$.a", before: "3", removed: true}}},
		{"removed element", `[1,2,3]`, `[1,3]`, []change{{place: "$[1]", before: "2", removed: true}}},
		{"duplicates", `{"a":"x","a":"y"}`, `{"a":"T","a":"U"}`, []change{
			{place: "$.a", before: `"x"`, after: `"T"`}, {place: "$.a", before: `"y"`, after: `"U"`}}},
		{"a scalar", `"x"`, `"T"`, []change{{place: "$", before: `"x"`, after: `"T"`}}},
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
		if got := printable(tt.in); got != tt.want {
			t.Errorf("printable(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
