package scan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestFilters gives the texts of the values that a path with filters selects.
func TestFilters(t *testing.T) {
	const params = `{"p":[{"key":"email","value":1},{"value":2,"key":"phone"},{"value":3},{"key":null,"value":4},5,"email",{"key":["email"],"value":6}]}`
	tests := []struct{ path, doc, want string }{
		{"$.p[?@.key=='email'].value", params, "1"},
		{"$.p[?'phone'==@.key].value", params, "2"},
		{"$.p[?@.key==null].value", params, "4"},
		{"$.p[?@.key=='email' || @.key=='phone'].value", params, "1 2"},
		{"$.p[?@.key=='email', ?@.value==3].value", params, "1 3"},
		{"$.p[?@.key=='email', 2].value", params, "1 3"},
		{"$.p[?@.key=='email' && @.value==1]['value','key']", params, `"email" 1`},
		{"$.p[?@.key=='email' && @.value==2].value", params, ""},
		{"$.p[?@=='email']", params, `"email"`},
		{"$.p[?@==5]", params, "5"},
		{"$.p[?@.key[0]=='email'].value", params, "6"},
		{"$..[?@.key=='phone'].value", params, "2"},
		{"$[?@[0].key=='email'][1].value", params, "2"},
		// Names and texts decoded.
		{"$[?@.key=='email'].value", `[{"k\u0065y":"\u0065mail","value":1},{"key":"email ","value":2}]`, "1"},
		{"$[?@.a=='\\u00e9\\ud83d\\ude00']", `[{"a":"é😀"},{"a":"\u00E9\uD83D\uDE00"},{"a":"\ud83d"},{"a":"é"}]`, `{"a":"é😀"} {"a":"\u00E9\uD83D\uDE00"}`},
		// Numbers by value, and never the text of one.
		{"$[?@.a==100].b", `[{"a":1e2,"b":1},{"a":100.0,"b":2},{"a":"100","b":3},{"a":1e3,"b":4},{"a":-100,"b":5}]`, "1 2"},
		{"$[?@.a==0].b", `[{"a":-0,"b":1},{"a":0e9,"b":2},{"a":false,"b":3},{"b":4}]`, "1 2"},
		// Any of the duplicates.
		{"$[?@.a==1].b", `[{"a":1,"a":2,"b":1},{"a":2,"a":1,"b":2},{"a":2,"a":3,"b":3}]`, "1 2"},
		{"$[?@.a.b==1].c", `[{"a":{"b":1},"a":3,"c":1},{"a":{"b":2},"a":{"b":1},"c":2},{"a":{},"a":{"b":2},"c":3}]`, "1 2"},
		{"$[?@.a==1 && @.a==2].b", `[{"a":1,"b":1}]`, ""},
		// The filter's object in the one that it selects from, and elements that are looked at inside others.
		{"$..[?@.t=='x'].v", `{"t":"x","v":0,"o":{"v":1,"o":{"o":{"t":"x","v":2},"t":"y","v":3},"t":"x"}}`, "1 2"},
		{"$..[?@.t.u=='x'].v", `{"o":{"o":{"t":{"u":"x","v":0},"v":1},"t":{"u":"x"},"v":2}}`, "1 2"},
		{"keys of $[?@.t==1]", `[{"a@b":0,"t":1},{"c@d":0,"t":2}]`, `"a@b" "t"`},
	}
	for _, test := range tests {
		spans, err := New(automaton(t, test.path), 10).Scan([]byte(test.doc), Selected)
		if err != nil {
			t.Errorf("%s in %s: %v", test.path, test.doc, err)
		}
		var got []string
		for _, s := range spans {
			got = append(got, test.doc[s.Start:s.End])
		}
		want := strings.Fields(test.want)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s in %s selects %q, want %q", test.path, test.doc, got, want)
		}
	}
}

