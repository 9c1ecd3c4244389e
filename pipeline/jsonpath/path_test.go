package jsonpath

import (
	"errors"
	"testing"
)

func TestString(t *testing.T) {
	tests := []struct {
		text, want string
		singular   bool
	}{
		{"$", "$", true},
		{"$.a.b", "$.a.b", true},
		{"$['a'][\"b\"]", "$.a.b", true},
		{"$ \n['a'] . b", "", false},
		{"$\t[ 'a' , 0 ]\r.b", "$['a',0].b", false},
		{"$.*", "$[*]", false},
		{"$..*", "$..*", false},
		{"$..[*]", "$..*", false},
		{"$..['a']", "$..a", false},
		{"$..[0]", "$..[0]", false},
		{"$.items[12].sku", "$.items[12].sku", true},
		{"$[1,1]", "$[1]", true},
		{"$['a',\"a\"]", "$.a", true},
		{"$[0,'x',*]", "$[*]", false},
		{"$['first-name']", "$['first-name']", true},
		{"$['1a'].a1", "$['1a'].a1", true},
		{"$['']", "$['']", true},
		{"$.é☺", "$.é☺", true},
		{`$['\u00e9']`, "$.é", true},
		{`$['it\'s "\u0000\b\f\n\r\t\\\/']`, `$['it\'s "\u0000\b\f\n\r\t\\/']`, true},
		{`$["it's \"\uD83D\uDE00"]`, `$['it\'s "😀']`, true},
		{"$[9007199254740991]", "$[9007199254740991]", true},
		{"$[?@.a=='b']", "$[?@.a=='b']", false},
		{`$[ ? "b" == @ ['a'] ].c`, "$[?@.a=='b'].c", false},
		{"$..[?@=='b','b',?'b'==@]", "$..[?@=='b','b']", false},
		{"$[?@.a.b['c d'][0]==null]", "$[?@.a.b['c d'][0]==null]", false},
		{"$[?@.a==true && (@.b==false)&&@.c==1]", "$[?@.a==true&&@.b==false&&@.c==1]", false},
		{"$[?@.a==1||@.a==2&&@.b==3]", "$[?@.a==1||@.a==2&&@.b==3]", false},
		{"$[?(@.a==1||@.a==2)&&@.b==3]", "$[?(@.a==1||@.a==2)&&@.b==3]", false},
		{"$[?(((@.a==1)||((@.a==2))))]", "$[?@.a==1||@.a==2]", false},
		{"$[?@.a==1||(@.a==2||@.a==3)]", "$[?@.a==1||@.a==2||@.a==3]", false},
		{`$[?@=="it's \"\u0000"]`, `$[?@=='it\'s "\u0000']`, false},
		{"$[?@==-0,?@==0.0]", "$[?@==0]", false},
		{"$[?@==1.0,?@==1e0,?@==10E-1]", "$[?@==1]", false},
		{"$[?@==-12.50]", "$[?@==-12.5]", false},
		{"$[?@==0.0010]", "$[?@==0.001]", false},
		{"$[?@==1e20]", "$[?@==100000000000000000000]", false},
		{"$[?@==1e21]", "$[?@==1e21]", false},
		{"$[?@==123e-20]", "$[?@==1.23e-18]", false},
		{"$[?@.a==1,*]", "$[*]", false},
		{"$..[?@.a==1,*]", "$..*", false},
	}
	for _, test := range tests {
		p, err := Parse(test.text)
		if test.want == "" {
			if err == nil {
				t.Errorf("Parse(%q) = %s, want an error", test.text, p)
			}
			continue
		}
		if err != nil {
			t.Errorf("Parse(%q): %v", test.text, err)
			continue
		}
		if got := p.String(); got != test.want || p.Singular() != test.singular {
			t.Errorf("Parse(%q) = %s, singular %v, want %s, %v", test.text, got, p.Singular(), test.want, test.singular)
		}
		if again, err := Parse(p.String()); err != nil || again.String() != test.want {
			t.Errorf("Parse(%q) = %s, %v, want what it was", p, again, err)
		}
	}
	if got := (Path{}).String(); got != "$" {
		t.Errorf("the zero Path is %s, want $", got)
	}
}

