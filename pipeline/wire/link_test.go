package wire

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func login(mechanism, user string, password func() (string, error)) *SASL {
	return &SASL{Mechanism: mechanism, Username: user, Password: password}
}

func say(s string) func() (string, error) { return func() (string, error) { return s, nil } }

// A tokenText is a source of one token.
type tokenText string

func (t tokenText) Token(context.Context) (string, error) { return string(t), nil }
func (tokenText) Refused(string)                          {}

func TestSASL(t *testing.T) {
	brokers := kafka4.Cluster(t).BrokersOf("SASL")
	for _, s := range []struct {
		name string
		sasl *SASL
		want string // part of the message; "" none
	}{
		{"plain", login("plain", plainUser, say(plainPassword)), ""},
		{"scram 256", login("scram-sha-256", scramUser, say(scramPassword)), ""},
		{"scram 512", login("scram-sha-512", scramUser, say(scramPassword)), ""},
		{"plain, wrong password", login("plain", plainUser, say("planted-wrong")), "wrong user or password"},
		{"scram, wrong password", login("scram-sha-512", scramUser, say("planted-wrong")), "wrong user or password"},
		{"scram, wrong user", login("scram-sha-256", "planted-nobody", say("x")), "wrong user or password"},
		{"no password", login("plain", plainUser, func() (string, error) { return "", errors.New("no such file") }), "no such file"},
		{"none", nil, "the listener may want SASL: set kafka.sasl"},
	} {
		t.Run(s.name, func(t *testing.T) {
			c := client(t, Options{Brokers: brokers, SASL: s.sasl, StartTimeout: 2 * time.Second})
			_, err := c.Partitions(t.Context())
			if err != nil {
				t.Fatal(err) // asked for nothing
			}
			_, err = c.NewProducerWithin(t, 2*time.Second)
			switch {
			case s.want == "" && err != nil:
				t.Error(err)
			case s.want != "" && err == nil:
				t.Error("no error")
			case s.want != "":
				contains(t, "message", err.Error(), s.want)
				if strings.Contains(err.Error(), "planted") {
					t.Errorf("the message shows a credential: %s", err)
				}
			}
			g, err := c.JoinGroup(GroupConfig{ID: "sasl", Topics: []string{"nowhere"}, RejoinPause: 10 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = g.Close() }()
			_, err = g.Next(timeout(t, 3*time.Second))
			if (err == nil) != (s.want == "") {
				t.Errorf("join: error %v", err)
			}
			if err != nil && s.sasl != nil {
				contains(t, "join", err.Error(), s.want)
			}
		})
	}
}

// NewProducerWithin is NewProducer with a shorter budget.
func (c *Client) NewProducerWithin(t *testing.T, d time.Duration) (*Producer, error) {
	t.Helper()
	c.deliveryTimeout = d
	return c.NewProducer(t.Context(), "", time.Minute)
}
