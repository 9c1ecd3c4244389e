package vault

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// A Credential gives a Vault token or a secret ID. It is asked at each login, so that what was replaced counts from the next one
// on, and keeps nothing of what it gave. Its errors say where it looked, and never what it found.
//
// It is a function because every printer shows the address of a function and nothing of what it knows.
type Credential func() (string, error)

// maxCredential bounds a credential's file, in bytes.
const maxCredential = 64 << 10

// placeholder stands where a secret was cut out of a text.
const placeholder = "[secret]"

// File is the credential that a file holds and nothing else, white space around it aside.
func File(name string) Credential {
	return func() (_ string, err error) {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		text, err := io.ReadAll(io.LimitReader(f, maxCredential+1))
		if err != nil {
			return "", err
		}
		if len(text) > maxCredential {
			return "", fmt.Errorf("%s is larger than %d KiB: is it the right file?", name, maxCredential>>10)
		}
		return bare(name, string(text))
	}
}

// Env is the credential that an environment variable holds, white space around it aside.
func Env(name string) Credential {
	return func() (string, error) {
		text, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		return bare("the environment variable "+name, text)
	}
}

// credential asks for a credential at a login, and checks what it gives, whoever wrote it. Errors are of the kind ErrLogin.
func credential(setting string, from Credential) (string, error) {
	text, err := from()
	if err == nil {
		text, err = bare("what it gives", text)
	}
	if err != nil {
		return "", &Error{Kind: ErrLogin, Op: "log in with", Path: setting, Detail: scrub(err.Error(), nil)}
	}
	return text, nil
}

// bare cuts the white space around a credential: it goes into an HTTP header, or is what somebody typed. The error names where
// it is from.
func bare(place, text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", fmt.Errorf("%s is empty", place)
	}
	for _, b := range []byte(text) {
		if b <= ' ' || b >= 0x7f {
			return "", fmt.Errorf("%s holds white space, control or non-ASCII characters inside: want the credential alone", place)
		}
	}
	return text, nil
}
