package vault

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"voile/internal/vaulttest"
)

func TestRenewal(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.WritePolicy(t, "reader", reader)
	s.EnableAuth(t, "approle", "approle")

	t.Run("renewed", func(t *testing.T) {
		t.Parallel()
		var heard states
		o := withToken(t, s, s.Token(t, "reader", 2*time.Second, nil))
		o.OnChange = heard.add
		c := mustOpen(t, o)
		first := c.currentToken()
		time.Sleep(4 * time.Second) // twice its life
		works(t, c)
		state := c.State()
		if !state.Healthy || state.Renewals < 2 || state.Logins != 1 || c.currentToken() != first {
			t.Errorf("%+v, want the first login, renewed", state)
		}
		if left := time.Until(state.TokenExpiry); left <= 0 || left > 2*time.Second {
			t.Errorf("the Vault token ends in %v, want up to 2 s", left)
		}
		if heard.health() != "" {
			t.Errorf("heard %q, want nothing", heard.health())
		}
	})
	t.Run("maximum reached", func(t *testing.T) {
		t.Parallel()
		var heard states
		roleID, secretID := s.AppRole(t, "approle", "short", "reader", map[string]any{"token_ttl": "2s", "token_max_ttl": "3s"})
		c := mustOpen(t, Options{Address: s.Address, Auth: Auth{AppRole: &AppRoleAuth{RoleID: roleID, SecretID: given(secretID)}}, OnChange: heard.add})
		first := c.currentToken()
		eventually(t, "three logins", func() bool { return c.State().Logins >= 3 })
		works(t, c)
		if life := c.State().TokenLifetime; life <= 0 || life > 2*time.Second {
			t.Errorf("the Vault token's lifetime is %v, want up to 2 s", life)
		}
		if c.currentToken() == first || !c.State().Healthy || heard.health() != "" {
			t.Errorf("%+v, heard %q, want a new Vault token and no change", c.State(), heard.health())
		}
	})
	t.Run("cannot be renewed", func(t *testing.T) {
		t.Parallel()
		roleID, secretID := s.AppRole(t, "approle", "batch", "reader", map[string]any{"token_ttl": "2s", "token_type": "batch"})
		c := mustOpen(t, Options{Address: s.Address, Auth: Auth{AppRole: &AppRoleAuth{RoleID: roleID, SecretID: given(secretID)}}})
		eventually(t, "two logins", func() bool { return c.State().Logins >= 2 })
		works(t, c)
	})
	t.Run("policy without lookup", func(t *testing.T) {
		t.Parallel()
		roleID, secretID := s.AppRole(t, "approle", "bare", "reader", map[string]any{"token_ttl": "1h", "token_no_default_policy": true})
		c := mustOpen(t, Options{Address: s.Address, Auth: Auth{AppRole: &AppRoleAuth{RoleID: roleID, SecretID: given(secretID)}}, ProbeInterval: 20 * time.Millisecond})
		time.Sleep(500 * time.Millisecond)
		works(t, c)
		if state := c.State(); !state.Healthy || state.Logins != 1 {
			t.Errorf("%+v, want one login, healthy", state)
		}
	})
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.WritePolicy(t, "reader", reader)
	s.EnableAuth(t, "approle", "approle")
	roleID, secretID := s.AppRole(t, "approle", "proxy", "reader", map[string]any{"token_ttl": "1h"})
	c := mustOpen(t, Options{Address: s.Address, Auth: Auth{AppRole: &AppRoleAuth{RoleID: roleID, SecretID: given(secretID)}}, ProbeInterval: 50 * time.Millisecond})
	s.Do(t, http.MethodPost, "auth/token/revoke", map[string]any{"token": c.currentToken()})
	eventually(t, "a fresh login", func() bool { return c.State().Logins == 2 })
	works(t, c)

	var heard states
	o, file := withTokenFile(t, s, s.Token(t, "reader", time.Hour, nil))
	o.OnChange = heard.add
	static := mustOpen(t, o)
	s.Do(t, http.MethodPost, "auth/token/revoke", map[string]any{"token": static.currentToken()})
	eventually(t, "degraded", func() bool { return heard.health() == "d" })
	if reason := static.State().Reason; !strings.Contains(reason, "wrong, expired or revoked") || strings.Contains(reason, static.currentToken()) {
		t.Errorf("the reason: %q", reason)
	}
	// An operator puts a new Vault token into the file.
	if err := os.WriteFile(file, []byte(s.Token(t, "reader", time.Hour, nil)), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "healthy again", func() bool { return heard.health() == "dh" })
	works(t, static)
}

