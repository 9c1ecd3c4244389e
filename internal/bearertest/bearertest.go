// Package bearertest is an issuer of bearer tokens for tests: JSON Web Tokens that a real Kafka broker verifies (RS256, by a
// key set in a file), and a token endpoint over https that gives them for client credentials.
//
// Before: nothing is needed. During: the endpoint answers on the loopback interface under an authority of its own. After:
// it is closed with the test.
//
// The package is for tests only and MUST NOT be imported by anything that is shipped.
package bearertest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"voile/internal/kafkatest"
)

// What the endpoint and the listener go by.
const (
	Audience     = "kafka-brokers"
	ClientID     = "voile-client"
	ClientSecret = "planted-client-secret-4411"
	Subject      = "planted-subject" // a user's name is no secret
	issuer       = "https://issuer.example"
	keyID        = "test-key"
)

// An Issuer makes tokens. The zero values of its fields are a well-behaved one's.
type Issuer struct {
	URL string // of the token endpoint
	CA  string // the file of the authority of its certificate

	key    *rsa.PrivateKey
	jwks   string
	server *httptest.Server

	mu    sync.Mutex
	life  time.Duration
	asked int
	other http.HandlerFunc
}

// New starts an issuer.
func New(t testing.TB) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{key: key, life: time.Hour}
	text := base64.RawURLEncoding.EncodeToString
	keys, err := json.Marshal(map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "kid": keyID, "use": "sig", "alg": "RS256", "n": text(key.N.Bytes()), "e": "AQAB"}}})
	if err != nil {
		t.Fatal(err)
	}
	i.server = httptest.NewTLSServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.server.Close)
	i.URL = i.server.URL + "/token"
	dir := t.TempDir()
	i.jwks, i.CA = filepath.Join(dir, "jwks.json"), filepath.Join(dir, "issuer-ca.pem")
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.server.Certificate().Raw})
	for file, data := range map[string][]byte{i.jwks: keys, i.CA: authority} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return i
}

// Listener adds a listener that takes this issuer's tokens; the keys of config are added to its settings.
func (i *Issuer) Listener(name, protocol string, config map[string]string) []kafkatest.Option {
	url := "file://" + i.jwks
	all := map[string]string{
		"sasl.enabled.mechanisms":                        "OAUTHBEARER",
		"oauthbearer.sasl.jaas.config":                   "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;",
		"oauthbearer.sasl.server.callback.handler.class": "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler",
		// By default, Apache Kafka 4.1.1 looks at no signature.
		"sasl.oauthbearer.jwt.validator.class": "org.apache.kafka.common.security.oauthbearer.BrokerJwtValidator",
		"sasl.oauthbearer.jwks.endpoint.url":   url,
		"sasl.oauthbearer.expected.audience":   Audience,
		"sasl.oauthbearer.expected.issuer":     issuer,
		"sasl.oauthbearer.clock.skew.seconds":  "0",
	}
	maps.Copy(all, config)
	return []kafkatest.Option{
		kafkatest.Listener(name, protocol, all),
		kafkatest.SystemProperty("org.apache.kafka.sasl.oauthbearer.allowed.urls", url),
		kafkatest.SystemProperty("org.apache.kafka.sasl.oauthbearer.allowed.files", i.jwks),
	}
}

// Token makes a token that lives for so long from now on; claims are added to the usual ones, or replace them.
func (i *Issuer) Token(life time.Duration, claims map[string]any) string {
	now := time.Now()
	all := map[string]any{"iss": issuer, "aud": Audience, "sub": Subject, "iat": now.Add(-time.Minute).Unix(),
		"exp": float64(now.Add(life).UnixMilli()) / 1000}
	maps.Copy(all, claims)
	text := base64.RawURLEncoding.EncodeToString
	payload, err := json.Marshal(all)
	if err != nil {
		panic(err) // of the test's own making
	}
	signed := text([]byte(`{"alg":"RS256","typ":"JWT","kid":"`+keyID+`"}`)) + "." + text(payload)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + text(signature)
}

// SetLife has the endpoint give tokens that live for so long.
func (i *Issuer) SetLife(life time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.life = life
}

// Answer has the endpoint answer in another way; nil: as it does by itself.
func (i *Issuer) Answer(other http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.other = other
}

// Asked is how often the endpoint was asked for a token.
func (i *Issuer) Asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.asked++
	other, life := i.other, i.life
	i.mu.Unlock()
	if other != nil {
		other(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	id, secret, _ := r.BasicAuth()
	if r.PostFormValue("grant_type") != "client_credentials" || id != ClientID || secret != ClientSecret {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"error":"invalid_client","error_description":"planted: %s"}`, secret)
		return
	}
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":%d}`, i.Token(life, nil), int(life.Seconds()))
}
