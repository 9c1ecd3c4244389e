package guard_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"voile/pipeline/guard"
)

func noData([]byte) bool { return false }

// learned gives a Schema that has seen each text so often that its names show.
func learned(data func([]byte) bool, docs ...string) *guard.Schema {
	s := guard.NewSchema(data)
	var w guard.Walker
	for _, doc := range docs {
		for range 3 {
			s.Learn(&w, []byte(doc), true, nil)
		}
	}
	return s
}

func TestPath(t *testing.T) {
	for _, tc := range []struct{ name, doc, want string }{ // § marks the place
		{"a member", `{"a":"§"}`, "$.a"},
		{"a nested one", `{"x":1, "a" : { "b":[1,{"c":§2}]} }`, "$.a.b[*].c"},
		{"behind brackets in strings", `{"x":"}]\"\\","a":{"y":"{[","b":"§"}}`, "$.a.b"},
		{"the document", `"§"`, "$"},
		{"an element", `[[1],[2,§3]]`, "$[*][*]"},
		{"a name with a hyphen", `{"x-y":"§"}`, "$['x-y']"},
		{"a name with a colon", `{"xdm:name":"§"}`, "$['xdm:name']"},
		{"the name itself", `{"a":1,"§b":2}`, "$.b"},
		{"a name with a space", `{"Marie Durand":"§"}`, "$.*"},
		{"a name in another script", `{"prénom":"§"}`, "$.*"},
		{"an address", `{"ana@example.org":{"a":"§"}}`, "$.*.a"},
		{"digits", `{"k0612":"§"}`, "$.*"},
		{"a few digits", `{"k061":"§"}`, "$.k061"},
		{"a UUID", `{"fd85a9f9-2381-4647-8e5a-97b701173664":"§"}`, "$.*"},
		{"hexadecimal digits", `{"fdeadbeefcafebab":"§"}`, "$.*"},
		{"a long name", `{"` + strings.Repeat("n", 41) + `":"§"}`, "$.*"},
		{"an empty name", `{"":"§"}`, "$.*"},
		{"an escape", `{"a\u0062":"§"}`, "$.*"},
		{"what data finds", `{"secretive":"§"}`, "$.*"},
		{"deep", strings.Repeat(`{"a":`, 40) + `"§"` + strings.Repeat(`}`, 40), "$" + strings.Repeat(".a", 16)},
	} {
		before, after, _ := strings.Cut(tc.doc, "§")
		doc := before + after
		s := learned(func(name []byte) bool { return bytes.Contains(name, []byte("secret")) }, doc)
		var w guard.Walker
		if have := string(path(s, &w, []byte("at "), []byte(doc), len(before))); have != "at "+tc.want {
			t.Errorf("%s: have %s, want %s", tc.name, have, tc.want)
		}
	}
}

// A name that was met in one or two records does not show, however often it stands in them.
func TestRareNamesDoNotShow(t *testing.T) {
	s := guard.NewSchema(noData)
	var w guard.Walker
	doc := []byte(`[{"marie":1},{"marie":2},{"marie":3},{"marie":4}]`)
	for i, want := range []string{"$[*].*", "$[*].*", "$[*].marie"} {
		s.Learn(&w, doc, true, nil)
		if have := string(path(s, &w, nil, doc, 10)); have != want && i > 0 { // the element is new in the first record, too
			t.Errorf("after %d records: have %s, want %s", i+1, have, want)
		}
	}
}

// An object with many different names has data for names: none of them shows, those that did before neither, and what lies in them
// is one place.
func TestManyNamesAreData(t *testing.T) {
	s := learned(noData, `{"by":{"anna":{"mail":1}},"other":{"anna":1}}`)
	var w guard.Walker
	for i := range 100 {
		name := strings.Repeat(string(rune('a'+i%26)), 1+i/26)
		for range 3 {
			s.Learn(&w, fmt.Appendf(nil, `{"by":{%q:{"mail":1}}}`, name), true, nil)
		}
	}
	for doc, want := range map[string]string{`{"by":{"anna":{"mail":1}}}`: "$.by.*.mail", `{"other":{"anna":1}}`: "$.other.anna"} {
		if have := string(path(s, &w, nil, []byte(doc), strings.Index(doc, "1"))); have != want {
			t.Errorf("have %s, want %s", have, want)
		}
	}
}

// Whatever comes, the members that are told apart are bounded, and so is what is reported.
func TestSchemaIsBounded(t *testing.T) {
	s := guard.NewSchema(noData)
	var w guard.Walker
	word := func(i int) string {
		out := ""
		for ; i > 0; i /= 16 {
			out += string(rune('g' + i%16))
		}
		return "n" + out
	}
	for range guard.WarmUp {
		s.Learn(&w, []byte(`{"x":{}}`), true, nil)
	}
	fresh := []string{}
	for i := range 60 {
		for j := range 60 {
			for k := range 3 {
				doc := fmt.Sprintf(`{"x":{%q:{%q:{%q:1}}}}`, word(i), word(j), word(k))
				for range 3 {
					fresh = s.Learn(&w, []byte(doc), true, fresh)
				}
			}
		}
	}
	if n := s.Size(); n > 3*4096 {
		t.Errorf("%d nodes", n)
	}
	if len(fresh) == 0 || len(fresh) > 200 {
		t.Errorf("%d new members", len(fresh))
	}
}

// path asks for one place of a text.
func path(s *guard.Schema, w *guard.Walker, dst, doc []byte, at int) []byte {
	w.Begin(doc)
	return s.Path(w, dst, at)
}

// Places that are asked for one after the other are those that are asked for alone, also where one is asked for again.
func TestPathGoesOn(t *testing.T) {
	doc := `{"a":[{"b":1,"c":"x"}, 2, {"b" : [ 3 ] }],"d":{"e":{}, "f":[]},"g":4}`
	s := learned(noData, doc)
	var on guard.Walker
	on.Begin([]byte(doc))
	for _, i := range []int{1, 5, 7, 11, 11, 17, 26, 33, 40, 2, 7, 7, 49, 60, len(doc) - 2} {
		var alone guard.Walker
		if have, want := string(s.Path(&on, nil, i)), string(path(s, &alone, nil, []byte(doc), i)); have != want {
			t.Errorf("at %d: have %s, want %s", i, have, want)
		}
	}
}

// A Schema is learned and asked by many at once.
func TestSchemaIsSafe(t *testing.T) {
	s := guard.NewSchema(noData)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			var w guard.Walker
			for j := range 200 {
				doc := fmt.Appendf(nil, `{"a":{"n%c":[%d]},"b":{}}`, 'a'+byte(j%50), i)
				s.Learn(&w, doc, true, nil)
				path(s, &w, nil, doc, len(doc)-2)
			}
		})
	}
	all.Wait()
}

// FuzzWalk: no text, JSON or not, makes a walk fail or not end, and no name that looks like data shows.
func FuzzWalk(f *testing.F) {
	for _, doc := range []string{`{"a":[1,{"b":"c"}]}`, `{"a"`, `{"a":`, `[[[`, `"\`, `{"\"`, `}`, `{"ana@example.org":1}`, `{,}`, `[1 2]`} {
		f.Add([]byte(doc), 3)
	}
	f.Fuzz(func(t *testing.T, doc []byte, at int) {
		s := learned(noData, string(doc))
		var w guard.Walker
		if have := path(s, &w, nil, doc, at); bytes.ContainsAny(have, "@\x00 ") {
			t.Fatalf("%q: %s", doc, have)
		}
		var l guard.Lister
		l.Unlisted(doc, nil, nil)
	})
}
