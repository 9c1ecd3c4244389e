package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"
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

// A recordMaker makes records in which e-mail addresses lie in every way that a scan knows, in any mixture.
type recordMaker struct{ *rand.Rand }

func (m recordMaker) email() string { return fmt.Sprintf("p%d@example.org", m.IntN(900)+100) }

func (m recordMaker) text(depth int) string {
	switch m.IntN(12) {
	case 0, 1:
		return m.email()
	case 2:
		return "write to " + m.email() + " today"
	case 3:
		return "https://shop.example/u/x?e=" + url.QueryEscape(m.email()) + "&n=1"
	case 4:
		return "e=" + url.QueryEscape(m.email()) + "&n=1"
	case 5:
		return "https://shop.example/u/" + m.email() + "#" + m.email()
	case 6:
		if depth > 1 {
			return m.container(depth - 1)
		}
	case 7:
		if depth > 1 {
			return base64.StdEncoding.EncodeToString([]byte(m.container(depth - 1)))
		}
	case 8:
		if depth > 1 {
			return base64.RawURLEncoding.EncodeToString([]byte(m.container(depth - 1)))
		}
	case 9:
		return ""
	}
	return "harmless"
}

// container gives an object or an array, which is what people put into a text.
func (m recordMaker) container(depth int) string {
	for {
		if v := m.value(depth); v[0] == '{' || v[0] == '[' {
			return v
		}
	}
}

func (m recordMaker) value(depth int) string {
	if depth == 0 || m.IntN(4) == 0 {
		if m.IntN(5) == 0 {
			return []string{"null", "true", "1.50", "7"}[m.IntN(4)]
		}
		text, _ := json.Marshal(m.text(depth))
		return string(text)
	}
	var b strings.Builder
	if m.IntN(3) == 0 {
		b.WriteByte('[')
		for i := range m.IntN(4) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(m.value(depth - 1))
		}
		return b.String() + "]"
	}
	b.WriteByte('{')
	names := []string{"a", "b", "name", "value", "key", "email", "x y"}
	m.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	if m.IntN(6) == 0 {
		names[0] = m.email()
	}
	for i, name := range names[:m.IntN(4)] {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", name, m.value(depth-1))
	}
	return b.String() + "}"
}

// TestScanProposalOfAnyRecords: of whatever shape the records are, what is proposed passes the check and takes out of these records every
// e-mail address that it saw.
func TestScanProposalOfAnyRecords(t *testing.T) {
	for seed := range uint64(300) {
		m := recordMaker{rand.New(rand.NewPCG(seed, 1))}
		var records []record.Record
		s, err := discover.New(discover.Options{Region: "FR"})
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			r := record.Record{Timestamp: -1, Key: []byte(m.text(2)), Value: []byte(m.value(4)), Headers: []record.Header{{Name: []byte("h"), Value: []byte(m.text(2))}}}
			records = append(records, r)
			s.Record(&r)
		}
		text := discover.Configuration(fmt.Sprintf(placeholders, `"localhost:9092"`), []discover.Topic{{Name: "t", Report: s.Report()}}, "FR", nil)
		if text == "" {
			continue
		}
		c, err := config.Parse("proposed", []byte(text), func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		tr, _ := benchTransformer(t, c)
		var arena transform.Arena
		for i := range records {
			arena.Reset()
			v := tr.Transform(&records[i], &arena)
			if v.Reason != "" {
				t.Errorf("seed %d: %s at %s\n%s\n%s\n%s", seed, v.Reason, v.Where, records[i].Key, records[i].Value, text)
				continue
			}
			out := v.Records[0]
			for _, part := range [][]byte{out.Key, out.Value, out.Headers[0].Value} {
				if in := unwrapped(string(part)); strings.Contains(in, "@example.org") {
					t.Errorf("seed %d: an address is left in %s\nof %s\n%s", seed, in, records[i].Value, text)
				}
			}
			if t.Failed() {
				return
			}
		}
	}
}

// unwrapped undoes the encodings in which recordMaker hides things.
func unwrapped(text string) string {
	for range 4 {
		text = strings.NewReplacer("%40", "@", `\"`, `"`, `\\`, `\`).Replace(text)
		text = inBase64.ReplaceAllStringFunc(text, func(s string) string {
			plain, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "=")))
			if err != nil {
				return s
			}
			return string(plain)
		})
	}
	return text
}

var inBase64 = regexp.MustCompile(`\b[eWI][A-Za-z0-9+/_-]{15,}=*`)

// FuzzScanProposal: whatever the records hold, what is proposed passes the check, and its rules can be compiled.
func FuzzScanProposal(f *testing.F) {
	f.Add(`{"a'\\\"${HOME}$$":"a@example.org","é\u0000#":["b@example.org"]}`, "x: y #", `{"b ":"e=a%40example.org&f=1"}`, "a topic")
	f.Add(`{"m":{"a@example.org":1,"b":{"c":"c@example.org"}},"m2":[{"name":"it's","value":"a@example.org"},{"name":"b]","value":1}]}`, "h\n", `"a@example.org"`, "-")
	f.Add(`{"a":{"a":{"a":{"a":"a@example.org"},"b":"+33536490013"}}}`, "", `{"a":"https://a@example.org/b/c@example.org?q.r=d@example.org#e@example.org"}`, "t")
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
