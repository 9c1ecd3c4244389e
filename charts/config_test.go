package charts

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"voile/config"
)

var variable = regexp.MustCompile(`\$\{(\w+)\}|env: (\w+)`)

// environment gives variables for everything that a configuration may ask for.
func environment(name string) (string, bool) {
	switch name {
	case "KAFKA_BROKERS":
		return "kafka:9092", true
	case "VAULT_ADDR":
		return "http://vault:8200", true
	case "VOILE_ADMIN":
		return ":9640", true
	case "KAFKA_TLS":
		return "true", true
	case "MAX_DEPTH":
		return "100", true
	}
	return "from-the-environment", true
}

// understood is a configuration as voile understands it, with every default, without regard to the order of names.
func understood(t *testing.T, name string, text []byte) object {
	t.Helper()
	c, err := config.Parse(name, text, environment)
	if err != nil {
		t.Fatalf("voile check: %v\n%s", err, text)
	}
	shown, err := c.Show()
	if err != nil {
		t.Fatal(err)
	}
	var v object
	if err := yaml.Unmarshal(shown, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// values writes a value file with the configuration as it stands in a file voile.yaml, only indented.
func values(t *testing.T, configuration string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("config:\n")
	for line := range strings.Lines(configuration) {
		b.WriteString("  " + line)
	}
	b.WriteString("\nimage: {repository: registry.example/voile}\nresources: {limits: {memory: 4Gi}}\nnetworkPolicy: {enabled: false}\n")
	b.WriteString("existingSecrets:\n  env:\n    UNUSED: {secret: unused, key: unused}\n")
	names := map[string]bool{}
	for _, m := range variable.FindAllStringSubmatch(configuration, -1) {
		names[m[1]+m[2]] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b.WriteString("    " + name + ": {secret: voile, key: " + strings.ToLower(name) + "}\n")
	}
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// hard is a configuration of what could change on the way through Helm: words that YAML 1.1 takes for false, numbers,
// times, texts that look like something else, long texts.
const hard = `
kafka: {brokers: ["kafka:9092"], client_id: "1e3", sasl: {mechanism: plain, username: "0123", password: "${KAFKA_PASSWORD}"}}
vault:
  address: http://vault:8200
  auth: {approle: {role_id: "no", secret_id: {file: /run/secrets/secret-id}}}
limits: {partition_bytes: 16777216, total_bytes: 268435456, max_depth: 10000, drain_timeout: 1s500ms}
domains:
  norway: {method: tokenize, value: phone, region: NO}
  "off": {method: hash}
routes:
  - name: "12"
    from: [a.raw, "1.5"]
    to: a
    start: 2026-01-31T08:00:00Z
    quarantine_limit: off
    fields:
      - {key: true, domain: "off"}
      - {header: "a header with a name that is longer than a line of YAML should ever be, with $${BRACES} and \"quotes\" in it: yes", domain: "off"}
      - {path: "$['its', \"on\", '  two  blanks ', '#']", redact: true}
      - {path: $.phone, domain: norway}
  - name: b
    from: [b.raw]
    to: b
    start: latest
    quarantine_limit: {share: 0.25, over: 1000000}
    fields: [{path: $.a, mask: {}}, {path: $.b, mask: {keep_first: 0, keep_last: 4}}]
  - {name: c, from: [c.raw], to: c, quarantine_limit: {share: 20%}, accept_tokens: false, fields: [{path: $.a, remove: true}]}
  - {name: d, from: [d.raw], to: d, guard: off, fields: [{path: $.a, redact: {text: "no"}}]}
  - {name: e, from: [e.raw], to: e, guard: {mode: off, region: NO, sample: 0.5, unlisted: deny, pass: [key, "$['off']"]}, fields: [{path: $.a, generalize: {age: {bands: [18, 65], at: 2026-01-01}}}]}
  - {name: f, from: [f.raw], to: f, use: [{profile: cloudevents, domains: {event-subject: "off", customer-id: "off"}}]}
`

// TestConfigurationKeepsItsMeaning: what voile understands of the ConfigMap is what it understands of the file. The admin
// port alone is the chart's to demand.
func TestConfigurationKeepsItsMeaning(t *testing.T) {
	files := map[string]string{"hard": hard}
	for _, pattern := range []string{"../docs/examples/*.yaml", "../config/testdata/good/*.yaml", "../config/reference.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(name)] = string(text)
		}
	}
	for name, text := range files {
		t.Run(name, func(t *testing.T) {
			want := understood(t, name, []byte(text))
			want["admin"] = object{"listen": ":9640"}
			rendered := configuration(t, render(t, "voile", "-f", values(t, text), "--set", "config.admin.listen=:9640"))
			got := understood(t, "voile.yaml", []byte(rendered))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the meaning changed:\n got %v\nwant %v\n%s", got, want, rendered)
			}
		})
	}
}

// TestRenderedConfigurationIsWell: voile check accepts the ConfigMap of every value file.
func TestRenderedConfigurationIsWell(t *testing.T) {
	for _, file := range valueFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := configuration(t, render(t, "voile", "-f", file))
			if _, err := config.Parse("voile.yaml", []byte(text), environment); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		})
	}
}
