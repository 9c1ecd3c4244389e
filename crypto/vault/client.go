package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"
)

// Client is a login to Vault that renews itself. It is safe for concurrent use.
type Client struct {
	options   Options
	transport *http.Transport

	ctx    context.Context // ends with Close, and every request with it
	cancel context.CancelFunc
	kept   sync.WaitGroup // the goroutine that keeps the Vault token

	mu    sync.Mutex
	token string // of Vault
	state State
}

// Open logs in and starts to keep the Vault token. What it returns is to be closed.
//
// An error is either about the options, or an [*Error]: [Retry] says whether to try again. Open itself tries once, with
// the two quick repetitions that the Vault client has for a connection that breaks.
func Open(ctx context.Context, options Options) (*Client, error) {
	return open(ctx, options, pace{min: time.Second, max: time.Minute})
}

func open(ctx context.Context, options Options, p pace) (*Client, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	transport, err := newTransport(options.TLS, options.Timeout)
	if err != nil {
		return nil, err
	}
	c := &Client{options: options, transport: transport}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	first, err := c.login(ctx)
	if err != nil {
		c.cancel()
		transport.CloseIdleConnections()
		return nil, err
	}
	c.adopt(first, time.Now())
	c.kept.Go(func() { c.keep(first, p) })
	return c, nil
}

// Close ends what Open started: renewal, requests in flight, connections. A Vault token that a login of ours gave is revoked, which
// takes two seconds at most; the error says that Vault could not be asked, and the Vault token ends by itself then. A second Close does
// nothing.
func (c *Client) Close() error {
	if c.ctx.Err() != nil {
		return nil
	}
	c.cancel()
	c.kept.Wait()
	defer c.transport.CloseIdleConnections()
	if c.options.Auth.Token != nil {
		return nil
	}
	const path = "auth/token/revoke-self"
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	token := c.currentToken()
	client, err := c.newAPI(ctx, token)
	if err != nil {
		return err
	}
	client.SetMaxRetries(0)
	if _, err := client.Logical().WriteWithContext(ctx, path, nil); err != nil {
		said := explain(err, "revoke the Vault token at", path, token)
		if said.Kind != ErrForbidden && said.Kind != ErrRefused { // it ended before, or is a batch token
			return said
		}
	}
	return nil
}

func (c *Client) currentToken() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

// newAPI makes a Vault client whose requests all end with ctx, also those that the Vault client's callers make without a context.
func (c *Client) newAPI(ctx context.Context, token string) (*api.Client, error) {
	client, err := api.NewClient(&api.Config{
		Address:      c.options.Address,
		Timeout:      c.options.Timeout,
		MinRetryWait: 100 * time.Millisecond,
		MaxRetryWait: 500 * time.Millisecond,
		MaxRetries:   2,
		CheckRetry: func(request context.Context, response *http.Response, err error) (bool, error) {
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			return api.DefaultRetryPolicy(request, response, err)
		},
		HttpClient: &http.Client{
			Transport: &boundTransport{base: c.transport, ctx: ctx},
			// The Vault client follows one redirect itself, from a standby node to the active one.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
	if err != nil {
		// The error may hold the values of variables, and a proxy's address may hold a password.
		return nil, fmt.Errorf("vault: the Vault client does not start with these environment variables, which voile makes no use of: unset or mend %s", vaultVariables())
	}
	// NewClient took these from VAULT_TOKEN, VAULT_NAMESPACE and VAULT_HEADERS; requests would take theirs from VAULT_WRAP_TTL.
	client.SetHeaders(http.Header{api.RequestHeaderName: {"true"}})
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	client.SetToken(token)
	if c.options.Namespace != "" {
		client.SetNamespace(c.options.Namespace)
	}
	return client, nil
}

// vaultVariables names the VAULT_* variables that are set.
func vaultVariables() string {
	var names []string
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "VAULT_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func newTransport(t TLS, timeout time.Duration) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		text, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("vault.tls.ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, errors.New("vault.tls.ca: the file holds no PEM certificate")
		}
	}
	if t.Cert != "" {
		// The files are read at each handshake: certificates of clients are short-lived and replaced in place.
		load := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
			return &pair, err
		}
		if _, err := load(nil); err != nil {
			return nil, fmt.Errorf("vault.tls.cert, vault.tls.key: %w", err)
		}
		config.GetClientCertificate = load
	}
	// HTTP/1.1 alone, which a custom TLSClientConfig means: over HTTP/2 a handshake that the server refuses is now and then reported
	// as a connection that could not be established, without the reason.
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSClientConfig:       config,
		TLSHandshakeTimeout:   timeout,
		ResponseHeaderTimeout: timeout,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          10,
	}, nil
}
