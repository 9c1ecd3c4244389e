package scan

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// removals is the table of the documentation of Rewriter: the value 1 is selected and removed. A · stands for a space.
var removals = []struct{ before, after string }{
	{`{"a":1}`, `{}`},
	{`{·"a":·1·}`, `{·}`},
	{`{"a":1,"b":2}`, `{"b":2}`},
	{`{"a":1,·"b":2}`, `{"b":2}`},
	{`{·"a":1·,·"b":2·}`, `{·"b":2·}`},
	{`{"a":2,"b":1}`, `{"a":2}`},
	{`{·"a":2·,·"b":1·}`, `{·"a":2·}`},
	{`{"a":2,·"b":1,·"c":3}`, `{"a":2,·"c":3}`},
	{`{"a":2·,·"b":1·,·"c":3}`, `{"a":2·,·"c":3}`},
	{`{"a":1,·"b":1,·"c":3}`, `{"c":3}`},
	{`{"a":1,·"b":1}`, `{}`},
	{`{"a":1,"a":1,"a":2}`, `{"a":2}`},
	{`{"a":{"b":1},"c":1}`, `{"a":{}}`},
	{`[1,·2,·1]`, `[2]`},
	{`1`, `null`},
	// And beyond the documentation.
	{`·1·`, `·null·`},
	{`[1]`, `[]`},
	{`[·1·,·1·,·1·]`, `[·]`},
	{`[1,[1,[1,2],1],1]`, `[[[2]]]`},
	{`[2,1,1,3,1]`, `[2,3]`},
	{`[[1],[1],1]`, `[[],[]]`},
	{`{"a":1,"b":{"c":1,"d":[1,2,1]},"e":1,"f":"1"}`, `{"b":{"d":[2]},"f":"1"}`},
	{`{"a":2,"a":1,"b":3,"a":1}`, `{"a":2,"b":3}`},
}

// onesOf selects the values 1 of doc, as a Scan would if there were such a path.
func onesOf(t *testing.T, doc []byte) (spans []Span) {
	t.Helper()
	tree, ok := readTree(doc)
	if !ok {
		t.Fatalf("%q is no JSON", doc)
	}
	var walk func(n *node)
	walk = func(n *node) {
		if string(doc[n.start:n.end]) == "1" {
			spans = append(spans, Span{Rules: []int32{0}, Start: n.start, End: n.end, Member: n.member, Kind: n.kind})
		}
		for _, c := range n.children {
			walk(c)
		}
	}
	walk(tree)
	return spans
}

func TestRemove(t *testing.T) {
	spaced := func(s string) []byte { return bytes.ReplaceAll([]byte(s), []byte("·"), []byte(" ")) }
	for _, test := range removals {
		doc := spaced(test.before)
		spans := onesOf(t, doc)
		edits := slices.Repeat([]Edit{{Action: Remove}}, len(spans))
		want := "before " + string(spaced(test.after))
		if got := Apply([]byte("before "), doc, spans, edits); string(got) != want {
			t.Errorf("%s became %q, want %q", test.before, got, want)
		}
	}
}

// TestNames rewrites {keys_of: $.m} beside rules for what is in m: names become "T", where to is not Keep, and all values 1
// go. A · stands for a space.
func TestNames(t *testing.T) {
	tests := []struct {
		name          Action
		before, after string
	}{
		{Replace, `{"m":{"a@b":2,·"c"·:·{"d":3}}}`, `{"m":{"T":2,·"T"·:·{"d":3}}}`},
		{Replace, `{"m":{"a":1}}`, `{"m":{}}`},
		{Replace, `{"m":{·"a":·1·}}`, `{"m":{·}}`},
		{Replace, `{"m":{"a":1,·"b":2}}`, `{"m":{"T":2}}`},
		{Replace, `{"m":{·"a"·:1·,·"b":2·}}`, `{"m":{·"T":2·}}`},
		{Replace, `{"m":{·"a":2·,·"b"·:·1·,·"c":3}}`, `{"m":{·"T":2·,·"T":3}}`},
		{Replace, `{"m":{"a":1,·"b":1,·"longer than the new one":1}}`, `{"m":{}}`},
		{Replace, `{"m":{"a":1,·"b":1,·"c":2,·"d":1}}`, `{"m":{"T":2}}`},
		{Replace, `{"m":{"a":{"x":1,"y":2},"b":[1,2]}}`, `{"m":{"T":{"y":2},"T":[2]}}`},
		{Replace, `{"m":[1,{"x":1}]}`, `{"m":[{}]}`},
		{Replace, `{"a":1,"m":{},"m":{"a":2}}`, `{"m":{},"m":{"T":2}}`},
		{Remove, `{"m":{"a@b":2,·"c":{"d":3}},"n":2}`, `{"m":{},"n":2}`},
		{Remove, `{"m":{·"a":{"x":1,"y":[[1],"}"]}·,"b":1·}}`, `{"m":{·}}`},
		{Keep, `{"m":{"a":1,·"b":1,·"c":{"d":1}}}`, `{"m":{"c":{}}}`},
	}
	for _, test := range tests {
		doc := []byte(strings.ReplaceAll(test.before, "·", " "))
		spans, err := New(automaton(t, "keys of $.m"), 10).Scan(doc, Selected)
		if err != nil {
			t.Fatal(err)
		}
		edits := map[int]Edit{}
		for _, s := range spans {
			edits[s.Start] = Edit{test.name, []byte(`"T"`)}
		}
		for _, s := range onesOf(t, doc) {
			edits[s.Start], spans = Edit{Action: Remove}, append(spans, s)
		}
		slices.SortFunc(spans, func(x, y Span) int { return x.Start - y.Start })
		inOrder := make([]Edit, len(spans))
		for i, s := range spans {
			inOrder[i] = edits[s.Start]
		}
		if got, want := string(Apply(nil, doc, spans, inOrder)), strings.ReplaceAll(test.after, "·", " "); got != want {
			t.Errorf("%s became %s, want %s", doc, got, want)
		}
	}
}

