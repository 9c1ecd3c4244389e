package main

import (
	"fmt"
	"testing"

	"voile/config"
	"voile/pipeline/discover"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

func TestSections(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"in order, without the rest": {"kafka:\n  brokers: [a:1]  # x\n\n# about domains\ndomains: {}\nvault:\n  address: y\nroutes: []\n", "kafka:\n  brokers: [a:1]  # x\nvault:\n  address: y\n"},
		"on one line":                {"kafka: {brokers: [a:1]}\nvault: {address: y}", "kafka: {brokers: [a:1]}\nvault: {address: y}\n"},
		"flow style":                 {"{kafka: {brokers: [a:1]}}", ""},
		"no mapping":                 {"- a", ""},
	} {
		if got := sections(tc.text); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// FuzzScanProposal: whatever the records hold, what is proposed passes the check, and its rules can be compiled.
func FuzzScanProposal(f *testing.F) {
	f.Add(`{"a'\\\"${HOME}$$":"a@example.org","é\u0000#":["b@example.org"]}`, "x: y #", `{"b ":"e=a%40example.org&f=1"}`, "a topic")
	f.Add(`{"m":{"a@example.org":1,"b":{"c":"c@example.org"}},"m2":[{"name":"it's","value":"a@example.org"},{"name":"b]","value":1}]}`, "h\n", `"a@example.org"`, "-")
	f.Add(`{"a":{"a":{"a":{"a":"a@example.org"},"b":"+33536490853"}}}`, "", `{"a":"https://a@example.org/b/c@example.org?q.r=d@example.org#e@example.org"}`, "t")
	f.Fuzz(func(t *testing.T, one, header, two, topic string) {
		s, err := discover.New(discover.Options{Region: "FR"})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			r := record.Record{Value: []byte(one), Key: []byte(two)}
			if header != "" {
				r.Headers = []record.Header{{Name: []byte(header), Value: []byte(two)}}
			}
			s.Record(&r)
			s.Record(&record.Record{Value: []byte(two)})
		}
		text := discover.Configuration(fmt.Sprintf(placeholders, `"localhost:9092"`), []discover.Topic{{Name: topicOfFile(topic), Report: s.Report()}}, "FR", nil)
		if text == "" {
			return
		}
		c, err := config.Parse("proposed", []byte(text), func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		domains, err := ephemeralDomains(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := transform.Compile(&c.Routes[0], c, domains); err != nil {
			t.Fatal(err)
		}
	})
}
