package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// mechanisms are those that a SASL may name.
var mechanisms = []string{"plain", "scram-sha-256", "scram-sha-512", "oauthbearer"}

func isMechanism(name string) bool { return slices.Contains(mechanisms, name) }

// SASL says how a connection authenticates. PLAIN and OAUTHBEARER send what they prove as it is: use them over TLS only.
type SASL struct {
	Mechanism string // "plain", "scram-sha-256", "scram-sha-512" or "oauthbearer"
	Username  string // not with oauthbearer
	// Password is asked for each new connection, so that a changed one is used without a restart. Not with oauthbearer.
	Password func() (string, error)
	// Tokens and Extensions are for oauthbearer.
	Tokens     TokenSource
	Extensions map[string]string // KIP-342; none of the names is "auth"
}

// A TokenSource gives bearer tokens.
type TokenSource interface {
	// Token gives the token that is to be used now. It is called for each new connection, and for each renewal of a
	// session. Its error names what to do, and no part of a token.
	Token(ctx context.Context) (string, error)
	// Refused is told that a broker did not take a token, so that it is not given again if there may be another.
	Refused(token string)
}

// String hides the password, which is behind a function anyway.
func (s SASL) String() string {
	if s.Username == "" {
		return "SASL " + s.Mechanism
	}
	return "SASL " + s.Mechanism + " as " + s.Username
}

// GoString is String.
func (s SASL) GoString() string { return s.String() }

func (s *SASL) mechanism() (sasl.Mechanism, error) {
	if s.Mechanism == "oauthbearer" {
		return newBearer(s)
	}
	if !isMechanism(s.Mechanism) {
		return nil, fmt.Errorf("kafka: SASL mechanism %q is unknown: set sasl.mechanism to plain, scram-sha-256, scram-sha-512 or oauthbearer", s.Mechanism)
	}
	if s.Username == "" || s.Password == nil {
		return nil, errors.New("kafka: SASL needs a username and a password: set sasl.username and sasl.password")
	}
	switch s.Mechanism {
	case "scram-sha-256":
		return &lateMechanism{s, "SCRAM-SHA-256", func(user, password string) (sasl.Mechanism, error) {
			return scram.Mechanism(scram.SHA256, user, password)
		}}, nil
	case "scram-sha-512":
		return &lateMechanism{s, "SCRAM-SHA-512", func(user, password string) (sasl.Mechanism, error) {
			return scram.Mechanism(scram.SHA512, user, password)
		}}, nil
	}
	return &lateMechanism{s, "PLAIN", func(user, password string) (sasl.Mechanism, error) {
		return plain.Mechanism{Username: user, Password: password}, nil
	}}, nil
}

// A lateMechanism is made anew for each connection, with the password of that moment.
type lateMechanism struct {
	from *SASL
	name string
	make func(user, password string) (sasl.Mechanism, error)
}

func (m *lateMechanism) Name() string { return m.name }

func (m *lateMechanism) Start(ctx context.Context) (sasl.StateMachine, []byte, error) {
	password, err := m.from.Password()
	if err != nil {
		return nil, nil, &credentialsError{what: "no password: " + err.Error(), hint: "check sasl.username and sasl.password", err: err}
	}
	inner, err := m.make(m.from.Username, password)
	if err != nil {
		// The library's error is left out: it may quote what it could not prepare.
		return nil, nil, &credentialsError{what: "no password: the user or the password has characters that SCRAM does not allow",
			hint: "check sasl.username and sasl.password"}
	}
	machine, first, err := inner.Start(ctx)
	return boundedMachine{machine}, first, err
}

// maxIterations bounds the work that a broker can ask for with SCRAM. Kafka allows its users 4,096 to 16,384 iterations.
const maxIterations = 1_000_000

// A boundedMachine keeps whoever answers in a broker's place from making us hash for hours: that cannot be interrupted.
type boundedMachine struct{ sasl.StateMachine }

func (m boundedMachine) Next(ctx context.Context, challenge []byte) (bool, []byte, error) {
	for part := range strings.SplitSeq(string(challenge), ",") {
		count, ok := strings.CutPrefix(part, "i=")
		if n, err := strconv.Atoi(count); ok && (err != nil || n > maxIterations) {
			return false, nil, &linkError{what: "the broker asks for too many iterations of SCRAM", class: ClassStop,
				hint: fmt.Sprintf("at most %d; somebody may have taken the broker's place: check kafka.brokers, and use TLS", maxIterations)}
		}
	}
	return m.StateMachine.Next(ctx, challenge)
}

// A credentialsError: there is nothing to log in with.
type credentialsError struct {
	what   string
	hint   string
	passes bool // it may heal by itself
	err    error
}

func (e *credentialsError) Error() string { return e.what }
func (e *credentialsError) Unwrap() error { return e.err }