// TestCopies asks of every edit of a document which bytes of the result are copies.
func TestCopies(t *testing.T) {
	doc := []byte(`{"a":"x", "b":{"c":2,"d":[1,2]}, "e":3}`)
	spans, err := New(automaton(t, "$.a", "keys of $.b", "$.b.c", "$.b.d[0]", "$.e"), 3).Scan(doc, Selected)
	if err != nil || len(spans) != 6 {
		t.Fatalf("%d spans, want 6, error %v", len(spans), err)
	}
	tests := []struct {
		edits string // by span: - keep, r replace, x remove
		want  string // with | between copies and what is not copied
	}{
		{"------", `{"a":"x", "b":{"c":2,"d":[1,2]}, "e":3}`},
		{"r----r", `{"a":|NEW|, "b":{"c":2,"d":[1,2]}, "e":|NEW|}`},
		{"x-----", `{|"b":{"c":2,"d":[1,2]}, "e":3}`},
		{"-rr---", `{"a":"x", "b":{|NEW|:|NEW|,"d":[1,2]}, "e":3}`},
		{"-rx---", `{"a":"x", "b":{|"d":[1,2]}, "e":3}`},
		{"-r-r--", `{"a":"x", "b":{|NEW|:2,|NEW|:[1,2]}, "e":3}`},
		{"-x-xxx", `{"a":"x", "b":{|}|}`},
		{"rrrrxx", `{"a":|NEW|, "b":{|NEW|:|NEW|,|NEW|:[|2]}|}`},
	}
	for _, test := range tests {
		var w Rewriter
		w.Reset(doc)
		w.Record()
		const before = "before "
		out := []byte(before)
		for i := range spans {
			s := &spans[i]
			if w.Gone(s) {
				continue
			}
			out = w.Seek(out, s)
			switch test.edits[i] {
			case 'r':
				out = append(out, "NEW"...)
				w.Replaced(s)
			case 'x':
				out = w.Removed(out, s)
			}
		}
		out = w.Finish(out)
		var parts []string
		at := len(before)
		for _, c := range w.Copies() {
			if string(doc[c.Src:c.Src+c.Len]) != string(out[c.Dst:c.Dst+c.Len]) {
				t.Errorf("%s: %+v is no copy", test.edits, c)
			}
			if at < c.Dst {
				parts = append(parts, string(out[at:c.Dst]))
			}
			parts = append(parts, string(out[c.Dst:c.Dst+c.Len]))
			at = c.Dst + c.Len
		}
		if got := strings.Join(parts, "|"); got != test.want || at != len(out) {
			t.Errorf("%s gives %s of %s, want %s", test.edits, got, out, test.want)
		}
	}
}

