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

	// How it is scaled, in the form of that name only.
	groups     []string // tables that it is in
	partitions int      // of source and sink; 0 for those of everybody
	processes  int      // of one group; 0 means one

	// window is what counts of its records; nil for all but the first tenth.
	window func(records int) (from, to int)

	// command makes the process. It is handed the program and a sink that is new.
	command func(r *ring, program, sink string) *exec.Cmd
}

func (c contender) described() report.Contender {
	return report.Contender{Name: c.name, About: c.about, Limit: c.limit, Groups: c.groups}
}

// contenders are those of all forms but that of scaling, in the order of the tables.
func contenders() []contender {
	list := []contender{
		{name: report.Copy, about: "kafka-go Reader → Writer, changes nothing, checks nothing", program: "peers/copy", short: true,
			command: func(r *ring, program, sink string) *exec.Cmd { return exec.Command(program, r.kafka(sink)...) }},
		{name: report.SelfWritten, about: "Reader, encoding/json into maps, Tink AES-SIV, Writer", program: "peers/selfwritten",
			fields: 6, short: true, command: replacing},
		{name: report.Benthos, about: "kafka_franz, a Bloblang mapping with hmac_sha256", program: "peers/benthos", fields: 6, command: replacing},
	}
	list = append(list, voiles()...)
	list = append(list,
		streamsWith(report.StreamsCold, "Jackson, Tink for Java, at least once; the first 300,000 records", "at_least_once", cold),
		streamsWith(report.StreamsWarm, "the same; the second half of the records", "at_least_once", warmed),
		streamsWith("Kafka Streams 6 warm exactly once", "exactly once; the second half of the records", "exactly_once_v2", warmed),
		contender{name: report.Wire, about: "kafka-go fetch → produce, encoded anew, no group", program: "limits/wire", limit: true, short: true,
			command: func(r *ring, program, sink string) *exec.Cmd {
				return exec.Command(program, append(r.kafka(sink), "-partitions", fmt.Sprint(r.partitions))...)
			}})
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

// replacing is the command of a Go program that replaces six fields.
func replacing(r *ring, program, sink string) *exec.Cmd {
	return exec.Command(program, append(r.kafka(sink), "-fields", paths(6), "-lower", paths(1))...)
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
