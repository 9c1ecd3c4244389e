package vault

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"voile/internal/vaulttest"
)

// withToken are options for a server, with a Vault token in a file as an operator puts it there.
func withToken(t testing.TB, s *vaulttest.Server, token string) Options {
	t.Helper()
	o, _ := withTokenFile(t, s, token)
	return o
}

// withTokenFile is withToken for a test that replaces what is in the file.
func withTokenFile(t testing.TB, s *vaulttest.Server, token string) (_ Options, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "vault-token")
	if err := os.WriteFile(file, []byte("  "+token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Options{
		Address:       s.Address,
		Auth:          Auth{Token: File(file)},
		ProbeInterval: 50 * time.Millisecond,
		Timeout:       5 * time.Second,
	}, file
}

// given is a credential that a test has at hand.
func given(text string) Credential { return func() (string, error) { return text, nil } }

// quick makes failures follow each other faster than in production.
var quick = pace{min: 50 * time.Millisecond, max: 200 * time.Millisecond}

func mustOpen(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := open(context.Background(), o, quick)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return c
}

// eventually waits until holds is true, 15 s at most.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for range 1500 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("not within 15 s: %s", what)
}

// states records what OnChange hears.
type states struct {
	mu   sync.Mutex
	seen []State
}

func (s *states) add(now State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, now)
}

// health spells the changes: h for healthy, d for degraded.
func (s *states) health() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, one := range s.seen {
		if one.Healthy {
			b.WriteByte('h')
		} else {
			b.WriteByte('d')
		}
	}
	return b.String()
}

// text is all that the states say, for tests that look for secrets.
func (s *states) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, one := range s.seen {
		b.WriteString(one.Reason + "\n")
	}
	return b.String()
}

// makeKey makes a Transit key as an administrator does by hand.
func makeKey(t testing.TB, s *vaulttest.Server, path string, parameters map[string]any) {
	t.Helper()
	if parameters == nil {
		parameters = map[string]any{}
	}
	s.Do(t, http.MethodPut, path, parameters)
}
