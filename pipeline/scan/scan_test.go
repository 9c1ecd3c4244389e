package scan

import (
	"errors"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	tests := []struct{ doc, want string }{
		{"", "no valid JSON: the text ends too early at byte 0"},
		{"  ", "no valid JSON: the text ends too early at byte 2"},
		{"\xef\xbb\xbf{}", "no valid JSON: a byte order mark at byte 0"},
		{"{} {}", "no valid JSON: something after the value at byte 3"},
		{"nul", "no valid JSON: expected a value at byte 0"},
		{"[1,]", "no valid JSON: expected a value at byte 3"},
		{"[,1]", "no valid JSON: expected a value at byte 1"},
		{"[1 2]", "no valid JSON: expected a comma or a closing bracket at byte 3"},
		{"[1}", "no valid JSON: expected a comma or a closing bracket at byte 2"},
		{`{"a":1]`, "no valid JSON: expected a comma or a closing brace at byte 6"},
		{`{"a":1,}`, "no valid JSON: expected a member name in quotes at byte 7"},
		{`{a:1}`, "no valid JSON: expected a member name in quotes at byte 1"},
		{`{"a" 1}`, "no valid JSON: expected a colon at byte 5"},
		{`{"a"`, "no valid JSON: the text ends too early at byte 4"},
		{`{"a":`, "no valid JSON: the text ends too early at byte 5"},
		{`{"a":1`, "no valid JSON: the text ends too early at byte 6"},
		{`{"a":1,`, "no valid JSON: the text ends too early at byte 7"},
		{`["a`, "no valid JSON: the text ends too early at byte 3"},
		{`["\`, "no valid JSON: the text ends too early at byte 3"},
		{`["\x"]`, "no valid JSON: a broken escape at byte 2"},
		{`["\u00g0"]`, "no valid JSON: a broken escape at byte 2"},
		{"[\"1234567\n\"]", "no valid JSON: a control character in a string at byte 9"},
		{"[01]", "no valid JSON: a broken number at byte 1"},
		{"[-]", "no valid JSON: a broken number at byte 2"},
		{"[1.]", "no valid JSON: a broken number at byte 3"},
		{"[1e+]", "no valid JSON: a broken number at byte 4"},
		{"[+1]", "no valid JSON: expected a value at byte 1"},
		{"[1\x00]", "no valid JSON: expected a comma or a closing bracket at byte 2"},
	}
	for _, test := range tests {
		for _, s := range []*Scanner{New(nil, 10), New(automaton(t, "$..x", "$[7]"), 10), New(automaton(t, "$"), 10)} {
			spans, err := s.Scan([]byte(test.doc), Selected)
			var wrong *SyntaxError
			if spans != nil || !errors.As(err, &wrong) || err.Error() != test.want {
				t.Errorf("%q: %v, %v, want %s", test.doc, spans, err, test.want)
			}
		}
	}
}

func TestDepth(t *testing.T) {
	const limit = 50
	for _, nest := range []struct{ open, close string }{{"[", "]"}, {`{"a":`, "}"}, {`[{"b":`, "}]"}} {
		each := 1 + strings.Count(nest.open, `[{`)
		for _, paths := range [][]string{nil, {"$..x"}, {"$.a.a"}, {"$[0][0]"}, {"$"}} {
			s := New(automaton(t, paths...), limit)
			for n, want := range map[int]error{limit / each: nil, limit/each + 1: ErrTooDeep} {
				doc := strings.Repeat(nest.open, n) + "1" + strings.Repeat(nest.close, n)
				if _, err := s.Scan([]byte(doc), Selected); !errors.Is(err, want) {
					t.Errorf("%d of %s with %q: %v, want %v", n, nest.open, paths, err, want)
				}
			}
		}
	}
	// Depth costs no stack, and a limit of none leaves scalars.
	deep := strings.Repeat("[", 5_000_000) + strings.Repeat("]", 5_000_000)
	for _, paths := range [][]string{nil, {"$..x"}} {
		if _, err := New(automaton(t, paths...), 5_000_000).Scan([]byte(deep), Selected); err != nil {
			t.Errorf("five million arrays: %v", err)
		}
	}
	if _, err := New(nil, 0).Scan([]byte("[]"), Selected); !errors.Is(err, ErrTooDeep) {
		t.Errorf("an array at a limit of 0: %v", err)
	}
	if _, err := New(nil, 0).Scan([]byte("1"), Selected); err != nil {
		t.Errorf("a scalar at a limit of 0: %v", err)
	}
}

func TestRulesAndKinds(t *testing.T) {
	s := New(automaton(t, "$.a", "$..a", "$.*", "$..b", "$[1]"), 10)
	tests := []struct {
		doc  string
		want []Span
	}{
		{`{"a":null,"x":true,"b":false}`, []Span{
			{Rules: []int32{0, 1, 2}, Start: 5, End: 9, Member: 1, Kind: Null},
			{Rules: []int32{2}, Start: 14, End: 18, Member: 10, Kind: True},
			{Rules: []int32{2, 3}, Start: 23, End: 28, Member: 19, Kind: False}}},
		{`[-1,"\n",{"a":"b"},[]]`, []Span{
			{Rules: []int32{2}, Start: 1, End: 3, Member: 1, Kind: Number},
			{Rules: []int32{2, 4}, Start: 4, End: 8, Member: 4, Kind: String, Escaped: true},
			{Rules: []int32{2}, Start: 9, End: 18, Member: 9, Kind: Object},
			{Rules: []int32{2}, Start: 19, End: 21, Member: 19, Kind: Array}}},
		{`{ "\u0062" : "x" }`, []Span{{Rules: []int32{2, 3}, Start: 13, End: 16, Member: 2, Kind: String}}},
		{`"a"`, nil},
	}
	for _, test := range tests {
		got, err := s.Scan([]byte(test.doc), Selected)
		if err != nil || len(got) != len(test.want) {
			t.Errorf("%s: %+v, %v, want %+v", test.doc, got, err, test.want)
			continue
		}
		for i := range got {
			if !sameSpan(got[i], test.want[i]) {
				t.Errorf("%s: %+v, want %+v", test.doc, got[i], test.want[i])
			}
		}
	}
}

// TestSpecial tries every byte at every place of eight, beside bytes that the arithmetic could carry into.
func TestSpecial(t *testing.T) {
	for _, fill := range []byte{' ', '!', '#', '[', ']', 'a', 0x7f, 0x80, 0xa2, 0xdc, 0xff} {
		for place := range 16 {
			for c := range 256 {
				text := []byte(strings.Repeat(string([]byte{fill}), 19))
				text[place] = byte(c)
				want := len(text)
				if c < ' ' || c == '"' || c == '\\' {
					want = place
				}
				if got := plain(text); got != want {
					t.Fatalf("%q: stops at %d, want %d", text, got, want)
				}
				if end, _, _ := skipString(append(text, `"`...), 0); c >= ' ' && c != '\\' && end != want+1 {
					t.Fatalf("%q as a string ends at %d, want %d", text, end, want+1)
				}
			}
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	doc := []byte(strings.Replace(event, `"email"`, `"\u0065mail"`, 3))
	s := New(automaton(t, eventPaths...), 100)
	var w Rewriter
	var out []byte
	if got := testing.AllocsPerRun(100, func() {
		spans, err := s.Scan(doc, Selected)
		if err != nil || len(spans) != 22 {
			t.Fatalf("%d spans, want 22, error %v", len(spans), err)
		}
		out = out[:0]
		w.Reset(doc)
		for i := range spans {
			out = w.Seek(out, &spans[i])
			if i%2 == 0 {
				out = w.Removed(out, &spans[i])
				continue
			}
			out = AppendString(out, []byte("token"))
			w.Replaced(&spans[i])
		}
		out = w.Finish(out)
	}); got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
	if _, err := New(nil, 100).Scan(out, Selected); err != nil {
		t.Errorf("the rewritten event: %v", err)
	}
}

// TestDoneLetsGoOfManySpans: a Scanner stays, and keeps no megabytes of spans. What is usual it keeps.
func TestDoneLetsGoOfManySpans(t *testing.T) {
	for _, tt := range []struct {
		name     string
		elements int
		kept     bool
	}{{"usual", 1000, true}, {"many", 100_000, false}} {
		t.Run(tt.name, func(t *testing.T) {
			s := New(automaton(t, "$.a"), 10)
			spans, err := s.Scan([]byte("[0"+strings.Repeat(",0", tt.elements-1)+"]"), Scalars)
			if err != nil || len(spans) != tt.elements {
				t.Fatalf("%d spans, want %d, error %v", len(spans), tt.elements, err)
			}
			if s.Done(); (cap(s.spans) > 0) != tt.kept {
				t.Errorf("room for %d spans stays", cap(s.spans))
			}
		})
	}
}
