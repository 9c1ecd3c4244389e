package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"voile/config"
	"voile/internal/leaktest"
	"voile/internal/nodetest"
)

// profilesAlone are four routes whose rules are a profile's, and that for the key where the envelope says nothing of it.
const profilesAlone = `
kafka: {brokers: ["127.0.0.1:9092"]}
vault: {address: "http://127.0.0.1:8200", auth: {token: {env: VAULT_TOKEN}}}
domains:
  customer-id: {method: hash}
  anonymous-id: {method: hash}
  customer-email: {method: tokenize, value: email}
  customer-phone: {method: tokenize, value: phone, region: FR}
  customer-name: {method: tokenize, value: name}
  customer-details: {method: encrypt}
  device-id: {method: hash}
  advertising-id: {method: hash, value: uuid}
  client-ip: {method: hash, value: ip}
  loyalty-id: {method: hash}
routes:
  - {name: a, from: [segment], to: a, use: [segment], fields: [{key: true, domain: customer-id}]}
  - {name: b, from: [rudderstack], to: b, use: [rudderstack], fields: [{key: true, domain: customer-id}]}
  - {name: c, from: [snowplow], to: c, use: [snowplow], fields: [{key: true, domain: device-id}]}
  - {name: d, from: [cloudevents], to: d, use: [{profile: cloudevents, domains: {event-subject: loyalty-id}}]}
`

// TestRealEnvelopes: what the vendors' own clients post for people in French, German, Arabic and Japanese goes through
// nothing but the profiles, and no planted value comes out, whatever copies a client made of it.
func TestRealEnvelopes(t *testing.T) {
	posted := nodetest.Run(t, "../../internal/leaktest/testdata/capture", "capture.js", nil, "1", "8")
	truth := filepath.Join(t.TempDir(), "truth.jsonl")
	if err := os.WriteFile(truth, posted, 0o600); err != nil {
		t.Fatal(err)
	}
	events := leaktest.Read(t, truth)
	const people, records = 4 * 8, 6 + 6 + 2 + 3 // calls of Segment and of RudderStack, payloads of Snowplow, CloudEvents
	if len(events) != people*records {
		t.Fatalf("%d records were posted, want %d", len(events), people*records)
	}
	for _, library := range []string{`"@segment/analytics-node"`, `"tv":"node-4.8.0"`, `"specversion":"1.0"`} {
		found := false
		for i := range events {
			found = found || bytes.Contains(events[i].Value, []byte(library))
		}
		if !found {
			t.Errorf("no record says %s", library)
		}
	}
	c, err := config.Parse("voile.yaml", []byte(profilesAlone), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	out, log, quarantined := transformEvents(t, c, events)
	f := leaktest.Judge(t, truth, out, quarantined, log)
	t.Logf("the judge's table:\n%s", f.Table)
	if !f.OK || quarantined != 0 {
		verdicts, _ := os.ReadFile(log)
		t.Errorf("the judge is not content, or %d records were set aside:\n%s", quarantined, verdicts)
	}
	// The negative control: with one rule of a profile left out its place is found.
	without := strings.Replace(profilesAlone, "use: [segment]", "use: [{profile: segment, except: [$.traits.email]}]", 1)
	if c, err = config.Parse("voile.yaml", []byte(without), os.LookupEnv); err != nil {
		t.Fatal(err)
	}
	out, log, quarantined = transformEvents(t, c, events)
	if f := leaktest.Judge(t, truth, out, quarantined, log); f.OK || f.Leaks["email value"] != people {
		t.Errorf("without the rule for the trait the judge finds %v, want the %d e-mail addresses", f.Leaks, people)
	}
	for _, place := range []string{"email value|url", "email value|base64url|json", "email value|json", "user_id header:ce_authid", "loyalty_id key", "text value|base64url|json"} {
		if f.Planted[place] == 0 {
			t.Errorf("no %s is planted: %v", place, f.Planted)
		}
	}
}
