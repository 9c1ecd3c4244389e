package bench

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"voile/bench/event"
	"voile/bench/report"
	"voile/config"
)

// settings are what a voile is told; all else is its defaults.
type settings struct {
	fields   int    // how many of event.Fields are replaced
	method   string // of all domains
	delivery string
	rules    int // how many there are, with those that match nothing; 0 for no more than the fields need
}

// voiles are voile's contenders of the forms short, full and latency.
func voiles() []contender {
	const once, exactly = "at_least_once", "exactly_once"
	list := []contender{
		voileWith(report.PassThrough, settings{0, "tokenize", once, 0}),
		voileWith(report.Six, settings{6, "tokenize", once, 0}),
		voileWith(report.SixHash, settings{6, "hash", once, 0}),
		voileWith(report.PassThrough+" exactly once", settings{0, "tokenize", exactly, 0}),
		voileWith(report.SixExactly, settings{6, "tokenize", exactly, 0}),
	}
	for i := range list {
		list[i].short = list[i].name != report.PassThrough+" exactly once"
	}
	for _, s := range []settings{{1, "tokenize", once, 0}, {20, "tokenize", once, 0}, {1, "hash", once, 0}, {20, "hash", once, 0},
		{1, "encrypt", once, 0}, {6, "encrypt", once, 0}, {20, "encrypt", once, 0}} {
		list = append(list, voileWith(fmt.Sprintf("voile %d %s", s.fields, s.method), s))
	}
	return list
}

// voileWith is voile with its defaults but for what is said.
func voileWith(name string, s settings) contender {
	delivery := strings.ReplaceAll(s.delivery, "_", " ")
	about := fmt.Sprintf("%d fields, %s", s.fields, delivery)
	switch s.fields {
	case 0:
		about = "JSON checked, no rule matches, " + delivery
	case 1:
		about = "1 field, " + delivery
	}
	return contender{name: name, about: about, program: "voile", fields: s.fields,
		command: func(r *ring, program, sink string) *exec.Cmd {
			return r.voile(program, sink, s.configuration(r.topic, sink))
		}}
}

// configuration is voile's, with ${…} for what the site knows.
func (s settings) configuration(source, sink string) string {
	text := "kafka: {brokers: [\"${KAFKA_BROKERS}\"]}\n" +
		"vault: {address: \"${VAULT_ADDR}\", auth: {token: {file: \"${VAULT_TOKEN_FILE}\"}}}\n" +
		"quarantine: {topic: " + quarantineTopic + "}\nadmin: {listen: \"${" + adminVariable + "}\"}\n"
	used, rules := map[string]bool{}, ""
	for _, f := range event.Fields[:s.fields] {
		domain, value := s.method+"-text", "text"
		if f.Kind == event.Email {
			domain, value = s.method+"-email", "email"
		}
		if !used[domain] {
			if len(used) == 0 {
				text += "domains:\n"
			}
			used[domain] = true
			if s.method == "encrypt" { // equal values get other tokens, so that they need not be made equal
				text += fmt.Sprintf("  %s: {method: %s}\n", domain, s.method)
			} else {
				text += fmt.Sprintf("  %s: {method: %s, value: %s}\n", domain, s.method, value)
			}
		}
		rules += fmt.Sprintf("      - {path: $.%s, domain: %s}\n", strings.Join(f.Path, "."), domain)
	}
	for n := s.fields; n < max(s.rules, 1); n++ {
		rules += fmt.Sprintf("      - {path: $.no.such.member_%d, redact: true}\n", n)
	}
	return text + fmt.Sprintf("routes:\n  - name: bench\n    from: [%s]\n    to: %s\n    group: %s\n    delivery: %s\n    fields:\n%s",
		source, sink, sink, s.delivery, rules)
}

// TestConfigurations: voile takes what its contenders are told, and has as many rules as their names say.
func TestConfigurations(t *testing.T) {
	env := map[string]string{"KAFKA_BROKERS": "127.0.0.1:9092", "VAULT_ADDR": "http://127.0.0.1:8200", "VAULT_TOKEN_FILE": "/tmp/t", adminVariable: "127.0.0.1:1"}
	lookup := func(name string) (value string, ok bool) { value, ok = env[name]; return value, ok }
	for _, test := range []struct {
		settings
		want int
	}{
		{settings{0, "tokenize", "at_least_once", 0}, 1},
		{settings{1, "encrypt", "at_least_once", 0}, 1},
		{settings{20, "hash", "exactly_once", 0}, 20},
		{settings{6, "tokenize", "at_least_once", 1000}, 1000},
	} {
		text := test.configuration("from", "to")
		c, err := config.Parse("bench.yaml", []byte(text), lookup)
		if err != nil {
			t.Errorf("%+v: %v\n%s", test.settings, err, text)
			continue
		}
		if got := len(c.Routes[0].Fields); got != test.want {
			t.Errorf("%+v: %d rules, want %d", test.settings, got, test.want)
		}
	}
}
