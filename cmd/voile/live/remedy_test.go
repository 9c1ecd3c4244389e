package live

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"voile/config"
)

func TestACLCommands(t *testing.T) {
	secret := &config.SASL{Mechanism: config.ScramSHA512, Username: "o'hara"}
	findings := []Finding{
		{ACLs: []ACL{{Operation: "Read", Type: "topic", Name: "a"}}},
		{ACLs: []ACL{{Operation: "Write", Type: "topic", Name: "b"}}},
		{ACLs: []ACL{{Operation: "Read", Type: "topic", Name: "c"}, {Operation: "Read", Type: "topic", Name: "a"}}},
		{ACLs: []ACL{{Operation: "Read", Type: "group", Name: "$(reboot)"}}},
		{ACLs: []ACL{{Operation: "Write", Type: "transactional-id", Name: "the group/", Prefixed: true}}},
		{ACLs: []ACL{{Operation: "Write", Type: "transactional-id", Name: "other/", Prefixed: true}}},
		{ACLs: []ACL{{Operation: "IdempotentWrite", Type: "cluster", Name: ""}}},
		{ACLs: []ACL{{Operation: "DescribeConfigs", Type: "topic", Name: "a"}}, Advisory: true},
	}
	for _, tc := range []struct {
		name     string
		kafka    config.Kafka
		start    string
		whom     string
		advisory int
	}{
		{"plain", config.Kafka{}, "kafka-acls.sh --bootstrap-server b:9092", "User:ANONYMOUS", 1},
		{"SASL", config.Kafka{SASL: secret}, "kafka-acls.sh --bootstrap-server b:9092 --command-config admin.properties", `'User:o'\''hara'`, 1},
		{"TLS", config.Kafka{TLS: &config.TLS{CA: "ca.pem"}}, "kafka-acls.sh --bootstrap-server b:9092 --command-config admin.properties", "User:ANONYMOUS", 1},
		{"a client certificate", config.Kafka{TLS: &config.TLS{Cert: "c.pem", Key: "k.pem"}}, "kafka-acls.sh --bootstrap-server b:9092 --command-config admin.properties", "User:PRINCIPAL", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := oneRoute()
			tc.kafka.Brokers = c.Kafka.Brokers
			c.Kafka = tc.kafka
			needed, advisory := ACLCommands(c, Principal(t.Context(), c, nil), findings)
			add := tc.start + " --add --allow-principal " + tc.whom + " --operation "
			want := []string{add + "Read --topic a --topic c", add + "Write --topic b", add + "Read --group '$(reboot)'",
				add + "Write --transactional-id 'the group/' --transactional-id other/ --resource-pattern-type prefixed", add + "IdempotentWrite --cluster"}
			if !slices.Equal(needed, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(needed, "\n"), strings.Join(want, "\n"))
			}
			if !slices.Equal(advisory, []string{add + "DescribeConfigs --topic a"}) {
				t.Errorf("advisory: %q", advisory)
			}
		})
	}
}

// TestQuote: a shell makes of each word what it was.
func TestQuote(t *testing.T) {
	for _, text := range []string{"", "web.raw", "a b", "it's", `"$HOME"`, "`id`", "a\nb", `\`, "*", "~", "#x", "é"} {
		out, err := exec.Command("sh", "-c", "printf %s "+quote(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("%q became %q, %v", text, out, err)
		}
	}
}
