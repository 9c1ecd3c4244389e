// Package bearer gets the bearer tokens by which voile logs in at Kafka's brokers (OAUTHBEARER): from a file that somebody
// else renews, or from a token endpoint by OAuth 2.0 client credentials (RFC 6749, section 4.4).
//
// # Contract
//
// Token is safe for concurrent use and returns within its context's time. An error of it is an *Error: it says what to do
// and whether it may heal by itself, and holds neither a token, nor a secret, nor a text that a server sent. Secrets go to
// the one address that was configured, by https (by http to this machine only), and are not sent on to where a server
// redirects.
package bearer

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"time"
)

// An Error says why there is no token.
type Error struct {
	what   string
	passes bool
	err    error
}

func (e *Error) Error() string { return e.what }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.err }

// Passes says whether it may heal by itself.
func (e *Error) Passes() bool { return e.passes }

// expiry is when a token ends, if it is a JWT that says so; else zero. Nothing is verified: the brokers do that.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Exp float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || !(claims.Exp > 0 && claims.Exp < math.MaxInt32*100) {
		return time.Time{}
	}
	return time.UnixMilli(int64(claims.Exp * 1000))
}

// A Text is a token that lies in a file or an environment variable. It is read for each login, so that one that somebody
// renews is used from the next login on.
type Text struct {
	Read func() (string, error) // its error names the place and what to do
}

// skew is how far clocks may be apart before a token that has expired is not shown to a broker any more. Brokers allow
// 30 s (sasl.oauthbearer.clock.skew.seconds).
const skew = time.Minute

// Token gives the token of this moment.
func (t Text) Token(context.Context) (string, error) {
	token, err := t.Read()
	if err != nil {
		return "", &Error{what: err.Error(), err: err}
	}
	if end := expiry(token); !end.IsZero() && time.Since(end) > skew {
		return "", &Error{what: "the token has expired at " + end.UTC().Format(time.RFC3339) +
			": have it renewed by whoever writes it, or set this machine's clock", passes: true}
	}
	return token, nil
}

// Refused changes nothing: the next token comes when somebody writes it.
func (Text) Refused(string) {}
