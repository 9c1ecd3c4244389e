package discover

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"voile/pipeline/detect"
	"voile/pipeline/record"
)

// survey looks at values, and gives a line for each finding: place, kind, rule.
func survey(t *testing.T, values ...string) []string {
	t.Helper()
	s, err := New(Options{Region: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		s.Record(&record.Record{Value: []byte(v)})
	}
	return lines(s.Report())
}

func lines(r *Report) (out []string) {
	for _, f := range r.Findings {
		rule := "look"
		if f.Rule != nil {
			rule = f.Rule.String()
		}
		out = append(out, fmt.Sprintf("%s: %s: %s", f.Place, f.Kind, rule))
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// many makes n values, in which %d is the number.
func many(n int, format string) (values []string) {
	for i := range n {
		values = append(values, strings.ReplaceAll(format, "%d", fmt.Sprint(1000+i)))
	}
	return values
}

const mail = "a.%d@example.org"

func TestPlaces(t *testing.T) {
	code := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	safe := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, tc := range map[string]struct {
		values []string
		want   []string
	}{
		"a member":           {many(3, `{"a":{"b":"`+mail+`"}}`), []string{"$.a.b: email: domain customer-email"}},
		"a name with a dash": {many(3, `{"x-y":"`+mail+`"}`), []string{"$['x-y']: email: domain customer-email"}},
		"elements":           {many(3, `{"a":["`+mail+`",{"b":"`+mail+`"}]}`), []string{"$.a[*]: email: redact"}},
		"the document":       {many(3, `"`+mail+`"`), []string{"$: email: domain customer-email"}},
		"names of members":   {many(9, `{"a":{"`+mail+`":{"n":1}}}`), []string{"keys of $.a: email: domain customer-email"}},
		"members of data":    {many(9, `{"a":{"`+mail+`":{"iban":"FR1420041010050500013M02606"}}}`), []string{"$.a[*].iban: iban: domain customer-iban", "keys of $.a: email: domain customer-email"}},
		"json":               {many(3, `{"a":"{\"b\":\"`+mail+`\"}"}`), []string{"$.a | json $.b: email: domain customer-email"}},
		"json in json":       {many(3, `{"a":"{\"b\":\"{\\\"c\\\":\\\"`+mail+`\\\"}\"}"}`), []string{"$.a | json $.b | json $.c: email: domain customer-email"}},
		"names inside json":  {many(3, `{"a":"{\"`+mail+`\":1}"}`), []string{"$.a | json keys of $: email: domain customer-email"}},
		"base64": {[]string{`{"a":"` + code(`{"b":"a@example.org","c":"???>>>"}`) + `"}`, `{"a":"` + code(`{"b":"bb@example.org"}`) + `"}`},
			[]string{"$.a | base64 | json $.b: email: domain customer-email"}},
		"base64url": {[]string{`{"a":"` + safe(`{"b":"a@example.org","c":"???>>>"}`) + `"}`, `{"a":"` + safe(`{"b":"bb@example.org"}`) + `"}`},
			[]string{"$.a | base64url | json $.b: email: domain customer-email"}},
		"base64 of a text": {[]string{`{"a":"` + code("ana.exemple@example.org") + `","b":"` + code("harmless text of a page") + `"}`, `{"a":"` + safe("bob.sample@example.org") + `"}`}, []string{"$.a | base64url: email: domain customer-email"}},
		"a query":          {many(3, `{"a":"https://shop.example/x?s=1&e=`+url.QueryEscape("a+%d@example.org")+`"}`), nil},
		"a URL in one":     {many(3, `{"a":"/x?to=`+url.QueryEscape("https://s.example/?e="+mail)+`"}`), nil},
		"a segment":        {many(3, `{"a":"https://shop.example/u/`+mail+`/x"}`), []string{"$.a | url path.1: email: domain customer-email"}},
		"a form":           {many(3, `{"a":"e=`+mail+`&b=1"}`), []string{"$.a | form e: email: domain customer-email"}},
		"deeper and deeper": {[]string{`{"n":{"n":{"n":{"e":"a@example.org"}}}}`, `{"n":{"e":"a@example.org"}}`, `{"n":{"n":{"e":"b@example.org"}}}`},
			[]string{"$..e: email: domain customer-email"}},
		"pairs of several kinds": {many(5, `{"p":[{"key":"mail","value":{"s":"`+mail+`"}},{"key":"shop","value":{"s":"x%d"}},{"key":"Phone","value":{"s":"+3353649%d"}}]}`),
			[]string{"$.p[?@.key=='Phone'].value.s: phone: domain customer-phone", "$.p[?@.key=='mail'].value.s: email: domain customer-email"}},
		"pairs of one kind":   {many(5, `{"p":[{"name":"x","value":"`+mail+`"},{"name":"y","value":"`+mail+`"}]}`), []string{"$.p[*].value: email: domain customer-email"}},
		"a sentence":          {many(5, `{"a":"please write to `+mail+` or call"}`), []string{"$.a: email: redact"}},
		"now and then":        {append(many(97, `{"a":"thank you %d"}`), many(3, `{"a":"thanks, `+mail+`!"}`)...), []string{"$.a: email: redact"}},
		"an id that is one":   {append(many(60, `{"userId":"u-%d"}`), many(3, `{"userId":"`+mail+`"}`)...), []string{"$.userId: user_id: domain customer-id"}},
		"a text and an array": {[]string{`{"a":"a@example.org"}`, `{"a":[{"b":"b@example.org"}]}`}, []string{"$.a: email: redact"}},
		"a text or json":      {append(many(3, `{"a":"{\"b\":\"`+mail+`\"}"}`), many(3, `{"a":"`+mail+`"}`)...), []string{"$.a: email: redact"}},
		"numbers":             {many(30, `{"a":%d,"b":1.5,"c":true,"d":null,"t":1772434800%d}`), nil},
		"an event's uuid":     {many(30, `{"a":"6ba7b810-9dad-41d1-80b4-00c04fd4%d"}`), nil},
		"a uuid that returns": {append(many(30, `{"a":"6ba7b810-9dad-41d1-80b4-00c04fd4%d"}`), many(30, `{"a":"6ba7b810-9dad-41d1-80b4-00c04fd4%d"}`)...), []string{"$.a: uuid: domain recurring-id"}},
		"a version":           {many(9, `{"app":{"version":"1.2.3.4"}}`), nil},
		"a product":           {many(9, `{"product":{"name":"vase %d"}}`), nil},
		"a person":            {[]string{`{"customer":{"name":"Ana Sampler"}}`, `{"customer":{"name":"山田 太郎"}}`, `{"customer":{"name":"x y"}}`}, []string{"$.customer.name: person_name: domain customer-name"}},
		"beside an e-mail":    {many(9, `{"x":{"name":"Ana Sampler%d","email":"`+mail+`"}}`), []string{"$.x.email: email: domain customer-email", "$.x.name: person_name: domain customer-name"}},
		"a name to look at":   {many(9, `{"phone":"x%d"}`), []string{"$.phone: phone: look"}},
		"a name inside":       {[]string{`{"customer":{"name":"Ana Sampler"},"s":"dear Ana Sampler, 1"}`, `{"customer":{"name":"Bob Sample"},"s":"dear BOB SAMPLE, 2"}`, `{"customer":{"name":"Zoe Muster"},"s":"Zoe Muster: 3"}`}, []string{"$.customer.name: person_name: domain customer-name", "$.s: person_name: redact"}},
		"a weak check, named": {many(30, `{"bsn":"111222333"}`), []string{"$.bsn: nl_bsn: domain nl-bsn"}},
		"a weak check, alone": {[]string{`{"x":"111222333"}`, `{"x":"111222334"}`}, nil},
		"a place on the map":  {many(9, `{"lat":48.85%d,"lng":2.35%d,"zip":"75011","userAgent":"Mozilla/5.0 (%d)"}`), []string{"$.lat: latitude: generalize geo digits 2", "$.lng: longitude: generalize geo digits 2", "$.userAgent: user_agent: generalize user_agent", "$.zip: postcode: generalize postcode keep 2"}},
		"no JSON":             {[]string{"{", "", "a@example.org"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			switch name {
			case "a query":
				tc.values = []string{`{"a":"https://shop.example/x?s=1&e=a%40example.org"}`, `{"a":"https://shop.example/?e=b@example.org"}`}
				tc.want = []string{"$.a | url query.e: email: domain customer-email"}
			case "a URL in one":
				tc.values = []string{`{"a":"/x?to=` + url.QueryEscape("https://s.example/?e=a@example.org") + `"}`}
				tc.want = []string{"$.a | url query.to | url query.e: email: domain customer-email"}
			}
			same(t, survey(t, tc.values...), tc.want...)
		})
	}
}

func TestKeysAndHeaders(t *testing.T) {
	s, err := New(Options{Region: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		id := fmt.Sprintf("u-%d", 1000+i)
		s.Record(&record.Record{Key: []byte(id), Value: []byte(`{"userId":"` + id + `","copy":"` + id + `"}`), Headers: []record.Header{
			{Name: []byte("x-mail"), Value: []byte(strings.ReplaceAll(mail, "%d", id))},
			{Name: []byte("ctx"), Value: []byte(`{"phone":"+3353649` + id[2:] + `"}`)},
			{Name: []byte("flags"), Value: nil},
		}})
	}
	s.Record(&record.Record{Key: []byte("u-1")})
	r := s.Report()
	same(t, lines(r), "key: user_id: domain customer-id", "$.userId: user_id: domain customer-id", "$.copy: user_id: domain customer-id",
		"header x-mail: email: domain customer-email", "header ctx | json $.phone: phone: domain customer-phone")
	if r.Records != 21 || r.Tombstones != 1 {
		t.Errorf("%d records, %d of them tombstones", r.Records, r.Tombstones)
	}
	for _, f := range r.Findings {
		if f.Place.String() == "$.userId" && (f.Distinct != 20 || f.Share < 0.95 || f.Share > 0.96) {
			t.Errorf("$.userId has %d distinct values in %.3f of the records, want 20 in 20/21", f.Distinct, f.Share)
		}
		if len(f.Samples) > 0 {
			t.Error("values were kept that nobody asked for")
		}
	}
}

func TestSamples(t *testing.T) {
	s, err := New(Options{Region: "FR", Samples: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range many(9, `{"a":"`+mail+`"}`) {
		s.Record(&record.Record{Value: []byte(v)})
	}
	if got := s.Report().Findings[0].Samples; len(got) != maxSamples || got[0] != "a.1000@example.org" {
		t.Errorf("samples are %q", got)
	}
}

// What a producer can make large stays bounded: members, pairs, depth, places.
func TestBounds(t *testing.T) {
	s, err := New(Options{Region: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		v := fmt.Sprintf(`{"m":{"name%c%d":"a%d@example.org"},"p":[{"name":"n%c%d","value":"x"}],"o":{"o%d":{`, 'a'+i%26, i, i, 'a'+i%26, i, i%100)
		for j := range 90 {
			v += fmt.Sprintf(`"k%d":%d,`, j, j)
		}
		s.Record(&record.Record{Value: []byte(v + `"z":1}}}`)})
	}
	s.Record(&record.Record{Value: []byte(strings.Repeat("[", 1000) + strings.Repeat("]", 1000))})
	if s.nodes > maxNodes {
		t.Errorf("%d places", s.nodes)
	}
	r := s.Report()
	if r.Beyond == 0 || r.TooDeep != 1 {
		t.Errorf("%d texts beyond, %d too deep", r.Beyond, r.TooDeep)
	}
	same(t, lines(r), "$.m[*]: email: domain customer-email")
}

func TestWithout(t *testing.T) {
	s, err := New(Options{Without: []detect.Kind{detect.Email}})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range many(9, `{"a":"`+mail+`"}`) {
		s.Record(&record.Record{Value: []byte(v)})
	}
	same(t, lines(s.Report()))
	if _, err := New(Options{Without: detect.Kinds()}); err == nil {
		t.Error("a Survey without a detector looks for nothing, and does not say so")
	}
}

// The laws of what is proposed for any records whatever: no panic, no place twice, a kind and a share for each.
func FuzzSurvey(f *testing.F) {
	f.Add(`{"a":["a@example.org",{"name":"x","value":"{\"b\":\"https://e.example/?e=a@example.org\"}"}]}`, "key", `{"a":1}`)
	f.Add(`{"a@example.org":1,"b":{"a":"e=1&f=2"}}`, "eyJhIjoiYUBleGFtcGxlLm9yZyJ9", `{"a":{"a":{"a":"a@example.org"}}}`)
	f.Fuzz(func(t *testing.T, one, key, two string) {
		s, err := New(Options{Region: "FR"})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			s.Record(&record.Record{Value: []byte(one), Key: []byte(key), Headers: []record.Header{{Name: []byte("h"), Value: []byte(two)}}})
			s.Record(&record.Record{Value: []byte(two)})
		}
		met := map[string]bool{}
		for _, f := range s.Report().Findings {
			if place := f.Place.String(); met[place] {
				t.Errorf("two findings at one place")
			} else {
				met[place] = true
			}
			if f.Kind == "" || f.Kind == nothing || f.Why == "" || f.Share <= 0 || f.Share > 1 || f.Distinct < 1 {
				t.Errorf("a finding that says nothing: %s %s %g %d", f.Kind, f.Why, f.Share, f.Distinct)
			}
		}
	})
}
