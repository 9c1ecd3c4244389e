package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// using is a configuration with one route that uses profiles, and has every domain that profiles expect.
func using(use string, fields ...string) string {
	domains := map[string]string{}
	for _, name := range config.ProfileNames() {
		for domain, text := range config.ProfileDomains(name) {
			if !strings.Contains(use, "["+name) && !strings.Contains(use, " "+name) {
				continue
			}
			domains[domain] = text
		}
	}
	text := "kafka: {brokers: [\"a:1\"]}\nvault: {address: \"http://a\", auth: {token: {env: A}}}\ndomains:\n"
	for _, name := range slices.Sorted(mapKeys(domains)) {
		text += "  " + name + ": " + domains[name] + "\n"
	}
	text += "routes:\n- {name: r, from: [a], to: b, use: " + use
	if len(fields) > 0 {
		text += ", fields: [" + strings.Join(fields, ", ") + "]"
	}
	return text + "}\n"
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("voile.yaml", []byte(text), env)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return c
}

// Each profile is right with the domains that it lists, alone and among all the others, and lists none in vain: a
// domain that no rule uses would be a mistake of the file.
func TestEveryProfileStands(t *testing.T) {
	names := config.ProfileNames()
	want := []string{"cloudevents", "ga4", "rudderstack", "segment", "shopify", "snowplow", "xdm"}
	if !slices.Equal(names, want) {
		t.Fatalf("have %v, want %v", names, want)
	}
	for _, name := range names {
		c := parse(t, using("["+name+"]"))
		rules, notes := c.Routes[0].Fields, config.ProfileNotes(name)
		if len(rules) != len(notes) {
			t.Errorf("%s: %d of %d rules stand: some take what others above take already", name, len(rules), len(notes))
		}
		for i, r := range rules {
			if want := fmt.Sprintf("routes[0].use[%s]: %s", name, r.Selector()); r.Origin != name || r.Setting != want || r.Line == 0 {
				t.Errorf("have origin %q, setting %q, line %d; want %q", r.Origin, r.Setting, r.Line, want)
			}
			if len(notes[i]) < 10 || !strings.HasSuffix(notes[i], ".") {
				t.Errorf("%s: %s: the comment above it is %q", name, r.Selector(), notes[i])
			}
		}
	}
	parse(t, using("["+strings.Join(names, ", ")+"]"))
}

