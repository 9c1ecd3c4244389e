package wire

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"voile/internal/bearertest"
	"voile/internal/kafkatest"
)

// A scramOf has every connection authenticated anew within so many milliseconds.
func scramOf(ms string) map[string]string {
	return map[string]string{"sasl.enabled.mechanisms": "SCRAM-SHA-512", "connections.max.reauth.ms": ms,
		"scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;"}
}

// TestBearer shows a real broker signed tokens, good and bad ones.
func TestBearer(t *testing.T) {
	issuer := bearertest.New(t)
	cluster := kafkatest.Start(t, slices.Concat(issuer.Listener("BEARER", "SASL_PLAINTEXT", nil),
		issuer.Listener("SHORT", "SASL_PLAINTEXT", map[string]string{"connections.max.reauth.ms": "60000"}), []kafkatest.Option{
			kafkatest.ScramUser("SCRAM-SHA-512", scramUser, scramPassword),
			kafkatest.Listener("SCRAM", "SASL_PLAINTEXT", scramOf("2500"))})...)
	long := cluster.BrokersOf("BEARER")
	for _, tc := range []struct {
		name, token string
		extensions  map[string]string
		want        string
	}{
		{name: "good", token: issuer.Token(time.Hour, nil)},
		{name: "with extensions", token: issuer.Token(time.Hour, nil), extensions: map[string]string{"logicalCluster": "lkc-1", "traceId": "a b"}},
		{name: "expired", token: issuer.Token(-time.Second, nil), want: "refuses the bearer token (invalid_token)|issuer, audience and key|clocks"},
		{name: "another audience", token: issuer.Token(time.Hour, map[string]any{"aud": "planted-else"}), want: "refuses the bearer token (invalid_token)"},
		{name: "another key", token: bearertest.New(t).Token(time.Hour, nil), want: "refuses the bearer token (invalid_token)"},
		{name: "no JWT", token: "planted-opaque", want: "refuses the bearer token"},
		{name: "two lines", token: "planted\x01auth=Bearer other", want: "no bearer token|one token and nothing else"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := client(t, Options{Brokers: long, StartTimeout: 2 * time.Second,
				SASL: &SASL{Mechanism: "oauthbearer", Tokens: tokenText(tc.token), Extensions: tc.extensions}})
			_, err := c.NewProducerWithin(t, 2*time.Second)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || ClassOf(err) != ClassStop {
				t.Fatalf("error %v, want one of class stop", err)
			}
			contains(t, "message", err.Error(), strings.Split(tc.want, "|")...)
			if strings.Contains(err.Error(), "planted") || strings.Contains(err.Error(), "eyJ") {
				t.Errorf("the message shows a token: %s", err)
			}
		})
	}
	t.Run("renewal", func(t *testing.T) { renewal(t, cluster, issuer) })
}

// renewal holds connections, and a membership, for several times as long as a session lasts: no request meets a connection
// that was cut, and the group has one generation.
func renewal(t *testing.T, cluster *kafkatest.Cluster, issuer *bearertest.Issuer) {
	cluster.CreateTopic(t, "renewed", 1, nil)
	for _, tc := range []struct {
		name, listener string
		sasl           *SASL
	}{
		{"tokens of 3 s", "SHORT", &SASL{Mechanism: "oauthbearer", Tokens: freshTokens(func() string { return issuer.Token(3*time.Second, nil) })}},
		{"sessions of 2.5 s", "SCRAM", login("scram-sha-512", scramUser, say(scramPassword))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := client(t, Options{Brokers: cluster.BrokersOf(tc.listener), SASL: tc.sasl})
			g, err := c.JoinGroup(GroupConfig{ID: tc.listener, Topics: []string{"renewed"}})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = g.Close() }()
			generation, err := g.Next(timeout(t, 20*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			if _, err := c.NewProducer(timeout(t, 20*time.Second), "", time.Minute); err != nil { // whose coordinator may just be starting
				t.Fatal(err)
			}
			generation.Start(func(ctx context.Context) { <-ctx.Done(); close(ended) })
			ask := time.NewTicker(100 * time.Millisecond)
			defer ask.Stop()
			for over, n := time.After(8*time.Second), 0; ; n++ {
				select {
				case <-ended:
					t.Fatal("the generation ended: the group's connection was cut")
				case <-over:
					return
				case <-ask.C:
				}
				if _, err := c.initProducerID(t.Context(), anyNode, "", 0, nobody); err != nil { // one attempt
					t.Fatalf("request %d: %v", n, err)
				}
			}
		})
	}
}

// freshTokens makes a token for each login.
type freshTokens func() string

func (f freshTokens) Token(context.Context) (string, error) { return f(), nil }
func (freshTokens) Refused(string)                          {}
