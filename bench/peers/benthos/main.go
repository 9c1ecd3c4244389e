// Benthos is the stream processor of that name, whole and by its own code: its kafka_franz input and output, and between
// them a Bloblang mapping that replaces each field by its HMAC-SHA-256. All settings are its defaults but for two at
// the input: batches of 500 records or 10 ms, which its documentation asks for ("Message Batching") and without which each
// record would be a request, and a higher checkpoint_limit, because with the default of 1,024 records a partition the input
// stops for a second whenever all partitions are there. It runs until it is killed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	_ "github.com/benthosdev/benthos/v4/public/components/kafka" // kafka_franz
	_ "github.com/benthosdev/benthos/v4/public/components/pure"  // mapping, and Bloblang's methods
	"github.com/benthosdev/benthos/v4/public/service"
)

func main() {
	var s settings
	flag.StringVar(&s.broker, "broker", "", "address of a broker")
	flag.StringVar(&s.source, "source", "", "topic to read")
	flag.StringVar(&s.sink, "sink", "", "topic to write; it names the group too")
	flag.StringVar(&s.compression, "compression", "none", "of what is written: none, gzip, snappy, lz4, zstd")
	fields := flag.String("fields", "", "what to replace, as a.b.c,d.e; those in -lower in lower case")
	lower := flag.String("lower", "", "which of the fields are lowered first")
	flag.Parse()
	s.mapping = mapping(strings.Split(*fields, ","), strings.Split(*lower, ","))
	fmt.Fprintln(os.Stderr, "benthos:", run(s))
	os.Exit(1)
}

type settings struct {
	broker, source, sink, compression string
	mapping                           string
}

func run(s settings) error {
	builder := service.NewStreamBuilder()
	if err := builder.SetYAML(s.yaml()); err != nil {
		return err
	}
	stream, err := builder.Build()
	if err != nil {
		return err
	}
	return stream.Run(context.Background())
}

func (s settings) yaml() string {
	return fmt.Sprintf(`
input:
  kafka_franz:
    seed_brokers: [%q]
    topics: [%q]
    consumer_group: %q
    batching: {count: 500, period: 10ms}
    checkpoint_limit: 16384
pipeline:
  processors:
    - mapping: %q
output:
  kafka_franz:
    seed_brokers: [%q]
    topic: %q
    key: '${! meta("kafka_key") }'
    compression: %s
`, s.broker, s.source, s.sink, s.mapping, s.broker, s.sink, s.compression)
}

// mapping is a program in Bloblang. The key is made up: where it comes from costs nothing per record.
func mapping(fields, lower []string) string {
	lowered := map[string]bool{}
	for _, field := range lower {
		lowered[field] = true
	}
	var b strings.Builder
	b.WriteString("root = this\n")
	for _, field := range fields {
		text := "this." + field
		if lowered[field] {
			text += ".trim().lowercase()"
		}
		fmt.Fprintf(&b, "root.%s = %s.hash(\"hmac_sha256\", \"a key of this benchmark and nobody else\").encode(\"base64rawurl\")\n", field, text)
	}
	return b.String()
}
