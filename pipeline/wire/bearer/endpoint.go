package bearer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	// askTimeout bounds one request of a token. Who waits for it may give up before: what comes is kept for the next.
	askTimeout = 10 * time.Second
	// restPart is the part of a token's life for which it is kept in reserve once another one is asked for: for an endpoint that
	// is away. leastRest is for tokens of a very short life: a session that ends within a second cannot be renewed.
	restPart  = 5
	leastRest = 3 * time.Second
	// renewPatience is how long a login waits for a new token while the old one is still good.
	renewPatience = time.Second
	// pause is the least time between two requests, so that an endpoint in trouble is not given more of it.
	pause = time.Second
	// unknownLife is taken for the life of a token of which nobody says how long it lives.
	unknownLife = time.Minute
	// maxHeader bounds an answer's header. Its body the library bounds to 1 MiB.
	maxHeader = 64 << 10
)

// ClientCredentials say where tokens come from, and who asks for them.
type ClientCredentials struct {
	TokenURL string // https://…; http:// to this machine only
	ClientID string
	Secret   func() (string, error)      // asked for each token; its error names the place
	Scope    string                      // parted by spaces; empty: what the server gives unasked
	TLS      func() (*tls.Config, error) // asked for each token; nil: the system's authorities
}

// An Endpoint gets tokens from a token endpoint, and keeps each for most of its life.
type Endpoint struct {
	settings ClientCredentials
	styles   []oauth2.AuthStyle // ways to show the secret, the one to begin with first; belongs to the one request

	mu     sync.Mutex
	token  token
	asking *request // or nil
	asked  time.Time
	failed error // of the last request; nil it gave a token
}

type token struct {
	text       string
	renew, end time.Time
}

// good says whether a token may still be shown to a broker.
func (t token) good(now time.Time) bool { return t.text != "" && now.Before(t.end) }

type request struct {
	done  chan struct{}
	token token
	err   error
}

// NewEndpoint checks the address. It asks for nothing yet.
func NewEndpoint(c ClientCredentials) (*Endpoint, error) {
	u, err := url.Parse(c.TokenURL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && Loopback(u.Hostname())) {
		return nil, errors.New("the token URL has to begin with https:// (http:// to this machine only) and name a host, and no user")
	}
	return &Endpoint{settings: c, styles: []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams}}, nil
}

// Loopback says whether a host is this machine, as far as its name tells.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Token gives a token that is good for a while yet. One request serves all who wait.
func (e *Endpoint) Token(ctx context.Context) (string, error) {
	now := time.Now()
	e.mu.Lock()
	old, r := e.token, e.asking
	switch {
	case old.good(now) && now.Before(old.renew):
		e.mu.Unlock()
		return old.text, nil
	case r != nil:
	case now.Sub(e.asked) < pause && e.failed != nil:
		defer e.mu.Unlock()
		if old.good(now) {
			return old.text, nil
		}
		return "", e.failed
	default:
		r = &request{done: make(chan struct{})}
		e.asking, e.asked = r, now
		go e.ask(r)
	}
	e.mu.Unlock()
	if old.good(now) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, renewPatience)
		defer cancel()
	}
	err := error(&Error{what: "the token endpoint has not answered yet: check sasl.client_credentials.token_url, and that nothing between here and there stops connections", passes: true})
	select {
	case <-r.done:
		if r.err == nil {
			return r.token.text, nil
		}
		err = r.err
	case <-ctx.Done():
	}
	if old.good(time.Now()) {
		return old.text, nil
	}
	return "", err
}

// Refused has another token asked for, unless this one has only just been given.
func (e *Endpoint) Refused(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.token.text == text && time.Since(e.asked) >= pause {
		e.token = token{}
	}
}

// ask makes one request, for all who wait for it.
func (e *Endpoint) ask(r *request) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	r.token, r.err = e.request(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asking, e.failed = nil, r.err
	if r.err == nil {
		e.token = r.token
	}
	close(r.done)
}