// TestAmbiguous has duplicates in an object that filters ask for.
func TestAmbiguous(t *testing.T) {
	tests := []struct {
		paths []string
		doc   string
		want  error
	}{
		{[]string{"$[?@.a==1].x", "$[?@.a==2].x"}, `[{"a":1,"x":0},{"a":2,"x":0}]`, nil},
		{[]string{"$[?@.a==1].x", "$[?@.a==2].x"}, `[{"a":1,"a":3,"a":1,"x":0}]`, nil},
		{[]string{"$[?@.a==1].x", "$[?@.a==2].x"}, `[{"a":1,"a":2,"x":0}]`, ErrAmbiguous},
		{[]string{"$[?@.a==1].x", "$[?@.a==2].x"}, `{"b":{"x":0,"a":2,"y":[],"a":1}}`, ErrAmbiguous},
		{[]string{"$[?@.a==1].x", "$[?@.b==2].x"}, `[{"a":1,"b":2,"b":1,"x":0}]`, nil},
		// The same filters are true of the one duplicate as of both.
		{[]string{"$[?@.a==1 || @.a==2].x"}, `[{"a":1,"a":2,"x":0}]`, nil},
		{[]string{"$[?@.a==1 && @.a==2].x"}, `[{"a":1,"a":2,"x":0}]`, ErrAmbiguous},
		// Nobody asks.
		{[]string{"$.p[?@.a==1].x", "$.p[?@.a==2].x"}, `{"a":1,"a":2,"q":[{"a":1,"a":2}]}`, nil},
	}
	for _, test := range tests {
		spans, err := New(automaton(t, test.paths...), 10).Scan([]byte(test.doc), Selected)
		if !errors.Is(err, test.want) || err != nil && spans != nil {
			t.Errorf("%q in %s: %d spans, %v, want %v", test.paths, test.doc, len(spans), err, test.want)
		}
	}
}

// TestLooksAreLinear looks at every level of deep documents. A scanner that read on for each of them would take some minutes.
func TestLooksAreLinear(t *testing.T) {
	const depth = 100_000
	s := New(automaton(t, "$..[?@.a=='b'].v", "$..[?@.n.n.a=='c']", "$..[?@[0]==1]"), 2*depth)
	fill := `,"f":[[],{"g":[1]},"text"]`
	for name, doc := range map[string]string{
		"objects": strings.Repeat(`{"v":1,"n":`, depth) + `{}` + strings.Repeat(fill+`,"a":"b"}`, depth),
		"arrays":  strings.Repeat(`[2,`, depth) + `1` + strings.Repeat(`]`, depth),
		"invalid": strings.Repeat(`{"v":1,"n":`, depth),
		"broken":  strings.Repeat(`{"v":1,"n":`, depth) + `{}` + strings.Repeat(fill+`,"a":"b"}`, depth-1) + "]",
	} {
		start := time.Now()
		spans, err := s.Scan([]byte(doc), Selected)
		if valid := name == "objects" || name == "arrays"; (err == nil) != valid || name == "objects" && len(spans) != 2*depth-1 {
			t.Errorf("%s: %d spans, %v", name, len(spans), err)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: %v for %d bytes", name, took, len(doc))
		}
	}
}

func TestLooksAllocateNothing(t *testing.T) {
	doc := []byte(params(20))
	s := New(automaton(t, "$.params[?@.key=='email'].value", "$..[?@.n.t=='x' && @.n.i==1.0].v"), 100)
	if got := testing.AllocsPerRun(100, func() {
		if spans, err := s.Scan(doc, Selected); err != nil || len(spans) != 2 {
			t.Fatalf("%d spans, want 2, error %v", len(spans), err)
		}
	}); got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}

// params is an event with a list of n names and values, the last of which is an e-mail address. Some names are written with
// escapes.
func params(n int) string {
	var b strings.Builder
	b.WriteString(`{"name":"purchase","params":[`)
	for i := range n - 1 {
		fmt.Fprintf(&b, `{"key":"p\u0061ram_%d","value":"some text of usual length"},`, i)
	}
	b.WriteString(`{"key":"\u0065mail","value":"ana@example.org"}],"o":{"v":1,"n":{"i":1e0,"t":"\u0078"}}}`)
	return b.String()
}
