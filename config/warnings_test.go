package config_test

import (
	"fmt"
	"strings"
	"testing"

	"voile/config"
)

func warnings(t *testing.T, fields ...string) string {
	t.Helper()
	var domains, rules string
	for name, settings := range map[string]string{
		"mail": "method: tokenize, value: email", "phone": "method: tokenize", "id": "method: hash", "mail-hash": "method: hash, value: email", "secret": "method: encrypt",
	} {
		for _, f := range fields {
			if strings.Contains(f, "domain: "+name+"}") || strings.Contains(f, "domain: "+name+",") {
				domains += fmt.Sprintf("  %s: {%s}\n", name, settings)
				break
			}
		}
	}
	for _, f := range fields {
		rules += "    - " + f + "\n"
	}
	if domains != "" {
		domains = "domains:\n" + domains
	}
	c, err := config.Parse("voile.yaml", []byte("kafka: {brokers: [\"a:1\"]}\nvault: {address: \"http://a\", auth: {token: {env: A}}}\n"+domains+
		"routes:\n- name: r\n  from: [a]\n  to: b\n  fields:\n"+rules), env)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, w := range c.Warnings() {
		if w.Line == 0 || w.Why == "" || w.Source == "" || w.Hint == "" {
			t.Errorf("a warning that says not all: %+v", w)
		}
		have = append(have, w.Setting[len("routes[0]."):]+": "+w.What)
	}
	return strings.Join(have, "\n")
}

func TestWarnings(t *testing.T) {
	tests := []struct {
		name   string
		fields []string
		want   string
	}{
		{"few values", []string{"{path: $.user.gender, domain: id}"}, "fields[0]: equal tokens for equal values of a gender, which has few"},
		{"few values, named by words", []string{"{path: \"$['billing_zip-code']\", domain: id}"},
			"fields[0]: equal tokens for equal values of a postcode, which has few"},
		{"few values, French", []string{"{path: $.dateDeNaissance, domain: id}"}, "fields[0]: equal tokens for equal values of a birth date, which has few"},
		{"few values, with accents", []string{"{path: $.civilité, domain: id}"}, "fields[0]: equal tokens for equal values of a form of address, which has few"},
		{"few values, German", []string{"{header: x-familienstand, domain: id}"}, "fields[0]: equal tokens for equal values of a civil status, which has few"},
		{"few values, Spanish", []string{"{path: $.pais.value, domain: id}"}, "fields[0]: equal tokens for equal values of a country, which has few"},
		{"few values, inside", []string{"{path: $.link, in: [url], at: query.gender, domain: id}"}, "fields[0]: equal tokens for equal values of a gender, which has few"},
		{"few values, one of a union", []string{"{path: \"$['userId','age']\", domain: id}"}, "fields[0]: equal tokens for equal values of an age, which has few"},
		{"few values encrypted", []string{"{path: $.user.gender, domain: secret}"}, ""},
		{"few values redacted", []string{"{path: $.user.gender, redact: true}"}, ""},
		{"few digits", []string{"{path: $.x, domain: id, as: {digits: {length: 5, persons: 3}}}"}, "fields[0]: 5 digits are fewer than 1000000 different tokens"},
		{"enough digits", []string{"{path: $.x, domain: id, as: {digits: {length: 15, persons: 1000000}}}"}, ""},
		{"mail domain", []string{"{path: $.email, domain: mail-hash, as: {email: {keep_domain: true}}}"}, "fields[0]: the mail domain of the address stays"},
		{"no mail domain", []string{"{path: $.email, domain: mail-hash, as: {email: {keep_domain: false}}}"}, ""},
		{"much kept", []string{"{path: $.iban, mask: {keep_first: 4, keep_last: 4}}"}, "fields[0]: 8 characters of a bank account stay"},
		{"little kept", []string{"{path: $.iban, mask: {keep_last: 4}}", "{path: $.note, mask: {keep_last: 9}}"}, ""},
		{"kept, and joined elsewhere", []string{"{path: $.phone, mask: {keep_last: 2}}", "{path: $.b.phone, domain: phone}"},
			"fields[0]: a telephone number is hidden without a key here, and is a token elsewhere"},
		{"much left", []string{"{path: $.email, truncate: 7}"}, "fields[0]: 7 characters of an e-mail address stay"},
		{"little left", []string{"{path: $.email, truncate: 3}", "{path: $.note, truncate: 30}"}, ""},
		{"a small network", []string{"{path: $.x, generalize: {ip: {v4: 25, v6: 48}}}"}, "fields[0]: a network of 25 bits (IPv4) or 48 bits (IPv6) can be one household"},
		{"a network", []string{"{path: $.x, generalize: {ip: {v4: 24, v6: 48}}}"}, ""},
		{"birth date to the day", []string{"{path: $.birthDate, generalize: {date: day}}", "{path: $.ordered, generalize: {date: day}}"}, "fields[0]: a birth date to the day is the birth date"},
		{"birth date to the year", []string{"{path: $.birthDate, generalize: {date: year}}"}, ""},
		{"named by a filter", []string{"{path: \"$.params[?@.key=='gender'].value\", domain: id}"}, "fields[0]: equal tokens for equal values of a gender, which has few"},
		{"encrypted join", []string{"{path: $.contact.email, domain: secret}"}, "fields[0]: an e-mail address under a domain that encrypts"},
		{"encrypted join by an id", []string{"{path: \"$.identityMap.CRMID[*].id\", domain: secret}"}, "fields[0]: an identifier under a domain that encrypts"},
		{"two kinds", []string{"{path: $.email, domain: mail}", "{path: $.a.email, domain: mail}", "{path: $.mobilePhone.number, domain: mail}", "{path: $.firstName, domain: mail}"},
			"fields[2]: the domain mail takes a telephone number here, and an e-mail address above"},
		{"an identifier is of any kind", []string{"{path: $.email, domain: mail}", "{path: $.userId, domain: mail}", "{path: $.subject, domain: mail}"}, ""},
		{"hashed already", []string{"{path: $.sha256_email_address, domain: secret}", "{path: $.emailHashed, domain: secret}"}, ""},
		{"not the last word", []string{"{path: $.genderless, domain: id}", "{path: $.emailVerified, domain: secret}", "{path: $.package, domain: id}"}, ""},
		{"names of members", []string{"{keys_of: $.identityMap.Email, domain: mail}", "{path: $.phone, domain: mail}"},
			"fields[1]: the domain mail takes a telephone number here, and an e-mail address above"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if have := warnings(t, tt.fields...); have != tt.want {
				t.Errorf("have\n%s\nwant\n%s", have, tt.want)
			}
		})
	}
}

