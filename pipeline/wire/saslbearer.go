package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/segmentio/kafka-go/sasl"
)

// A bearer is the mechanism OAUTHBEARER (RFC 7628, KIP-255): it shows the broker a token that somebody else has issued.
// It is safe for concurrent use.
type bearer struct {
	tokens     TokenSource
	extensions string // as they stand in the message
}

// What may stand in a message whose parts are parted by the byte 1: the token of RFC 6750, names and values of RFC 7628.
var (
	bearerToken    = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)
	extensionName  = regexp.MustCompile(`^[A-Za-z]+$`)
	extensionValue = regexp.MustCompile(`^[\x21-\x7E \t\r\n]+$`)
)

func newBearer(s *SASL) (sasl.Mechanism, error) {
	if s.Tokens == nil {
		return nil, errors.New("kafka: SASL OAUTHBEARER needs a token: set sasl.token or sasl.client_credentials")
	}
	b := &bearer{tokens: s.Tokens}
	for _, name := range slices.Sorted(maps.Keys(s.Extensions)) {
		value := s.Extensions[name]
		if !extensionName.MatchString(name) || name == "auth" || !extensionValue.MatchString(value) {
			return nil, fmt.Errorf("kafka: SASL extension %q: its name takes letters and is not auth, its value visible characters: correct sasl.extensions", name)
		}
		b.extensions += name + "=" + value + "\x01"
	}
	return b, nil
}

func (b *bearer) Name() string { return "OAUTHBEARER" }

func (b *bearer) Start(ctx context.Context) (sasl.StateMachine, []byte, error) {
	token, err := b.tokens.Token(ctx)
	if err != nil {
		var passing interface{ Passes() bool }
		return nil, nil, &credentialsError{what: "no bearer token: " + err.Error(), err: err,
			passes: errors.As(err, &passing) && passing.Passes()}
	}
	if !bearerToken.MatchString(token) {
		return nil, nil, &credentialsError{what: "no bearer token: what was given for one has characters that no token has",
			hint: "check that the file of sasl.token, or what the token endpoint gives, is one token and nothing else"}
	}
	// No authorization identity (the token says who we are), no channel binding.
	return &bearerExchange{from: b, token: token}, []byte("n,,\x01" + b.extensions + "auth=Bearer " + token + "\x01\x01"), nil
}

// A bearerExchange is one login.
type bearerExchange struct {
	from   *bearer
	token  string
	answer []byte // what the broker has against the token
}

// Next takes the broker's answer. An empty one is its consent. Else it says in JSON what is wrong, wants one byte to go on, and
// fails then (RFC 7628, section 3.2.3).
func (e *bearerExchange) Next(_ context.Context, challenge []byte) (done bool, response []byte, err error) {
	if len(challenge) == 0 {
		return true, nil, nil
	}
	e.answer = challenge
	return false, []byte{1}, nil
}

// refused is the broker's refusal in our own words: of its answer only what the standard knows is repeated.
func (e *bearerExchange) refused() error {
	e.from.tokens.Refused(e.token)
	var answer struct{ Status, Scope string }
	_ = json.Unmarshal(e.answer, &answer) // what is no JSON says nothing
	out := &linkError{what: "the broker refuses the bearer token", class: ClassStop,
		hint: "check that the brokers know its issuer, audience and key (sasl.oauthbearer.* of the listener), that its subject may log in, and the clocks"}
	switch answer.Status {
	case "invalid_token", "invalid_request":
		out.what += " (" + answer.Status + ")"
	case "insufficient_scope":
		out.what += " (insufficient_scope)"
		out.hint = "have a token issued with the scope that the brokers want"
		if scope := harmless(answer.Scope); scope != "" {
			out.hint += ": " + scope
		}
	}
	return out
}

// harmless keeps of a text that somebody else sent what can neither break a line nor fill a page.
func harmless(text string) string {
	const most = 100
	text = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" _-.:/*@", r) {
			return r
		}
		return -1
	}, text)
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strings.TrimSpace(text)
}
