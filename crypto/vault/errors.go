package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/hashicorp/vault/api"
)

// A Kind is a class of error. Test for it with errors.Is.
type Kind string

// The kinds.
const (
	ErrNotFound    Kind = "not found"
	ErrDeleted     Kind = "deleted"       // a document whose newest version was deleted or destroyed
	ErrExists      Kind = "exists"        // check-and-set found another version
	ErrForbidden   Kind = "forbidden"     // by policy, or because the Vault token ended
	ErrLogin       Kind = "login refused" // Vault answered, and does not take the credentials
	ErrSealed      Kind = "sealed"        // or not initialized: nothing works until an operator unseals it
	ErrUnreachable Kind = "unreachable"   // no answer, a timeout or a 5xx
	ErrUntrusted   Kind = "untrusted"     // TLS does not agree on certificates
	ErrRefused     Kind = "refused"       // a 4xx that is none of the others
	ErrAnswer      Kind = "unintelligible answer"
)

// Error implements error, so that a Kind is what errors.Is is asked for.
func (k Kind) Error() string { return "vault: " + string(k) }

// Retry says whether the same request may succeed later without anybody changing the configuration or a policy.
func Retry(err error) bool {
	return errors.Is(err, ErrUnreachable) || errors.Is(err, ErrSealed)
}

// An Error says what was asked of Vault, what came of it, and what to do.
type Error struct {
	Kind   Kind
	Op     string // what was tried, as "read"
	Path   string // in Vault, without /v1/
	Detail string // what Vault or the network said, shortened and without secrets; may be empty
	Hint   string // what to do; may be empty
	cause  error  // a context's end, else nil
}

// Error implements error.
func (e *Error) Error() string {
	text := fmt.Sprintf("vault: %s %s: %s", e.Op, e.Path, string(e.Kind))
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Unwrap gives the kind, and the end of the caller's context where that was the cause.
func (e *Error) Unwrap() []error {
	if e.cause != nil {
		return []error{e.Kind, e.cause}
	}
	return []error{e.Kind}
}

// explain turns what the Vault client returned into an *Error. secrets are cut out of whatever text it holds.
func explain(err error, op, path string, secrets ...string) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	e := &Error{Op: op, Path: path}
	var answer *api.ResponseError
	if errors.As(err, &answer) {
		e.fromAnswer(answer)
	} else {
		e.fromNetwork(err)
	}
	e.Detail = scrub(e.Detail, secrets)
	return e
}

func (e *Error) fromAnswer(answer *api.ResponseError) {
	said := strings.Join(answer.Errors, "; ")
	if answer.RawError {
		said = "the answer is not Vault's: is this the address of a Vault server?"
	}
	e.Detail = fmt.Sprintf("status %d", answer.StatusCode)
	if said != "" {
		e.Detail += ": " + said
	}
	switch code := answer.StatusCode; {
	case code == http.StatusServiceUnavailable && strings.Contains(said, "sealed"):
		e.Kind, e.Hint = ErrSealed, "unseal Vault; voile goes on by itself"
	case code == http.StatusNotImplemented || strings.Contains(said, "not initialized"):
		e.Kind, e.Hint = ErrSealed, "initialize and unseal Vault"
	case code == http.StatusForbidden:
		e.Kind = ErrForbidden
	case code == http.StatusNotFound:
		e.Kind = ErrNotFound
	case code == http.StatusBadRequest && strings.Contains(said, "check-and-set parameter did not match"):
		e.Kind = ErrExists
	case code >= 500, code == http.StatusTooManyRequests, code == http.StatusPreconditionFailed:
		e.Kind = ErrUnreachable
	default:
		e.Kind = ErrRefused
	}
}

func (e *Error) fromNetwork(err error) {
	e.Kind = ErrUnreachable
	var tooLong *tooLongError
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var alert *net.OpError
	switch {
	case errors.As(err, &tooLong):
		e.Kind = ErrAnswer
	case errors.As(err, &verification), errors.As(err, &authority), errors.As(err, &host):
		e.Kind, e.Hint = ErrUntrusted, "set vault.tls.ca, and vault.tls.server_name if the certificate is for another name"
	case errors.As(err, &alert) && alert.Op == "remote error": // so crypto/tls reports the other side's alert
		e.Kind, e.Hint = ErrUntrusted, "the server refused the TLS handshake; where it wants a client certificate, set vault.tls.cert and vault.tls.key"
	case errors.Is(err, context.Canceled):
		e.cause = context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		e.cause = context.DeadlineExceeded
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		e.Kind, e.Hint = ErrUntrusted, "the server speaks HTTP: is vault.address meant to begin with http://?"
	}
	// The URL is known from Path, and repeats at every level of the chain.
	var request *url.Error
	for errors.As(err, &request) {
		err = request.Err
	}
	e.Detail = err.Error()
}

// userInfo matches user names and passwords in addresses.
var userInfo = regexp.MustCompile(`://[^/@\s]*@`)

// scrub makes one short line of text that came from outside, without secrets.
func scrub(text string, secrets []string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, placeholder)
		}
	}
	text = userInfo.ReplaceAllString(text, "://…@")
	text = strings.Join(strings.Fields(text), " ")
	const most = 300
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// lacks is the hint for a forbidden path: the policy's line that is missing.
func (c *Client) lacks(path, capability string) string {
	where := ""
	if c.options.Namespace != "" {
		where = " in namespace " + c.options.Namespace
	}
	return fmt.Sprintf("the Vault token has ended, or its policies%s lack: %s", where, Grant{Path: path, Capabilities: []string{capability}})
}
