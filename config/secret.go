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
	// The text is held by a function and nowhere else: a printer that looks into the struct by reflection finds an
	// address, where behind a pointer fmt would find the text.
	read func() (string, error)
	// Where the text is looked up, for Show; empty for ${NAME}.
	from secretSource
}

// A secretSource names where a secret lies: exactly one of the two is set.
type secretSource struct {
	file string
	env  string // the name of an environment variable
}

// maxSecret bounds a secret file: a Vault token or a password has no megabytes.
const maxSecret = 64 << 10

// IsSet says whether the configuration has this secret.
func (s Secret) IsSet() bool { return s.read != nil }

// Read gives the secret's text, without the line ends behind it in a file. Errors name the file or the variable, never
// what is in it.
func (s Secret) Read() (string, error) {
	if s.read == nil {
		return "", errors.New("no secret is configured")
	}
	return s.read()
}

// secretOf is a secret whose text is known.
func secretOf(text string) Secret {
	return Secret{read: func() (string, error) { return text, nil }}
}

// secretFrom is a secret that is looked up when it is needed.
func secretFrom(from secretSource, env func(string) (string, bool)) Secret {
	if from.file != "" {
		return Secret{from: from, read: func() (string, error) { return readSecretFile(from.file) }}
	}
	return Secret{from: from, read: func() (string, error) {
		text, ok := env(from.env)
		if !ok || text == "" {
			return "", fmt.Errorf("secret: the environment variable %s is not set, or empty: set it, or name another in the configuration", from.env)
		}
		return text, nil
	}}
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
