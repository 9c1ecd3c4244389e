package vault

import (
	"testing"
	"time"

	"voile/internal/vaulttest"
)

// A Vault token that was given is held against the lifetime that it was made with, also where a proxy takes it up late:
// a tenth of three seconds would be no warning.
func TestLifetimeOfAGivenToken(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.WritePolicy(t, "reader", reader)
	token := s.Token(t, "reader", 20*time.Second, map[string]any{"renewable": false})
	time.Sleep(3 * time.Second)
	state := mustOpen(t, withToken(t, s, token)).State()
	if left := time.Until(state.TokenExpiry); left > 18*time.Second || state.TokenLifetime != 20*time.Second {
		t.Errorf("%v are left of %v, want at most 18 s of 20 s", left, state.TokenLifetime)
	}
}
