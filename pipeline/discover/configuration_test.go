package discover

import (
	"strings"
	"testing"

	"voile/pipeline/record"
)

func TestSinks(t *testing.T) {
	topics := []Topic{{Name: "web.raw"}, {Name: "app.raw"}, {Name: "app"}, {Name: "pos"}, {Name: "tokens.pos"}}
	for topic, want := range map[string]string{"web.raw": "web", "app.raw": "tokens.app.raw", "app": "tokens.app", "pos": "tokens.tokens.pos", ".raw": "tokens..raw"} {
		if got := sinkOf(topic, topics); got != want {
			t.Errorf("%s goes to %s, want %s", topic, got, want)
		}
	}
}

func TestRouteNames(t *testing.T) {
	used := map[string]bool{}
	for _, tc := range [][2]string{{"events.web", "events-web"}, {"events_web", "events-web-2"}, {"7x", "route-7x"}, {"--", "route"}, {strings.Repeat("a", 99), strings.Repeat("a", 59)}} {
		if got := routeName(tc[0], used); got != tc[1] {
			t.Errorf("the route of %s is %s, want %s", tc[0], got, tc[1])
		}
	}
}

func TestScalar(t *testing.T) {
	for in, want := range map[string]string{"$.a": "$.a", "$.a[*]": `"$.a[*]"`, "query.e": "query.e", "true": `"true"`, "a b": `"a b"`, "${X}": `"$${X}"`, "é": `"é"`, "1": `"1"`, "x\u2028": `"x\u2028"`} {
		if got := scalar(in); got != want {
			t.Errorf("%q is written %s, want %s", in, got, want)
		}
	}
}

// Domains of the configuration are taken where they fit: by name, or by what kind of value they hold.
func TestKnownDomains(t *testing.T) {
	s, err := New(Options{Region: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.Record(&record.Record{Value: []byte(`{"email":"a@example.org","phone":"+33536490013","iban":"FR1420041010050500013M02606","firstName":"Ana"}`)})
	}
	text := Configuration("", []Topic{{"t", s.Report()}}, "FR", []Domain{{Name: "mail", Method: "hash", Value: "email"}, {Name: "customer-phone", Method: "hash", Value: "text"},
		{Name: "bank", Method: "encrypt"}, {Name: "who", Method: "hash", Value: "name"}})
	for _, want := range []string{"mail:                {method: hash, value: email}", "customer-phone:      {method: hash, value: text}", "customer-iban:       {method: tokenize, value: iban}",
		"{path: $.email, domain: mail}", "{path: $.firstName, domain: customer-first-name}"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0 %", 0.0001: "< 1 %", 0.01: "1 %", 0.5: "50 %", 0.996: "99 %", 0.9999: "99 %", 1: "100 %"} {
		if got := Percent(share); got != want {
			t.Errorf("%g is %s, want %s", share, got, want)
		}
	}
}
