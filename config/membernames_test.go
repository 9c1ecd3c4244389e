package config

import (
	"fmt"
	"strings"
	"testing"
)

// Each name is of one kind, and folded as names are before they are looked for.
func TestMemberNames(t *testing.T) {
	kinds := map[string]MemberKind{}
	for kind, names := range memberNames {
		for _, name := range strings.Fields(names) {
			if other, ok := kinds[name]; ok {
				t.Errorf("%s is %s and %s", name, kind, other)
			}
			kinds[name] = kind
			if folded := fmt.Sprint(foldName(name)); folded != "["+name+"]" {
				t.Errorf("%s is %s when it is looked for", name, folded)
			}
		}
		if strings.Contains(" "+names+" ", "  ") {
			t.Errorf("%s: two spaces", kind)
		}
	}
}

func TestFoldName(t *testing.T) {
	for name, want := range map[string]string{
		"firstName": "[first name]", "first_name": "[first name]", "X-User-Email": "[x user email]", "prénom": "[prenom]",
		"userID": "[user id]", "IPAddress": "[ipaddress]", "Straße": "[straße]", "ÉTAT": "[etat]", "address2": "[address2]", "": "[]", "a..b": "[a b]",
	} {
		if have := fmt.Sprint(foldName(name)); have != want {
			t.Errorf("%q: have %s, want %s", name, have, want)
		}
	}
}