func TestApply(t *testing.T) {
	doc := []byte(`{ "a" : "x", "b":[1, 2 ,3], "c":{"d":null}, "a":7 }`)
	spans, err := New(automaton(t, "$.a", "$.b[1,2]", "$.c.d"), 3).Scan(doc, Selected)
	if err != nil {
		t.Fatal(err)
	}
	if len(spans) != 5 {
		t.Fatalf("%d spans, want 5", len(spans))
	}
	edits := []Edit{{Replace, []byte(`"token"`)}, {Action: Remove}, {Action: Keep}, {Replace, []byte("{}")}, {Action: Remove}}
	const want = `{ "a" : "token", "b":[1 ,3], "c":{"d":{}} }`
	if got := Apply(nil, doc, spans, edits); string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzApply holds the laws of rewriting: the result of any edits is what the same edits of the tree give, all texts of
// values that stay are spelled as they were, and no other byte but white space and commas goes.
func FuzzApply(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), []byte{1, 9, 2, 1, 0, 3, 8, 1, byte(i), 1, byte(i >> 1)}, uint64(0x123456789abcdef)<<i)
	}
	for _, r := range removals {
		f.Add(bytes.ReplaceAll([]byte(r.before), []byte("·"), []byte("\n ")), []byte{3, 8, 5, 8, 1, 10, 1, 9}, uint64(0xaaaaaaaaaaaaaaaa))
		f.Add(bytes.ReplaceAll([]byte(r.before), []byte("·"), []byte("\t")), []byte{1, 8}, uint64(0x2492492492492492))
		f.Add([]byte(r.before), []byte{0x41, 8, 0x40, 3, 8, 5, 8, 1, 10, 1, 9}, uint64(0x2492492492492492)>>len(r.after))
		f.Add([]byte(r.before), []byte{0x41, 8, 1, 1, 1, 2}, uint64(0x9999999999999999)>>len(r.after))
	}
	for i, s := range filtered {
		f.Add([]byte(s), []byte{1, 0x18, byte(i), 1, 0x18, 0x80, 0x42, 0x18, byte(i), 1, 0x41, 8}, uint64(0x9999999999999999)>>i)
	}
	f.Fuzz(func(t *testing.T, doc, code []byte, choice uint64) {
		_, texts := fuzzQueries(code)
		paths, err := compile(t, texts...)
		if err != nil {
			return // too much
		}
		spans, err := New(paths, 100).Scan(doc, Selected)
		if err != nil {
			return
		}
		edits := make([]Edit, len(spans))
		made := map[int]Edit{}
		for i := range edits {
			edits[i] = Edit{Action(choice & 3 % 3), []byte(`"in its place"`)}
			choice = choice>>2 | choice<<62
			made[spans[i].Start] = edits[i]
		}
		got := Apply(nil, doc, spans, edits)
		after, ok := readTree(got)
		if !ok {
			t.Fatalf("%q with %q became %q, which is no JSON", doc, texts, got)
		}
		before, _ := readTree(doc)
		want := before.flat(doc, made, nil)
		if want == nil {
			want = []string{"null"} // the document itself was removed
		}
		if flat := after.flat(got, nil, nil); !slices.Equal(flat, want) {
			t.Fatalf("%q with %q became %q, which is %q, want %q", doc, texts, got, flat, want)
		}
	})
}

// flat gives the parts of the text that have a meaning, as they are spelled: brackets, names, scalars; with edits made to the
// values and names that begin at their places.
func (n *node) flat(doc []byte, edits map[int]Edit, parts []string) []string {
	e := edits[n.start]
	if e.Action == Remove {
		return parts
	}
	if n.member < n.start {
		name := doc[n.member : n.member+n.name]
		switch e := edits[n.member]; e.Action {
		case Remove:
			return parts
		case Replace:
			name = e.Value
		}
		parts = append(parts, string(name))
	}
	switch {
	case e.Action == Replace:
		return append(parts, string(e.Value))
	case n.kind != Object && n.kind != Array:
		return append(parts, string(doc[n.start:n.end]))
	}
	parts = append(parts, string(doc[n.start]))
	for _, c := range n.children {
		parts = c.flat(doc, edits, parts)
	}
	return append(parts, string(doc[n.end-1]))
}

// TestEveryWayToWrite writes every name and every value of a document with escapes: the same is selected.
func TestEveryWayToWrite(t *testing.T) {
	plain := `{"email":"a@b.example","traits":{"e mail":["x","y\"z"],"é":"😀"},"":{"email":"\n"}}`
	paths := []string{"$.email", "$.traits['e mail'][*]", "$.traits['é']", "$[''].email"}
	written := map[string]string{"as it is": plain, "as \\u": respell(t, plain, false), "as \\U": respell(t, plain, true)}
	var want []string
	for _, name := range []string{"as it is", "as \\u", "as \\U"} {
		doc := []byte(written[name])
		spans, err := New(automaton(t, paths...), 10).Scan(doc, Selected)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, s := range spans {
			if s.Kind != String || s.Escaped != bytes.Contains(doc[s.Start:s.End], []byte(`\`)) {
				t.Errorf("%s: %+v is not told right", name, s)
			}
			text, err := Unescape(nil, doc[s.Start+1:s.End-1])
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, paths[s.Rules[0]]+" = "+string(text))
		}
		if want == nil {
			want = got
		}
		if len(got) != 5 || !slices.Equal(got, want) {
			t.Errorf("%s: selects %q, want the five of %q", name, got, want)
		}
		var x, y any
		if json.Unmarshal(doc, &x) != nil || json.Unmarshal([]byte(plain), &y) != nil || !reflect.DeepEqual(x, y) {
			t.Errorf("%s: the test wrote another document", name)
		}
	}
}