func (e *Endpoint) request(ctx context.Context) (token, error) {
	secret, err := e.settings.Secret()
	if err != nil {
		return token{}, &Error{what: err.Error(), err: err}
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader}
	if e.settings.TLS != nil {
		if transport.TLSClientConfig, err = e.settings.TLS(); err != nil {
			return token{}, &Error{what: err.Error() + ": check the files of sasl.client_credentials.tls", err: err}
		}
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport: transport, Timeout: askTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	sent := time.Now()
	given, err := e.asEither(ctx, secret)
	if err != nil {
		return token{}, explain(err)
	}
	if !strings.EqualFold(given.Type(), "bearer") {
		return token{}, &Error{what: "the token endpoint gives a token that is no bearer token: have it give this client bearer tokens"}
	}
	return lifeOf(given, sent), nil
}

// asEither shows the secret in the header, as RFC 6749 has it for every server, or in the form, where that is all a
// server takes, and remembers which worked.
func (e *Endpoint) asEither(ctx context.Context, secret string) (*oauth2.Token, error) {
	c := clientcredentials.Config{TokenURL: e.settings.TokenURL, ClientID: e.settings.ClientID, ClientSecret: secret,
		Scopes: strings.Fields(e.settings.Scope), AuthStyle: e.styles[0]}
	given, err := c.Token(ctx)
	var refused *oauth2.RetrieveError
	if err == nil || len(e.styles) == 1 || !errors.As(err, &refused) || !refusesClient(refused) {
		if err == nil {
			e.styles = e.styles[:1]
		}
		return given, err
	}
	c.AuthStyle = e.styles[1]
	other, second := c.Token(ctx)
	if second != nil {
		return nil, err // the answer to the standard's way says more
	}
	e.styles = e.styles[1:]
	return other, nil
}

// lifeOf says how long a token is to be used.
func lifeOf(given *oauth2.Token, sent time.Time) token {
	end := given.Expiry
	if end.IsZero() {
		end = expiry(given.AccessToken)
	}
	if end.IsZero() {
		end = sent.Add(unknownLife)
	}
	life := max(end.Sub(sent), 0)
	rest, margin := max(life/restPart, min(leastRest, life/2)), min(life/10, 5*time.Second)
	return token{text: given.AccessToken, renew: end.Add(-rest), end: end.Add(-margin)}
}

// refusesClient says whether a server answers that it does not know the client, or not its way to show the secret.
func refusesClient(e *oauth2.RetrieveError) bool {
	switch e.ErrorCode {
	case "invalid_client", "invalid_request", "unauthorized_client", "access_denied":
		return true
	}
	return status(e) == http.StatusUnauthorized || status(e) == http.StatusForbidden
}

func status(e *oauth2.RetrieveError) int {
	if e.Response == nil {
		return 0
	}
	return e.Response.StatusCode
}

// explain says in our own words why there is no token: of the server's answer only codes of the standard are repeated.
func explain(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return unreachable(err)
	}
	n := status(refused)
	const at = "sasl.client_credentials."
	out := &Error{err: err, passes: n == http.StatusTooManyRequests || n >= 500}
	because := fmt.Sprintf("status %d", n)
	switch refused.ErrorCode {
	case "invalid_client", "unauthorized_client", "access_denied", "invalid_scope", "invalid_request", "unsupported_grant_type":
		because = refused.ErrorCode
	}
	switch {
	case out.passes:
		out.what = "the token endpoint is in trouble (" + because + ")"
	case because == "invalid_scope":
		out.what = "the token endpoint does not give the scope (invalid_scope): correct " + at + "scope"
	case n >= 300 && n < 400:
		out.what = "the token endpoint redirects to another address (" + because + "), and a secret is not sent on: write that address in " + at + "token_url"
	case refusesClient(refused) && because != "invalid_request":
		out.what = "the token endpoint refuses the client (" + because + "): check " + at + "client_id and client_secret, and that this client may use client credentials"
	default:
		out.what = "the token endpoint refuses the request (" + because + "): check that " + at + "token_url is a token endpoint, and that it takes client credentials"
	}
	return out
}

// unreachable explains an error without an answer, or with one that is no answer of a token endpoint.
func unreachable(err error) error {
	var (
		n    net.Error
		dial *net.OpError
		name *net.DNSError
		cert *tls.CertificateVerificationError
	)
	const at = "sasl.client_credentials."
	switch {
	case errors.As(err, &cert):
		return &Error{err: err, what: "the certificate of the token endpoint is not trusted: set " + at + "tls.ca to the file of its authority, or have the certificate renewed for the host of token_url"}
	case errors.As(err, &name):
		return &Error{err: err, passes: true, what: "the host of the token endpoint has no address: check " + at + "token_url, and the DNS"}
	case errors.As(err, &n) && n.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return &Error{err: err, passes: true, what: "the token endpoint does not answer: check " + at + "token_url, and that nothing between here and there stops connections"}
	case errors.As(err, &dial):
		return &Error{err: err, passes: true, what: "the token endpoint cannot be reached (" + dial.Op + "): check " + at + "token_url, and that it runs"}
	}
	return &Error{err: err, passes: false, what: "the answer of the token endpoint is none: check that " + at + "token_url is one, with the right scheme and port"}
}