func TestWarningOfTheGuard(t *testing.T) {
	for _, tt := range []struct {
		guard string
		want  bool
	}{{"off", true}, {"{mode: off, unlisted: deny, pass: [key]}", false}, {"{mode: report}", false}} {
		c, err := config.Parse("voile.yaml", []byte("kafka: {brokers: [\"a:1\"]}\nvault: {address: \"http://a\", auth: {token: {env: A}}}\n"+
			"routes: [{name: r, from: [a], to: b, guard: "+tt.guard+", fields: [{path: $.a, redact: true}]}]"), env)
		if err != nil {
			t.Fatal(err)
		}
		all := c.Warnings()
		if have := len(all) == 1 && all[0].Setting == "routes[0].guard"; have != tt.want || len(all) > 1 {
			t.Errorf("guard: %s: have %+v", tt.guard, all)
		}
	}
}

// The configurations that people begin with draw none: a warning that everybody sees is one that nobody reads.
func TestNoWarningsForExamples(t *testing.T) {
	for _, name := range files(t, "../docs/examples/*.yaml", 3) {
		c, err := config.Load(name, env)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, w := range c.Warnings() {
			t.Errorf("%s:%d: %s: %s", name, w.Line, w.Setting, w.What)
		}
	}
}

// Nor do the profiles, with the domains that they list.
func TestNoWarningsForProfiles(t *testing.T) {
	for _, name := range config.ProfileNames() {
		for _, w := range parse(t, using("["+name+"]")).Warnings() {
			t.Errorf("%s: %s: %s", name, w.Setting, w.What)
		}
	}
	all := parse(t, using("["+strings.Join(config.ProfileNames(), ", ")+"]"))
	for _, w := range all.Warnings() {
		t.Errorf("all together: %s: %s", w.Setting, w.What)
	}
}
