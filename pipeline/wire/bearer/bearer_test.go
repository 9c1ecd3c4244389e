package bearer_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"voile/internal/bearertest"
	"voile/pipeline/wire/bearer"
)

func secret(s string) func() (string, error) { return func() (string, error) { return s, nil } }

// trusting trusts the authority in a file.
func trusting(t *testing.T, file string) func() (*tls.Config, error) {
	t.Helper()
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return func() (*tls.Config, error) { return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}, nil }
}

func endpoint(t *testing.T, issuer *bearertest.Issuer, change func(*bearer.ClientCredentials)) *bearer.Endpoint {
	t.Helper()
	c := bearer.ClientCredentials{TokenURL: issuer.URL, ClientID: bearertest.ClientID, Secret: secret(bearertest.ClientSecret),
		Scope: "kafka.read kafka.write", TLS: trusting(t, issuer.CA)}
	if change != nil {
		change(&c)
	}
	e, err := bearer.NewEndpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func get(t *testing.T, e *bearer.Endpoint) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	return e.Token(ctx)
}

func must(t *testing.T, e *bearer.Endpoint) string {
	t.Helper()
	token, err := get(t, e)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// clean demands that a text holds nothing of a secret or a server's words.
func clean(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "planted") || strings.Contains(text, "eyJ") {
		t.Errorf("it shows what nobody may see: %s", text)
	}
}

func TestEndpointFailures(t *testing.T) {
	t.Parallel()
	issuer := bearertest.New(t)
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", "https://planted.example/")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	const text, asJSON = "text/html", "application/json"
	for _, tc := range []struct {
		name   string
		change func(*bearer.ClientCredentials)
		answer http.HandlerFunc
		want   string
		passes bool
	}{
		{name: "a wrong secret", change: func(c *bearer.ClientCredentials) { c.Secret = secret("planted-wrong") }, want: "refuses the client (invalid_client)|client_secret"},
		{name: "no secret", change: func(c *bearer.ClientCredentials) {
			c.Secret = func() (string, error) { return "", errors.New("secret: file nowhere is empty") }
		}, want: "file nowhere is empty"},
		{name: "no authority", change: func(c *bearer.ClientCredentials) { c.TLS = nil }, want: "not trusted|client_credentials.tls.ca"},
		{name: "nobody there", change: func(c *bearer.ClientCredentials) { c.TokenURL = "https://127.0.0.1:1/token" }, want: "cannot be reached|token_url", passes: true},
		{name: "a wrong scheme", change: func(c *bearer.ClientCredentials) { c.TokenURL = strings.Replace(c.TokenURL, "https", "http", 1) }, want: "token_url"},
		{name: "unknown scope", answer: answer(400, asJSON, `{"error":"invalid_scope","error_description":"planted"}`), want: "invalid_scope|correct sasl.client_credentials.scope"},
		{name: "another grant", answer: answer(400, asJSON, `{"error":"unsupported_grant_type"}`), want: "unsupported_grant_type|takes client credentials"},
		{name: "an error of its own", answer: answer(400, asJSON, `{"error":"planted\u001b[31m"}`), want: "status 400"},
		{name: "not found", answer: answer(404, text, "planted"), want: "status 404|token_url is a token endpoint"},
		{name: "in trouble", answer: answer(503, text, "planted"), want: "in trouble (status 503)", passes: true},
		{name: "too many", answer: answer(429, asJSON, `{}`), want: "in trouble (status 429)", passes: true},
		{name: "a redirect", answer: answer(307, text, ""), want: "redirects|a secret is not sent on|token_url"},
		{name: "a page", answer: answer(200, text, "<html>planted</html>"), want: "token_url"},
		{name: "no token", answer: answer(200, asJSON, `{"token_type":"Bearer"}`), want: "token_url"},
		{name: "no bearer token", answer: answer(200, asJSON, `{"access_token":"planted","token_type":"mac"}`), want: "no bearer token"},
		{name: "an answer without end", answer: answer(200, asJSON, `{"access_token":"`+strings.Repeat("planted", 1<<20)), want: "token_url"},
		{name: "a header without end", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Planted", strings.Repeat("planted", 1<<18))
		}, want: "token_url"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			issuer.Answer(tc.answer)
			defer issuer.Answer(nil)
			_, err := get(t, endpoint(t, issuer, tc.change))
			var own *bearer.Error
			if !errors.As(err, &own) {
				t.Fatalf("error %v, want one of this package", err)
			}
			for _, part := range strings.Split(tc.want, "|") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the message %q lacks %q", err, part)
				}
			}
			if own.Passes() != tc.passes {
				t.Errorf("passes: %t, want %t", own.Passes(), tc.passes)
			}
			clean(t, err.Error())
		})
	}
}

