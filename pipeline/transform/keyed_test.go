package transform_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// derivingDomain derives by SHA-256, and makes the tokens of a testDomain.
type derivingDomain struct{ testDomain }

func (d derivingDomain) Derive(dst []byte, label string, plaintext []byte) ([]byte, error) {
	if d.refuse {
		return dst, errors.New("refused")
	}
	var in [64]byte
	sum := sha256.Sum256(append(append(append(in[:0], d.name...), label...), plaintext...))
	return append(dst, sum[:16]...), nil
}

var (
	uuidAction   = config.Action{Domain: "h", Shape: &config.Shape{}}
	digitsAction = config.Action{Domain: "h", Shape: &config.Shape{Form: config.ShapeDigits, Length: 12}}
	longAction   = config.Action{Domain: "h", Shape: &config.Shape{Form: config.ShapeDigits, Length: 38}}
	mailAction   = config.Action{Domain: "h", Shape: &config.Shape{Form: config.ShapeEmail}}
	realAction   = config.Action{Domain: "h", Shape: &config.Shape{Form: config.ShapeEmail, KeepDomain: true}}
	pickAction   = config.Action{Kind: config.PickOne, Domain: "h", Pick: &config.Pick{From: []string{"Anna", `B"en`, "Chloé"}}}
	uuidForm     = `[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`
)

// action gives the rule that does a with what selector selects, written as in rules.
func action(t testing.TB, selector string, a config.Action) config.Rule {
	t.Helper()
	r := rules(t, selector+" d")[0]
	r.Action = a
	return r
}

