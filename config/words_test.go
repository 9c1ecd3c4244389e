package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSuggest(t *testing.T) {
	names := []string{"brokers", "client_id", "tls", "sasl"}
	for _, test := range []struct{ have, want string }{
		{"broker", "brokers"}, {"borkers", "brokers"}, {"Brokers", "brokers"}, {"client-id", "client_id"}, {"clientid", "client_id"},
		{"tsl", "tls"}, {"sals", "sasl"}, {"zookeeper", ""}, {"x", ""}, {"", ""}, {strings.Repeat("brokers", 100), ""}, {"é", ""},
	} {
		if have := suggest(test.have, names); have != test.want {
			t.Errorf("%q: have %q, want %q", test.have, have, test.want)
		}
	}
}

func TestExpand(t *testing.T) {
	env := func(name string) (string, bool) {
		value, ok := map[string]string{"A": "a", "_B2": "${A}", "EMPTY": ""}[name]
		return value, ok
	}
	for _, test := range []struct {
		text, want string
		vars       []string
		wrong      bool
	}{
		{"plain", "plain", nil, false},
		{"${A}", "a", []string{"A"}, false},
		{"x${A}y${A}z", "xayaz", []string{"A", "A"}, false},
		{"${_B2}", "${A}", []string{"_B2"}, false}, // what a variable holds is not looked into
		{"${EMPTY}", "", []string{"EMPTY"}, false},
		{"$${A}", "${A}", nil, false},
		{"$$${A}", "$${A}", nil, false},
		{"$A $$ $", "$A $$ $", nil, false},
		{"${A}$${A}", "a${A}", []string{"A"}, false},
		{"${NONE}", "", nil, true},
		{"${A", "", nil, true},
		{"${}", "", nil, true},
		{"${2A}", "", nil, true},
		{"${A:-b}", "", nil, true},
	} {
		have, vars, f := expand(test.text, env)
		if have != test.want || !slices.Equal(vars, test.vars) || (f != nil) != test.wrong {
			t.Errorf("%s: have %q, %q, %v; want %q, %q", test.text, have, vars, f, test.want, test.vars)
		}
		if back, _, f := expand(escape(test.text), env); f != nil || back != test.text {
			t.Errorf("%s: escaped and expanded: have %q, %v", test.text, back, f)
		}
	}
}

func TestByteSizes(t *testing.T) {
	for _, test := range []struct {
		text  string
		want  int64
		shown string
	}{
		{"1", 1, "1B"}, {"512B", 512, "512B"}, {"1024", 1024, "1KiB"}, {"16MiB", 16 << 20, "16MiB"}, {"3GiB", 3 << 30, "3GiB"}, {"1536KiB", 1536 << 10, "1536KiB"},
		{"0", 0, ""}, {"-1", 0, ""}, {"", 0, ""}, {"MiB", 0, ""}, {"16MB", 0, ""}, {"16 MiB", 0, ""}, {"16mib", 0, ""}, {"1.5GiB", 0, ""}, {"16Mi", 0, ""},
		{"9007199254740992GiB", 0, ""}, {"99999999999999999999", 0, ""},
	} {
		have, f := parseBytes(scalar{text: test.text})
		if have != test.want || (f == nil) != (test.want > 0) {
			t.Errorf("%q: have %d, %v; want %d", test.text, have, f, test.want)
		}
		if f == nil && formatBytes(have) != test.shown {
			t.Errorf("%q: shown as %s, want %s", test.text, formatBytes(have), test.shown)
		}
	}
}

func TestDurations(t *testing.T) {
	for _, test := range []struct {
		text  string
		want  time.Duration
		shown string
	}{
		{"5s", 5 * time.Second, "5s"}, {"1m30s", 90 * time.Second, "1m30s"}, {"60m", time.Hour, "1h"}, {"90m", 90 * time.Minute, "1h30m"}, {"0.5s", 500 * time.Millisecond, "500ms"},
		{"10m", 10 * time.Minute, "10m"},
		{"5", 0, ""}, {"", 0, ""}, {"0s", 0, ""}, {"-5s", 0, ""}, {"5 s", 0, ""}, {"1d", 0, ""}, {"5us", 0, ""}, {"5µs", 0, ""}, {"9999999999h", 0, ""},
	} {
		have, f := parseDuration(scalar{text: test.text})
		if have != test.want || (f == nil) != (test.want > 0) {
			t.Errorf("%q: have %v, %v; want %v", test.text, have, f, test.want)
		}
		if f == nil && formatDuration(have) != test.shown {
			t.Errorf("%q: shown as %s, want %s", test.text, formatDuration(have), test.shown)
		}
	}
}

func TestShares(t *testing.T) {
	for _, test := range []struct {
		text string
		want float64
	}{
		{"20%", 0.2}, {"0.2", 0.2}, {"100%", 1}, {"1", 1}, {"0.5%", 0.005}, {"12.5%", 0.125},
		{"0", 0}, {"0%", 0}, {"101%", 0}, {"1.1", 0}, {"20", 0}, {"-1%", 0}, {"NaN", 0}, {"inf", 0}, {"", 0}, {"%", 0}, {"a%", 0},
	} {
		have, f := parseShare(scalar{text: test.text})
		if have != test.want || (f == nil) != (test.want > 0) {
			t.Errorf("%q: have %v, %v; want %v", test.text, have, f, test.want)
		}
	}
}

// What a variable holds shows in no message, whichever setting it stands in.
func TestVariablesNeverShow(t *testing.T) {
	const held = "q7Z: held\x01"
	template := `
kafka: {brokers: ["${V}"], client_id: "${V}", tls: {ca: "${V}", server_name: "${V}"}, sasl: {mechanism: "${V}", username: "${V}", password: "${V}"}}
vault: {address: "${V}", namespace: "${V}", tls: "${V}", auth: {approle: {mount: "${V}", role_id: "${V}", secret_id: {file: "${V}"}}},
  transit: {mount: "${V}", key: "${V}"}, keysets: {path: "${V}"}, quarantine: {path: "${V}"}}
quarantine: {topic: "${V}"}
admin: {listen: "${V}"}
limits: {partition_bytes: "${V}", max_depth: "${V}", drain_timeout: "${V}"}
log: {level: "${V}"}
domains: {a: {method: "${V}", value: "${V}", region: "${V}"}}
routes:
  - {name: "${V}", from: ["${V}"], to: "${V}", group: "${V}", start: "${V}", partition: "${V}", accept_tokens: "${V}", quarantine_limit: "${V}",
     fields: [{path: "${V}", domain: "${V}"}, {key: "${V}", redact: "${V}"}, {header: "${V}", mask: {keep_last: "${V}"}, required: "${V}"}]}
  - {name: b, from: [a], to: b, quarantine_limit: {share: "${V}", over: "${V}"}, fields: [{path: $.a, domain: "x"}]}
`
	_, err := Parse("voile.yaml", []byte(template), func(string) (string, bool) { return held, true })
	problems, _ := err.(Problems)
	if len(problems) < 35 {
		t.Fatalf("%d problems, want at least 35:\n%v", len(problems), err)
	}
	if strings.Contains(err.Error(), "q7Z") || strings.Contains(err.Error(), "held") {
		t.Errorf("a variable's text shows:\n%v", err)
	}
}
