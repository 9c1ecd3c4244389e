package config_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// What is generated lies in docs as the program writes it.
func TestGenerated(t *testing.T) {
	golden(t, "../docs/configuration.md", config.Docs())
	golden(t, "../docs/voile.schema.json", config.Schema())
	golden(t, "../docs/profiles.md", config.ProfileDocs())
}

// Every setting stands in the reference, in its whole file, and in the schema.
func TestEverySettingIsDescribed(t *testing.T) {
	docs, schema := string(config.Docs()), string(config.Schema())
	names := config.SettingNames()
	if len(names) < 60 {
		t.Fatalf("only %d settings in the table", len(names))
	}
	for _, name := range names {
		if !strings.Contains(docs, "| `"+name+"` |") {
			t.Errorf("%s is not in the reference's tables", name)
		}
		if !regexp.MustCompile(`\b` + name + `:`).MatchString(config.ReferenceFile) {
			t.Errorf("%s is not in reference.yaml", name)
		}
		if !strings.Contains(schema, `"`+name+`": {`) {
			t.Errorf("%s is not in the schema", name)
		}
	}
}

var anchor = regexp.MustCompile(`\]\(#([a-z-]+)\)`)

func TestLinksInTheReferenceLead(t *testing.T) {
	docs := string(config.Docs())
	headings := map[string]bool{}
	for _, line := range strings.Split(docs, "\n") {
		if title := strings.TrimLeft(line, "#"); title != line {
			heading := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(title)), " ", "-")
			if headings[heading] {
				t.Errorf("two headings #%s", heading)
			}
			headings[heading] = true
		}
	}
	links := anchor.FindAllStringSubmatch(docs, -1)
	if len(links) < 20 {
		t.Fatalf("only %d links", len(links))
	}
	for _, m := range links {
		if !headings[m[1]] {
			t.Errorf("no heading for #%s", m[1])
		}
	}
}

// The tables of before and after in the reference are what the transform does.
func TestBeforeAndAfter(t *testing.T) {
	for _, row := range config.Removals {
		if have := transformed(t, fmt.Sprintf("{path: %q, remove: true}", row.Path), row.Before); have != row.After {
			t.Errorf("remove %s from %s: have %s, want %s", row.Path, row.Before, have, row.After)
		}
	}
	for _, row := range config.Maskings {
		have := transformed(t, "{path: $.a, mask: "+row.Mask+"}", `{"a":`+row.Before+`}`)
		if want := `{"a":` + row.After + `}`; have != want {
			t.Errorf("mask %s of %s: have %s, want %s", row.Mask, row.Before, have, want)
		}
	}
	for _, row := range config.Generalizations {
		have := transformed(t, "{path: $.a, generalize: "+row.Generalize+"}", `{"a":`+row.Before+`}`)
		if want := `{"a":` + row.After + `}`; have != want {
			t.Errorf("generalize %s of %s: have %s, want %s", row.Generalize, row.Before, have, want)
		}
	}
}

func transformed(t *testing.T, rule, value string) string {
	t.Helper()
	text := "kafka: {brokers: [\"a:1\"]}\nvault: {address: \"http://a\", auth: {token: {env: A}}}\nroutes: [{name: r, from: [a], to: b, fields: [" + rule + "]}]\n"
	c, err := config.Parse("voile.yaml", []byte(text), env)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := transform.Compile(&c.Routes[0], c, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := rules.NewTransformer().Transform(&record.Record{Value: []byte(value)}, new(transform.Arena))
	if v.Reason != "" {
		t.Fatalf("%s: quarantined: %s", rule, v.Reason)
	}
	return string(v.Records[0].Value)
}
