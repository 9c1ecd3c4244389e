package detect

import "testing"

// A URL in another one's parameter is a text full of escapes. The address in it is found, however long it is, and begins where
// the parameter's value does: so it is the same address as anywhere else.
func TestEmailInEncodedURL(t *testing.T) {
	s := mustNew(t, "", Email)
	for text, want := range map[string]string{
		"https%3A%2F%2Fwww.shop.example%2Fcatalog%2Fproduct%2Fview%2F12345%3Fsource%3Dnewsletter%26email%3Dana%40example.org%26x": "ana%40example.org",
		"a%3db%26e%3dana@example.org%26c": "ana@example.org",
		"%22ana%40example.org%22":         "ana%40example.org",
		"a%20ana@example.org":             "ana@example.org",
		"a%2520%252522ana%2540b@x.example %252522ana%40example.org%252522": "ana%2540b@x.example" + "ana%40example.org",
		"ana%25b@example.org": "ana%25b@example.org",
		"ana%2@example.org":   "ana%2@example.org",
		"ana%zz@example.org":  "ana%zz@example.org",
		"%3d@example.org":     "",
	} {
		have := ""
		for _, m := range s.Find(nil, []byte(text)) {
			have += text[m.Start:m.End]
		}
		if have != want {
			t.Errorf("in %s: have %q, want %q", text, have, want)
		}
	}
}

// Signs that may stand in an address do not hide the second of two.
func TestEmailsJoined(t *testing.T) {
	s := mustNew(t, "")
	for _, between := range []string{"#", "+", "*", "_", "~", "'", "!", "-", "$", "%23", "%2C", ",", ";", "|", "&", "=", "/", ":", " ", "><"} {
		text, found := "ana@example.org"+between+"ben@example.org"+between+"zoe@example.org", 0
		for _, m := range s.Find(nil, []byte(text)) {
			if m.Kind == Email {
				found++
			}
		}
		if found != 3 {
			t.Errorf("in %s: %d addresses, want 3", text, found)
		}
	}
}
