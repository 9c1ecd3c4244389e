package live

import (
	"testing"

	"voile/config"
)

func TestTransport(t *testing.T) {
	for _, tc := range []struct {
		name, vault, broker string
		tls                 *config.TLS
		sasl                *config.SASL
		want                string // the checks that warn
	}{
		{"on this machine", "http://127.0.0.1:8200", "localhost:9092", nil, &config.SASL{Mechanism: config.Plain}, ""},
		{"on this machine, IPv6", "http://[::1]:8200", "[::1]:9092", nil, &config.SASL{Mechanism: config.Plain}, ""},
		{"TLS", "https://vault.example:8200", "kafka.example:9093", &config.TLS{}, &config.SASL{Mechanism: config.Plain}, ""},
		{"scram", "https://vault.example:8200", "kafka.example:9092", nil, &config.SASL{Mechanism: "scram-sha-512"}, ""},
		{"nothing to hide from", "https://vault.example:8200", "kafka.example:9092", nil, nil, ""},
		{"in the clear", "http://vault.example:8200", "kafka.example:9092", nil, &config.SASL{Mechanism: config.Plain}, "kafka.transport vault.transport "},
		{"a token in the clear", "https://vault.example:8200", "kafka.example:9092", nil, &config.SASL{Mechanism: config.OAuthBearer}, "kafka.transport "},
		{"a name that only begins like loopback", "http://localhost.example:8200", "127.0.0.1.example:9092", nil, &config.SASL{Mechanism: config.Plain}, "kafka.transport vault.transport "},
	} {
		c := &config.Config{Kafka: config.Kafka{Brokers: []string{"127.0.0.1:9092", tc.broker}, TLS: tc.tls, SASL: tc.sasl}}
		got := ""
		for _, f := range append(kafkaInClear(c), vaultInClear(tc.vault)...) {
			if f.Result != Warning || f.Do == "" {
				t.Errorf("%s: %+v is no warning that says what to do", tc.name, f)
			}
			got += f.Check + " "
		}
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