// The Vault token of a file that is near its end, and not replaced, must make neither a fast loop nor an early alarm.
func TestStaticTokenEnds(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.WritePolicy(t, "reader", reader)
	var heard states
	o := withToken(t, s, s.Token(t, "reader", 2*time.Second, map[string]any{"explicit_max_ttl": "3s"}))
	o.OnChange = heard.add
	began := time.Now()
	c := mustOpen(t, o)
	eventually(t, "degraded", func() bool { return heard.health() == "d" })
	if lived := time.Since(began); lived < 2*time.Second {
		t.Errorf("degraded after %v, want not before the Vault token ended", lived)
	}
	if n := c.State().Logins; n > 40 {
		t.Errorf("%d logins in 3 s, want few", n)
	}
}

func TestLostAndFound(t *testing.T) {
	t.Parallel()
	s := vaulttest.StartPersistent(t)
	s.WritePolicy(t, "reader", reader)
	s.EnableAuth(t, "approle", "approle")
	roleID, secretID := s.AppRole(t, "approle", "proxy", "reader", map[string]any{"token_ttl": "2s"})
	for name, fault := range map[string]struct{ lose, find func(testing.TB) }{
		"stopped": {s.Stop, s.Restart},
		"sealed":  {s.Seal, s.Unseal},
		"halted":  {s.Pause, s.Resume},
	} {
		t.Run(name, func(t *testing.T) {
			var clients [2]*Client
			var heard [2]states
			for i, auth := range []Auth{
				{AppRole: &AppRoleAuth{RoleID: roleID, SecretID: given(secretID)}},
				withToken(t, s, s.RootToken).Auth,
			} {
				clients[i] = mustOpen(t, Options{Address: s.Address, Auth: auth, ProbeInterval: 50 * time.Millisecond, Timeout: 500 * time.Millisecond, OnChange: heard[i].add})
			}
			before := time.Now()
			fault.lose(t)
			for _, c := range clients {
				eventually(t, "degraded", func() bool { return !c.State().Healthy })
				if degraded := c.State(); degraded.Since.Before(before) || degraded.Reason == "" {
					t.Errorf("%+v, want a reason, and a time after %v", degraded, before)
				}
			}
			time.Sleep(3 * time.Second) // the role's Vault token ends meanwhile
			fault.find(t)
			for i, c := range clients {
				eventually(t, "healthy", func() bool { return c.State().Healthy })
				works(t, c)
				// A Raft server that comes back may be active, standby and active again; each is a change that was there.
				if got := heard[i].health(); got != strings.Repeat("dh", max(1, len(got)/2)) || len(got) > 6 {
					t.Errorf("client %d heard %q, want dh, at most three times", i, got)
				}
				if text := heard[i].text(); strings.Contains(text, secretID) || strings.Contains(text, s.RootToken) {
					t.Error("a state holds a secret")
				}
			}
		})
	}
}

func TestClose(t *testing.T) {
	s := vaulttest.Start(t)
	c := mustOpen(t, withToken(t, s, s.Token(t, "default", time.Hour, nil)))
	s.Pause(t)
	time.Sleep(200 * time.Millisecond) // a probe hangs now
	result := make(chan error)
	go func() {
		_, err := c.readDocument(t.Context(), "voile/keysets/none")
		result <- err
	}()
	time.Sleep(50 * time.Millisecond)
	began := time.Now()
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("Close took %v beside a Vault that does not answer", took)
	}
	if err := <-result; !errors.Is(err, ErrUnreachable) {
		t.Errorf("a request in flight: %v, want ErrUnreachable", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
	if !c.State().Healthy {
		t.Errorf("%+v: Close is no loss of Vault", c.State())
	}
}

func TestPace(t *testing.T) {
	p := pace{min: time.Second, max: time.Minute}
	for n, most := range map[int]time.Duration{0: time.Second, 1: 2 * time.Second, 5: 32 * time.Second, 6: time.Minute, 1000: time.Minute} {
		different := map[time.Duration]bool{}
		for range 100 {
			d := p.wait(n)
			different[d] = true
			if d < most/2 || d > most {
				t.Fatalf("wait(%d) = %v, want %v to %v", n, d, most/2, most)
			}
		}
		if len(different) < 50 {
			t.Errorf("wait(%d) has %d different values in 100, want jitter", n, len(different))
		}
	}
}
