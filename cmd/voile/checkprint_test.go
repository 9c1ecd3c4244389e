package main

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"voile/cmd/voile/live"
	"voile/config"
	"voile/crypto/vault"
)

// TestTableFits: nothing but what is meant to be copied is wider than the terminal, and nothing of a text is lost.
func TestTableFits(t *testing.T) {
	detail := "the source events.web.raw has 3 partitions and the sink events.web has 4: with `partition: source` the numbers must be equal"
	findings := []live.Finding{
		{Subject: "broker kafka-1.example.org:9092", Result: live.OK, Detail: "answers"},
		{Subject: "partitions of route web", Result: live.Failed, Detail: detail, Do: "give the sink as many, or say `partition: key`"},
		{Subject: "settings of quarantine voile.quarantine", Result: live.Unseen, Detail: "no\x1b[2Jthing\n", Do: "allow it"},
		{Subject: "settings of source events.web.raw", Result: live.Unseen, Detail: "nothing", Do: "allow it"},
	}
	for _, width := range []int{60, 80, 120, 200, 0} {
		var b strings.Builder
		printTable(&b, findings, palette{}, width)
		printAdvice(&b, findings, palette{}, width)
		text := b.String()
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); width > 0 && n > width {
				t.Errorf("width %d: a line of %d: %s", width, n, line)
			}
		}
		if strings.Contains(text, "\x1b") {
			t.Errorf("width %d: a name gives orders to the terminal", width)
		}
		if words := strings.Join(strings.Fields(text), " "); !strings.Contains(words, detail) {
			t.Errorf("width %d: the detail is not whole:\n%s", width, text)
		}
		if n := strings.Count(text, "allow it"); n != 1 {
			t.Errorf("width %d: one advice is said %d times", width, n)
		}
	}
}

// TestFindingsJSON holds the form that docs/operations.md promises.
func TestFindingsJSON(t *testing.T) {
	c, err := config.Parse("voile.yaml", []byte(`
kafka: {brokers: ["b:9092"], sasl: {mechanism: plain, username: voile, password: {env: NONE}}}
vault: {address: "https://vault.example:8200", namespace: n, auth: {token: {file: /x}}}
routes: [{name: web, from: [web.raw], to: web, fields: [{path: $.name, redact: true}]}]
`), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	findings := []live.Finding{
		{Check: "kafka.broker", Subject: "broker b:9092", Result: live.OK, Detail: "answers"},
		{Check: "kafka.topic", Subject: "sink <web>", Result: live.Failed, AtStart: live.Stops, Detail: "User:voile may not write it", Do: "allow it",
			ACLs: []live.ACL{{Operation: "Write", Type: "topic", Name: "web"}}},
		{Check: "kafka.settings", Subject: "settings of sink web", Result: live.Unseen, Advisory: true,
			ACLs: []live.ACL{{Operation: "DescribeConfigs", Type: "topic", Name: "web"}}},
		{Check: "kafka.transactional_id", Subject: "transactional ids g/…", Result: live.Failed, AtStart: live.Stops,
			ACLs: []live.ACL{{Operation: "Write", Type: "transactional-id", Name: "g/", Prefixed: true}}},
		{Check: "vault.rights", Subject: "rights in Vault", Result: live.Warning, Detail: "MORE THAN ENOUGH"},
		{Check: "vault.rights", Subject: "rights in Vault", Result: live.Failed, AtStart: live.Stops,
			Missing: []vault.Grant{{Path: "transit/decrypt/voile", Capabilities: []string{"update"}}}},
	}
	var out strings.Builder
	if err := printFindingsJSON(&out, "voile.yaml", surroundings{config: c, principal: "User:voile", findings: findings}); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/findings.json")
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
