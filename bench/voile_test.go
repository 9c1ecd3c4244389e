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
		voileWith(report.PassThrough, settings{fields: 0, method: "tokenize", delivery: once}),
		voileWith(report.Six, settings{fields: 6, method: "tokenize", delivery: once}),
		voileWith(report.SixHash, settings{fields: 6, method: "hash", delivery: once}),
		voileWith(report.PassThrough+" exactly once", settings{fields: 0, method: "tokenize", delivery: exactly}),
		voileWith(report.SixExactly, settings{fields: 6, method: "tokenize", delivery: exactly}),
	}
	for i := range list {
		list[i].short = list[i].name != report.PassThrough+" exactly once"
	}
	for _, of := range []struct {
		method string
		fields []int
	}{{"tokenize", []int{1, 20}}, {"hash", []int{1, 20}}, {"encrypt", []int{1, 6, 20}}} {
		for _, fields := range of.fields {
			list = append(list, voileWith(fmt.Sprintf("voile %d %s", fields, of.method), settings{fields: fields, method: of.method, delivery: once}))
		}
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
		{settings{fields: 0, method: "tokenize", delivery: "at_least_once"}, 1},
		{settings{fields: 1, method: "encrypt", delivery: "at_least_once"}, 1},
		{settings{fields: 20, method: "hash", delivery: "exactly_once"}, 20},
		{settings{fields: 6, method: "tokenize", delivery: "at_least_once", rules: 1000}, 1000},
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
