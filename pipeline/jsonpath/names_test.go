package jsonpath

import (
	"fmt"
	"testing"
)

func TestNames(t *testing.T) {
	for path, want := range map[string]string{
		"$":                             "[]",
		"$.a.b":                         "[[a] [b]]",
		"$..traits['name','firstName']": "[[traits] [name firstName]]",
		"$.a[*][0].*.b":                 "[[a] [] [] [] [b]]",
		"$.p[?@.key=='email' && @.x==1 || @.key=='mail'].value": "[[p] [email mail] [value]]",
		"$['x',1,'y']": "[[x y]]",
	} {
		if have := fmt.Sprint(parse(t, path).Names()); have != want {
			t.Errorf("%s: have %s, want %s", path, have, want)
		}
	}
}