func TestSyntaxError(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "expected $ at column 1 (a path starts at the root, like $.user.email)"},
		{"user.email", "expected $ at column 1 (a path starts at the root, like $.user.email)"},
		{" $", "expected $ at column 1 (a path starts at the root, like $.user.email)"},
		{"$.a ", "white space after the path at column 4 (take it away)"},
		{"$..", "expected a name, * or [ at column 4 (for instance $..email)"},
		{"$..[", "expected a name in quotes, an index or * at column 5"},
		{"$.", "expected a name or * at column 3 (other names need brackets and quotes: ['first-name'])"},
		{"$.1", "expected a name or * at column 3 (other names need brackets and quotes: ['first-name'])"},
		{"$.first-name", "expected . or [ at column 8 (other names need brackets and quotes: ['first-name'])"},
		{"$.é€-x", "expected . or [ at column 5 (other names need brackets and quotes: ['first-name'])"},
		{"$[a]", "expected a name in quotes, an index or * at column 3 (a name in brackets needs quotes: ['name'])"},
		{"$['a' 'b']", "expected , or ] at column 7"},
		{"$['a'", "expected , or ] at column 6"},
		{"$['a", "the name has no closing quote at column 5"},
		{"$['a\n']", `a control character in a name at column 5 (write it as an escape: \n, \u0000)`},
		{`$["\'"]`, `not an escape at column 4 (the escapes are \b \f \n \r \t \/ \\ \uXXXX and the quote; surrogates in pairs)`},
		{`$["\uD800x"]`, `not an escape at column 4 (the escapes are \b \f \n \r \t \/ \\ \uXXXX and the quote; surrogates in pairs)`},
		{"$[-1]", "a negative index at column 3 (negative indices are not supported yet)"},
		{"$[1:2]", "a slice at column 4 (slices are not supported yet)"},
		{"$[:2]", "a slice at column 3 (slices are not supported yet)"},
		{"$[0,1 :2]", "a slice at column 7 (slices are not supported yet)"},
		{"$[?@.a]", "a filter without a comparison at column 4 (" + onlyEqual + ")"},
		{"$[?@.a && @.b==1]", "a filter without a comparison at column 4 (" + onlyEqual + ")"},
		{"$[?@.a<1]", "another comparison than == at column 7 (" + onlyEqual + ")"},
		{"$[?@.a != 1]", "another comparison than == at column 8 (" + onlyEqual + ")"},
		{"$[?@.a=1]", "expected == at column 7"},
		{"$[?1 && @.a==1]", "expected == at column 5"},
		{"$[?@.a==@.b]", "a comparison of two queries at column 9 (" + onlyEqual + ")"},
		{"$[?1==1]", "a comparison of two values at column 7 (" + onlyEqual + ")"},
		{"$[?!(@.a==1)]", "a negation at column 4 (" + onlyEqual + ")"},
		{"$[?length(@.a)==1]", "a function at column 4 (" + onlyEqual + ")"},
		{"$[?@.a==$.b]", "a query from the root at column 9 (" + onlyMembers + ")"},
		{"$[?@..a==1]", "a query of more than one at column 5 (" + onlyMembers + ")"},
		{"$[?@.*==1]", "a query of more than one at column 5 (" + onlyMembers + ")"},
		{"$[?@[*]==1]", "a query of more than one at column 5 (" + onlyMembers + ")"},
		{"$[?@['a','b']==1]", "expected ] at column 9 (" + onlyMembers + ")"},
		{"$[?@[?@==1]==1]", "a query of more than one at column 5 (" + onlyMembers + ")"},
		{"$[?@[-1]==1]", "a negative index at column 6 (negative indices are not supported yet)"},
		{"$[?@[1:2]==1]", "a slice at column 7 (slices are not supported yet)"},
		{"$[?@.1==1]", "expected a name at column 6 (other names need brackets and quotes: @['first-name'])"},
		{"$[?]", "expected a query from @, a text in quotes, a number, true, false or null at column 4"},
		{"$[?@.a==True]", "expected a query from @, a text in quotes, a number, true, false or null at column 9 (a text needs quotes: 'email')"},
		{"$[?@.a=='b]", "the text has no closing quote at column 12"},
		{"$[?(@.a==1]", "expected && or || or ) at column 11"},
		{"$[?@.a==1 & @.b==2]", "expected , or ] at column 11"},
		{"$[?@.a==01]", "not a number at column 9 (numbers are written as in JSON: 0, -1, 2.50, 1e3)"},
		{"$[?@.a==1.]", "not a number at column 9 (numbers are written as in JSON: 0, -1, 2.50, 1e3)"},
		{"$[?@.a==-]", "not a number at column 9 (numbers are written as in JSON: 0, -1, 2.50, 1e3)"},
		{"$[?@.a==1e123456789]", "an exponent too large at column 10"},
		{"$[01]", "an index with a leading zero at column 3"},
		{"$[9007199254740992]", "an index too large at column 3 (2^53-1 is the largest (RFC 9535))"},
		{"$['\xff']", "not UTF-8 at column 4"},
		{"$.a\xff", "expected . or [ at column 4 (other names need brackets and quotes: ['first-name'])"},
	}
	for _, test := range tests {
		_, err := Parse(test.text)
		var wrong *SyntaxError
		if !errors.As(err, &wrong) || wrong.Error() != test.want {
			t.Errorf("Parse(%q): %v, want %s", test.text, err, test.want)
		}
	}
}

// FuzzParse holds the law that the canonical text of a path reads back as the same path, and that it is canonical.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"$", "$.a", "$..*", `$[ 'a\u263a' , 0,"\"" ]`, "$..[*].é", "$[?@.a]", "$[1:2]",
		`$..[?@.a=="b"&&(@['c']==-1.50e7||null==@[0]), 'x']`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(p.String())
		if err != nil {
			t.Fatalf("the canonical text %q does not parse: %v", p, err)
		}
		if again.String() != p.String() || !Covers(Selection{Path: p}, Selection{Path: again}) || !Covers(Selection{Path: again}, Selection{Path: p}) {
			t.Fatalf("%q reads back as %q", p, again)
		}
	})
}