// What of a profile stands beside own rules and beside other profiles.
func TestProfileRulesGiveWay(t *testing.T) {
	for _, test := range []struct {
		name, use string
		own       []string
		gone      []string // selectors of the profiles' rules that do not stand
		stay      []string
	}{
		{"the same value", "[segment]", []string{"{path: $.userId, redact: true}"}, []string{"$.userId"}, []string{"$.anonymousId"}},
		{"a part of the values", "[segment]", []string{"{path: $.context.traits.name, redact: true}"}, nil, []string{"$.context.traits['name','firstName','lastName','username']"}},
		{"the whole object", "[segment]", []string{"{path: $.context.traits, redact: true}"},
			[]string{"$.context.traits.email", "$.context.traits['name','firstName','lastName','username']", "$.context.traits.address['street','city','postalCode']"}, []string{"$.traits.email"}},
		{"a part of what is taken whole", "[shopify]", []string{"{path: $.note.inner, redact: true}"}, nil, []string{"$.note"}},
		{"the text before what is in it", "[snowplow]", []string{"{path: \"$.data[*].cx\", redact: true}"},
			[]string{"$.data[*].cx | base64url | json $.data[*].data.email"}, []string{"$.data[*].co | json $.data[*].data.email"}},
		{"the same parameter", "[segment]", []string{"{path: \"$.context.page['url','referrer','search']\", in: [url], at: query.email, redact: true}"},
			[]string{"$.context.page['url','referrer','search'] | url query.email"}, []string{"$.context.page['url','referrer','search'] | url query.phone"}},
		{"the key as JSON", "[cloudevents]", []string{"{key: $.id, domain: customer-id}"}, []string{"key"}, []string{"header ce_subject"}},
		{"the header", "[cloudevents]", []string{"{header: ce_subject, redact: true}"}, []string{"header ce_subject"}, []string{"$.subject"}},
		{"another profile", "[segment, rudderstack]", nil, nil, []string{"$.userId", "$.rudderId"}},
		{"left out", "[{profile: segment, except: [$.context.ip]}]", nil, []string{"$.context.ip"}, []string{"$.userId"}},
		{"names", "[xdm]", []string{"{keys_of: $.identityPrivacyInfo.Email, domain: customer-id}"}, []string{"keys of $.identityPrivacyInfo.Email"}, []string{"keys of $.identityPrivacyInfo[*]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := using(test.use, test.own...)
			c, err := config.Parse("voile.yaml", []byte(text), env)
			if err != nil && strings.Contains(err.Error(), "no rule uses this domain") {
				text = withoutUnused(text, err)
				c, err = config.Parse("voile.yaml", []byte(text), env)
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			own, have := len(test.own), map[string]int{}
			for i, r := range c.Routes[0].Fields {
				if (r.Origin == "") != (i < own) {
					t.Errorf("rule %d is of %q: own rules stand first", i, r.Origin)
				}
				if r.Origin != "" {
					have[r.Selector()]++
				}
			}
			for _, s := range test.gone {
				if have[s] != 0 {
					t.Errorf("%s stands", s)
				}
			}
			for _, s := range test.stay {
				if have[s] != 1 {
					t.Errorf("%s stands %d times", s, have[s])
				}
			}
		})
	}
}

// withoutUnused takes the lines away that err says are of domains which no rule uses.
func withoutUnused(text string, err error) string {
	lines := strings.Split(text, "\n")
	for p := range strings.Lines(err.Error()) {
		var line int
		if _, e := fmt.Sscanf(p, "voile.yaml:%d:", &line); e == nil && strings.Contains(p, "no rule uses") {
			lines[line-1] = ""
		}
	}
	return strings.Join(lines, "\n")
}

// A domain of the profile may have another name in the file.
func TestProfileDomainsByOtherNames(t *testing.T) {
	text := strings.ReplaceAll(using("[{profile: cloudevents, domains: {event-subject: caller}}]"), "event-subject: {", "caller: {")
	for _, r := range parse(t, text).Routes[0].Fields {
		want := "caller"
		switch {
		case strings.Contains(r.Selector(), "authid"):
			want = "customer-id"
		case strings.Contains(r.Selector(), "authclaims"):
			want = ""
		}
		if r.Action.Domain != want {
			t.Errorf("%s: domain %q, want %q", r.Selector(), r.Action.Domain, want)
		}
	}
}

// The extension Data Classification, and what consumers route by, are never changed: CloudEvents says that who passes an
// event on should not modify them.
func TestCloudEventsKeepsWhatItMust(t *testing.T) {
	rewrite, _ := profileTransformer(t, "cloudevents")
	kept := []string{"id", "source", "type", "specversion", "time", "dataschema", "datacontenttype", "dataclassification", "dataregulation", "datacategory", "traceparent"}
	value, headers := `{"subject":"ana"`, []record.Header{{Name: []byte("ce_subject"), Value: []byte("ana")}}
	for _, name := range kept {
		value += `,"` + name + `":"of ` + name + `"`
		headers = append(headers, record.Header{Name: []byte("ce_" + name), Value: []byte("of " + name)})
	}
	value += `,"data":{"subject":"ana"},"data_base64":"eyJzdWJqZWN0IjoiYW5hIn0="}`
	in := record.Record{Key: []byte("ana"), Value: []byte(value), Headers: headers}
	v := rewrite.Transform(&in, new(transform.Arena))
	if v.Reason != "" {
		t.Fatal(v)
	}
	out := v.Records[0]
	if want := strings.Replace(value, `{"subject":"ana"`, `{"subject":"<event-subject>"`, 1); string(out.Value) != want || string(out.Key) != "<event-subject>" {
		t.Errorf("have %s %s\nwant <event-subject> %s", out.Key, out.Value, want)
	}
	for i, h := range out.Headers {
		want := string(headers[i].Value)
		if i == 0 {
			want = "<event-subject>"
		}
		if string(h.Name) != string(headers[i].Name) || string(h.Value) != want {
			t.Errorf("header %s: have %s, want %s", h.Name, h.Value, want)
		}
	}
}
