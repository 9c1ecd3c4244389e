package bench

import (
	"fmt"
	"os/exec"
	"strings"

	"voile/bench/event"
	"voile/bench/report"
)

// A contender is a program with its settings.
type contender struct {
	name, about string
	program     string // folder of its source below bench, or "voile"
	fields      int    // how many of event.Fields are replaced; with 0 the records come out as they went in
	short       bool   // runs in the short form too
	limit       bool
	alone       bool // it reads no topic, but the events of a file, and says itself what it used

	// window is what counts of its records; nil for all but the first tenth.
	window func(records int) (from, to int)

	// command makes the process. It is handed the program and a sink that is new.
	command func(r *ring, program, sink string) *exec.Cmd
}

func (c contender) described() report.Contender {
	return report.Contender{Name: c.name, About: c.about, Limit: c.limit}
}

// contenders are all of them, in the order of the tables.
func contenders() []contender {
	list := []contender{
		{name: report.Copy, about: "kafka-go Reader → Writer, changes nothing, checks nothing", program: "peers/copy", short: true,
			command: func(r *ring, program, sink string) *exec.Cmd { return exec.Command(program, r.kafka(sink)...) }},
		{name: "self-written 6", about: "Reader, encoding/json into maps, Tink AES-SIV, Writer", program: "peers/selfwritten",
			fields: 6, short: true,
			command: func(r *ring, program, sink string) *exec.Cmd {
				return exec.Command(program, append(r.kafka(sink), "-fields", paths(6), "-lower", paths(1))...)
			}},
		voileWith(0, "tokenize", "at_least_once"), voileWith(6, "tokenize", "at_least_once"), voileWith(6, "hash", "at_least_once"),
		voileWith(0, "tokenize", "exactly_once"), voileWith(6, "tokenize", "exactly_once"),
		voileWith(1, "tokenize", "at_least_once"), voileWith(20, "tokenize", "at_least_once"),
		voileWith(1, "hash", "at_least_once"), voileWith(20, "hash", "at_least_once"),
		voileWith(1, "encrypt", "at_least_once"), voileWith(6, "encrypt", "at_least_once"), voileWith(20, "encrypt", "at_least_once"),
		streamsWith("Kafka Streams 6 cold", "Jackson, Tink for Java, at least once; the first 300,000 records", "at_least_once", cold),
		streamsWith("Kafka Streams 6 warm", "the same; the second half of the records", "at_least_once", warmed),
		streamsWith("Kafka Streams 6 warm exactly once", "exactly once; the second half of the records", "exactly_once_v2", warmed),
		{name: report.Wire, about: "kafka-go fetch → produce, encoded anew, no group", program: "limits/wire", limit: true, short: true,
			command: func(r *ring, program, sink string) *exec.Cmd {
				return exec.Command(program, append(r.kafka(sink), "-partitions", fmt.Sprint(r.partitions))...)
			}},
	}
	for _, library := range []string{"sonic", "simdjson", "encoding"} {
		list = append(list, contender{name: report.JSON + library, about: "one validating pass, no Kafka", program: "limits/json",
			limit: true, alone: true, short: library != "encoding",
			command: alone("-library", library)})
	}
	return append(list,
		contender{name: report.Cipher, about: "Tink's primitive on the six values, no Kafka", program: "limits/cipher",
			limit: true, alone: true, short: true,
			command: alone("-method", "tokenize", "-fields", paths(6))},
		contender{name: "limit: 6 AES-CMAC", about: "Tink's PRF on the six values, no Kafka", program: "limits/cipher",
			limit: true, alone: true,
			command: alone("-method", "hash", "-fields", paths(6))})
}

func alone(args ...string) func(*ring, string, string) *exec.Cmd {
	return func(r *ring, program, _ string) *exec.Cmd {
		return exec.Command(program, append([]string{"-events", r.file, "-records", fmt.Sprint(r.records)}, args...)...)
	}
}

// paths names the first n fields as a program's argument.
func paths(n int) string {
	list := make([]string, n)
	for i, f := range event.Fields[:n] {
		list[i] = strings.Join(f.Path, ".")
	}
	return strings.Join(list, ",")
}

// voileWith is voile with its defaults but for what is said.
func voileWith(fields int, method, delivery string) contender {
	c := contender{name: fmt.Sprintf("voile %d %s", fields, method), program: "voile", fields: fields,
		about: fmt.Sprintf("%d fields, %s", fields, strings.ReplaceAll(delivery, "_", " "))}
	if fields == 0 {
		c.name, c.about = "voile pass-through", "JSON checked, no rule matches, "+strings.ReplaceAll(delivery, "_", " ")
	}
	if fields == 1 {
		c.about = strings.Replace(c.about, "fields", "field", 1)
	}
	if delivery == "exactly_once" {
		c.name += " exactly once"
	}
	c.short = fields == 0 && delivery == "at_least_once" || fields == 6 && method != "encrypt"
	c.command = func(r *ring, program, sink string) *exec.Cmd {
		return r.voile(program, sink, configuration(r.topic, sink, fields, method, delivery))
	}
	return c
}

// configuration is voile's, with ${…} for what the site knows.
func configuration(source, sink string, fields int, method, delivery string) string {
	text := "kafka: {brokers: [\"${KAFKA_BROKERS}\"]}\n" +
		"vault: {address: \"${VAULT_ADDR}\", auth: {token: {file: \"${VAULT_TOKEN_FILE}\"}}}\n" +
		"quarantine: {topic: " + quarantineTopic + "}\nadmin: {listen: \"${VOILE_ADMIN}\"}\n"
	used, rules := map[string]bool{}, ""
	for _, f := range event.Fields[:fields] {
		domain, value := method+"-text", "text"
		if f.Kind == event.Email {
			domain, value = method+"-email", "email"
		}
		if !used[domain] {
			if len(used) == 0 {
				text += "domains:\n"
			}
			used[domain] = true
			if method == "encrypt" { // equal values get other tokens, so that they need not be made equal
				text += fmt.Sprintf("  %s: {method: %s}\n", domain, method)
			} else {
				text += fmt.Sprintf("  %s: {method: %s, value: %s}\n", domain, method, value)
			}
		}
		rules += fmt.Sprintf("      - {path: $.%s, domain: %s}\n", strings.Join(f.Path, "."), domain)
	}
	if fields == 0 {
		rules = "      - {path: $.nothing.here, redact: true}\n"
	}
	return text + fmt.Sprintf("routes:\n  - name: bench\n    from: [%s]\n    to: %s\n    group: %s\n    delivery: %s\n    fields:\n%s",
		source, sink, sink, delivery, rules)
}