// TestOneRequestForAll: who asks at the same time, or later in four fifths of a token's life, gets the same token.
func TestOneRequestForAll(t *testing.T) {
	t.Parallel()
	issuer := bearertest.New(t)
	issuer.SetLife(5 * time.Second)
	e := endpoint(t, issuer, nil)
	var wg sync.WaitGroup
	tokens := make([]string, 20)
	for i := range tokens {
		wg.Go(func() { tokens[i], _ = get(t, e) })
	}
	wg.Wait()
	for _, token := range tokens {
		if token == "" || token != tokens[0] {
			t.Fatal("not all got the same token")
		}
	}
	if n := issuer.Asked(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	time.Sleep(4100 * time.Millisecond)
	if must(t, e) == tokens[0] || issuer.Asked() != 2 {
		t.Error("the token was not renewed before its end")
	}
}

// TestOldTokenServesWhileTheEndpointIsAway, and no longer than it lives.
func TestOldTokenServesWhileTheEndpointIsAway(t *testing.T) {
	t.Parallel()
	issuer := bearertest.New(t)
	issuer.SetLife(5 * time.Second)
	e := endpoint(t, issuer, nil)
	first := must(t, e)
	issuer.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	time.Sleep(2800 * time.Millisecond) // it is to be renewed after 2.5 s, and is shown until 4.5 s
	for range 3 {
		if got := must(t, e); got != first {
			t.Fatal("another token")
		}
	}
	if n := issuer.Asked(); n != 2 {
		t.Errorf("asked %d times, want twice: at most once a second", n)
	}
	time.Sleep(2 * time.Second)
	if _, err := get(t, e); err == nil {
		t.Error("an expired token is given")
	}
	issuer.Answer(nil)
	time.Sleep(1100 * time.Millisecond)
	if must(t, e) == first {
		t.Error("the expired token again")
	}
}

// TestHangingEndpoint holds nobody longer than his context, and what it answers in the end is used.
func TestHangingEndpoint(t *testing.T) {
	t.Parallel()
	issuer := bearertest.New(t)
	hold := make(chan struct{})
	issuer.Answer(func(w http.ResponseWriter, _ *http.Request) {
		<-hold
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"late"}`))
	})
	e := endpoint(t, issuer, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := e.Token(ctx)
	if err == nil || !strings.Contains(err.Error(), "has not answered yet") || time.Since(began) > time.Second {
		t.Errorf("error %v after %s", err, time.Since(began))
	}
	close(hold)
	if got := must(t, e); got != "late" {
		t.Errorf("token %q, want the late one", got)
	}
	if n := issuer.Asked(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

// TestRefused: a token that the brokers refuse is given up, but not more than once a second.
func TestRefused(t *testing.T) {
	t.Parallel()
	issuer := bearertest.New(t)
	e := endpoint(t, issuer, nil)
	first := must(t, e)
	e.Refused(first)
	if must(t, e) != first {
		t.Error("another token at once")
	}
	time.Sleep(1100 * time.Millisecond)
	e.Refused("another one")
	if must(t, e) != first {
		t.Error("the refusal of another token took this one away")
	}
	e.Refused(first)
	if must(t, e) == first {
		t.Error("the refused token again")
	}
}

// TestSecretInTheForm is for servers that take no Basic authentication: asked in the standard's way first, then in theirs.
func TestSecretInTheForm(t *testing.T) {
	t.Parallel()
	issuer := bearertest.New(t)
	issuer.Answer(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.PostFormValue("client_secret") != bearertest.ClientSecret || r.PostFormValue("scope") != "kafka.read kafka.write" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"formal","expires_in":1}`))
	})
	e := endpoint(t, issuer, nil)
	for range 2 {
		if got := must(t, e); got != "formal" {
			t.Errorf("token %q", got)
		}
		time.Sleep(1100 * time.Millisecond)
	}
	if n := issuer.Asked(); n != 3 {
		t.Errorf("asked %d times, want three: the way that works is remembered", n)
	}
}

// TestSecretIsNotSentOn: a redirect is not followed, not even to the same server.
func TestSecretIsNotSentOn(t *testing.T) {
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer thief.Close()
	issuer := bearertest.New(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		issuer.Answer(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief.URL, status) })
		if _, err := get(t, endpoint(t, issuer, nil)); err == nil {
			t.Errorf("%d: no error", status)
		}
	}
}

func TestAddresses(t *testing.T) {
	for url, ok := range map[string]bool{
		"https://login.example/token": true, "http://127.0.0.1:8080/token": true, "http://[::1]/": true, "http://localhost/": true,
		"http://login.example/token": false, "http://localhost.example/": false, "https://u:p@login.example/": false, "login.example": false, "https://": false, "ftp://localhost/": false,
	} {
		if _, err := bearer.NewEndpoint(bearer.ClientCredentials{TokenURL: url}); (err == nil) != ok {
			t.Errorf("%s: error %v", url, err)
		}
	}
}

func TestText(t *testing.T) {
	issuer := bearertest.New(t)
	for _, tc := range []struct {
		name, text string
		err        error
		want       string
		passes     bool
	}{
		{name: "good", text: issuer.Token(time.Minute, nil)},
		{name: "opaque", text: "planted-opaque"},
		{name: "without an end", text: issuer.Token(0, map[string]any{"exp": "never"})},
		{name: "just expired, by this clock", text: issuer.Token(-30*time.Second, nil)},
		{name: "expired", text: issuer.Token(-2*time.Minute, nil), want: "has expired at 20", passes: true},
		{name: "no file", err: errors.New("secret: open nowhere: no such file"), want: "no such file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := bearer.Text{Read: func() (string, error) { return tc.text, tc.err }}.Token(t.Context())
			if tc.want == "" {
				if err != nil || got != tc.text {
					t.Errorf("token %q, error %v", got, err)
				}
				return
			}
			var own *bearer.Error
			if !errors.As(err, &own) || !strings.Contains(err.Error(), tc.want) || own.Passes() != tc.passes {
				t.Fatalf("error %v", err)
			}
			clean(t, err.Error())
		})
	}
}
