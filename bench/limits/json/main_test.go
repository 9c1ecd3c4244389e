package main

import "testing"

// TestLibraries: what each takes for JSON. The escape and the control character make the difference that README.md tells.
func TestLibraries(t *testing.T) {
	for _, library := range []string{"sonic", "simdjson", "encoding"} {
		valid, err := newValid(library)
		if err != nil {
			t.Logf("%s is left out: %v", library, err)
			continue
		}
		looksIntoStrings := library != "sonic"
		for value, want := range map[string]bool{
			`{"a":[1,-2.5e3,"é\n",null,true]}`: true, `{"a":1`: false, `{"a":1}}`: false, `{"a":01}`: false, `{"a":tru}`: false, `{"a" 1}`: false,
			`{"a":"\x"}`: !looksIntoStrings, "{\"a\":\"\x01\"}": !looksIntoStrings,
			"{\"a\":\"\xff\"}": true, // none of them asks for UTF-8
		} {
			if got := valid([]byte(value)); got != want {
				t.Errorf("%s of %q: %t, want %t", library, value, got, want)
			}
		}
	}
	if _, err := newValid("none"); err == nil {
		t.Error("an unknown library is known")
	}
}
