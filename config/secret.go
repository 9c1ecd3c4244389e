package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// hidden is all that a Secret ever shows.
const hidden = "[secret]"

// A Secret is a password, a Vault token or the like. Nothing prints it: no verb of fmt, no encoder, no logger. Only Read gives the
// text, and it is named so that a reader of the code finds every place that has it.
//
// A text from ${NAME} is taken when the configuration is read. {file: …} and {env: …} are looked up by each Read, so that
// a configuration can be checked where they are missing, and a file that is replaced counts from the next login on.
type Secret struct {
	// A pointer, so that even a printer that looks into the struct by reflection finds an address.
	from *secretSource
}

type secretSource struct {
	text string // of ${NAME}
	file string
	name string // of the environment variable
	env  func(string) (string, bool)
}

// maxSecret bounds a secret file: a Vault token or a password has no megabytes.
const maxSecret = 64 << 10

// IsSet says whether the configuration has this secret.
func (s Secret) IsSet() bool { return s.from != nil }

// Read gives the secret's text, without the line ends behind it in a file. Errors name the file or the variable, never
// what is in it.
func (s Secret) Read() (string, error) {
	switch {
	case s.from == nil:
		return "", errors.New("no secret is configured")
	case s.from.file != "":
		return readSecretFile(s.from.file)
	case s.from.name != "":
		text, ok := s.from.env(s.from.name)
		if !ok || text == "" {
			return "", fmt.Errorf("secret: the environment variable %s is not set, or empty: set it, or name another in the configuration", s.from.name)
		}
		return text, nil
	}
	return s.from.text, nil
}

func readSecretFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("secret: file %s is larger than %d bytes: is it the right file?", name, maxSecret)
	}
	data = bytes.TrimRight(data, "\r\n")
	if len(data) == 0 {
		return "", fmt.Errorf("secret: file %s is empty", name)
	}
	return string(data), nil
}

// String hides the secret.
func (Secret) String() string { return hidden }

// GoString hides the secret.
func (Secret) GoString() string { return hidden }

// Format hides the secret from every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON hides the secret.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalYAML hides the secret.
func (Secret) MarshalYAML() (any, error) { return hidden, nil }