func compileKeyed(t testing.TB, accept bool, fields ...config.Rule) *transform.Transformer {
	t.Helper()
	c := &config.Config{Limits: config.Limits{MaxDepth: 20}, Domains: []config.Domain{{Name: "h", Method: config.Hash}, {Name: "broken", Method: config.Hash}}}
	r, err := transform.Compile(&config.Route{AcceptTokens: accept, Fields: fields}, c, map[string]transform.Domain{
		"h": derivingDomain{testDomain{name: "h"}}, "broken": derivingDomain{testDomain{name: "broken", refuse: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.NewTransformer()
}

func TestShapedTokens(t *testing.T) {
	for _, tc := range []struct {
		name   string
		action config.Action
		in     string
		want   string // a regular expression
		why    transform.Reason
	}{
		{"a UUID", uuidAction, `"Ana"`, `"` + uuidForm + `"`, ""},
		{"a UUID of a number", uuidAction, `12`, `"` + uuidForm + `"`, ""},
		{"digits", digitsAction, `"Ana"`, `"[1-9][0-9]{11}"`, ""},
		{"digits of a number", digitsAction, `12`, `[1-9][0-9]{11}`, ""},
		{"digits of a boolean", digitsAction, `true`, `"[1-9][0-9]{11}"`, ""},
		{"many digits", longAction, `12`, `[1-9][0-9]{37}`, ""},
		{"an address", mailAction, `"Ana@Example.org"`, `"[a-z2-7]{26}@[a-z2-7]{16}\.invalid"`, ""},
		{"an address at its domain", realAction, `"Ana@Example.org"`, `"[a-z2-7]{26}@example\.org"`, ""},
		{"a domain in Punycode", realAction, `"ana@xn--bcher-kva.example"`, `"[a-z2-7]{26}@xn--bcher-kva\.example"`, ""},
		{"no address", realAction, `"n/a"`, `"[a-z2-7]{26}@not-an-address\.invalid"`, ""},
		{"a domain without a dot", realAction, `"ana@localhost"`, `"[a-z2-7]{26}@[a-z2-7]{16}\.invalid"`, ""},
		{"a telephone number behind the @", realAction, `"ana@06.12.34.56.78"`, `"[a-z2-7]{26}@[a-z2-7]{16}\.invalid"`, ""},
		{"quotes behind the @", realAction, `"ana@a\".org"`, `"[a-z2-7]{26}@[a-z2-7]{16}\.invalid"`, ""},
		{"a hyphen at an end", realAction, `"ana@a-.org"`, `"[a-z2-7]{26}@[a-z2-7]{16}\.invalid"`, ""},
		{"a pick", pickAction, `"Ana"`, `"(Anna|B\\"en|Chloé)"`, ""},
		{"a pick for a number", pickAction, `12`, `"(Anna|B\\"en|Chloé)"`, ""},
		{"null", uuidAction, `null`, `null`, ""},
		{"an empty text", digitsAction, `""`, `""`, ""},
		{"null is no name", pickAction, `null`, `null`, ""},
		{"an object", uuidAction, `{}`, "", transform.ReasonNotScalar},
		{"an array for a pick", pickAction, `["Ana"]`, "", transform.ReasonNotScalar},
		{"no text", mailAction, `"\ud800"`, "", transform.ReasonNotText},
		{"the cipher fails", config.Action{Domain: "broken", Shape: &config.Shape{}}, `"Ana"`, "", transform.ReasonCipher},
		{"the cipher fails, digits", config.Action{Domain: "broken", Shape: longAction.Shape}, `"Ana"`, "", transform.ReasonCipher},
		{"the cipher fails, an address", config.Action{Domain: "broken", Shape: mailAction.Shape}, `"Ana"`, "", transform.ReasonCipher},
		{"the cipher fails, a pick", config.Action{Kind: config.PickOne, Domain: "broken", Pick: pickAction.Pick}, `"Ana"`, "", transform.ReasonCipher},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := compileKeyed(t, true, action(t, "$.a", tc.action))
			var arena transform.Arena
			v := tr.Transform(&record.Record{Value: []byte(`{"a":` + tc.in + `,"b":1}`)}, &arena)
			if v.Reason != tc.why {
				t.Fatalf("reason %q, want %q", v.Reason, tc.why)
			}
			if tc.why != "" {
				return
			}
			if got := string(v.Records[0].Value); !regexp.MustCompile(`^\{"a":` + tc.want + `,"b":1\}$`).MatchString(got) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// Equal values, however they are spelled and wherever they stand, get one text; different values different ones, but for picks.
func TestShapesAreStable(t *testing.T) {
	for name, a := range map[string]config.Action{"uuid": uuidAction, "digits": digitsAction, "long": longAction, "mail": mailAction, "real": realAction, "pick": pickAction} {
		fields := []config.Rule{action(t, "$.a", a), action(t, "header:h", a)}
		if a.Kind == config.Pseudonymize {
			fields = append(fields, action(t, "key", a))
		}
		tr := compileKeyed(t, true, fields...)
		seen, values := map[string]string{}, map[string]bool{}
		for i := range 300 {
			lower := fmt.Sprintf("ana.%d@example.org", i)
			var arena transform.Arena
			in := record.Record{Key: []byte(lower), Value: []byte(`{"a":"` + strings.ToUpper(lower) + `"}`), Headers: []record.Header{{Name: []byte("h"), Value: []byte(lower)}}}
			v := tr.Transform(&in, &arena)
			if v.Reason != "" {
				t.Fatal(name, v.Reason)
			}
			header := string(v.Records[0].Headers[0].Value)
			if got, want := string(v.Records[0].Value), fmt.Sprintf(`{"a":%q}`, header); got != want {
				t.Fatalf("%s: %s in the value, %s in a header", name, got, header)
			}
			if key := string(v.Records[0].Key); a.Kind == config.Pseudonymize && key != header {
				t.Fatalf("%s: %s as the key, %s in a header", name, key, header)
			}
			if before, ok := seen[header]; ok && a.Kind == config.Pseudonymize {
				t.Fatalf("%s: %s of %s and of %s", name, header, before, lower)
			}
			seen[header], values[lower] = lower, true
			if _, raw := values[header]; raw {
				t.Fatalf("%s: %s stays", name, header)
			}
		}
		if a.Kind == config.PickOne && len(seen) != 3 {
			t.Errorf("picks are %v", seen)
		}
	}
}

// A number and a text of the same digits are one person.
func TestDigitsOfNumberAndText(t *testing.T) {
	tr := compileKeyed(t, true, action(t, "$.*", digitsAction))
	var arena transform.Arena
	got := string(tr.Transform(&record.Record{Value: []byte(`[4711,"4711"]`)}, &arena).Records[0].Value)
	if number := got[1:13]; got != "["+number+`,"`+number+`"]` {
		t.Error(got)
	}
}

func TestShapesCountAndRequire(t *testing.T) {
	r := action(t, "$.a", uuidAction)
	tr := compileKeyed(t, true, r)
	var arena transform.Arena
	for _, in := range []string{`"n/a"`, `"vt1.other.00"`, `"x"`, `null`} {
		tr.Transform(&record.Record{Value: []byte(`{"a":` + in + `}`)}, &arena)
	}
	if got, want := tr.Stats()[0], (transform.RuleStats{Matched: 4, Replaced: 3, NotNormalized: 1, Foreign: 1}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	r.Required = true
	for in, want := range map[string]transform.Reason{`{"a":"n/a"}`: transform.ReasonNotNormalized, `{}`: transform.ReasonRequired, `{"a":"x"}`: ""} {
		if got := compileKeyed(t, true, r).Transform(&record.Record{Value: []byte(in)}, &arena).Reason; got != want {
			t.Errorf("%s: reason %q, want %q", in, got, want)
		}
	}
	token := `{"a":"` + tok("h", "x") + `"}`
	for accept, want := range map[bool]transform.Reason{true: "", false: transform.ReasonTokenRefused} {
		if got := compileKeyed(t, accept, action(t, "$.a", uuidAction)).Transform(&record.Record{Value: []byte(token)}, &arena); got.Reason != want {
			t.Errorf("a token: reason %q, want %q", got.Reason, want)
		}
	}
}

func TestKeyedAllocatesNothing(t *testing.T) {
	tr := compileKeyed(t, true, action(t, "$.a", uuidAction), action(t, "$.b", digitsAction), action(t, "$.c", realAction), action(t, "$.d", pickAction), action(t, "$.e", mailAction))
	in := record.Record{Value: []byte(`{"a":"Ana \u00e9","b":2,"c":"ana@example.org","d":"Ana","e":"ana@example.org"}`)}
	var arena transform.Arena
	if got := testing.AllocsPerRun(100, func() {
		arena.Reset()
		tr.Transform(&in, &arena)
	}); got != 0 {
		t.Errorf("%g allocations", got)
	}
}

// A domain that derives nothing, or that is missing, is refused before the first record.
func TestKeyedNeedsADeriver(t *testing.T) {
	c := &config.Config{Limits: config.Limits{MaxDepth: 20}, Domains: []config.Domain{{Name: "h", Method: config.Hash}}}
	for _, domains := range []map[string]transform.Domain{{}, {"h": testDomain{name: "h"}}} {
		for _, a := range []config.Action{uuidAction, pickAction} {
			if _, err := transform.Compile(&config.Route{Fields: []config.Rule{action(t, "$.a", a)}}, c, domains); err == nil {
				t.Errorf("%d domains, %s: compiled", len(domains), a.Kind)
			}
		}
	}
}
