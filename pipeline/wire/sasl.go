package wire

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// SASL says how a connection authenticates. PLAIN sends the password as it is: use it over TLS only.
type SASL struct {
	Mechanism string // "plain", "scram-sha-256" or "scram-sha-512"
	Username  string
	// Password is asked for each new connection, so that a changed one is used without a restart.
	Password func() (string, error)
}

// String hides the password, which is behind a function anyway.
func (s SASL) String() string { return "SASL " + s.Mechanism + " as " + s.Username }

// GoString is String.
func (s SASL) GoString() string { return s.String() }

func (s *SASL) mechanism() (sasl.Mechanism, error) {
	if s.Username == "" || s.Password == nil {
		return nil, errors.New("kafka: SASL needs a username and a password: set sasl.username and sasl.password")
	}
	switch s.Mechanism {
	case "plain":
		return &lateMechanism{s, "PLAIN", func(user, password string) (sasl.Mechanism, error) {
			return plain.Mechanism{Username: user, Password: password}, nil
		}}, nil
	case "scram-sha-256":
		return &lateMechanism{s, "SCRAM-SHA-256", func(user, password string) (sasl.Mechanism, error) {
			return scram.Mechanism(scram.SHA256, user, password)
		}}, nil
	case "scram-sha-512":
		return &lateMechanism{s, "SCRAM-SHA-512", func(user, password string) (sasl.Mechanism, error) {
			return scram.Mechanism(scram.SHA512, user, password)
		}}, nil
	}
	return nil, fmt.Errorf("kafka: SASL mechanism %q is unknown: set sasl.mechanism to plain, scram-sha-256 or scram-sha-512", s.Mechanism)
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
		return nil, nil, &credentialsError{err}
	}
	inner, err := m.make(m.from.Username, password)
	if err != nil {
		// The library's error is left out: it may quote what it could not prepare.
		return nil, nil, &credentialsError{errors.New("the user or the password has characters that SCRAM does not allow")}
	}
	return inner.Start(ctx)
}

// A credentialsError: there is no password to log in with.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return "no password: " + e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }
