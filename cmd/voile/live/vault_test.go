package live

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"voile/crypto"
	"voile/crypto/vault"
)

func TestJudgeRights(t *testing.T) {
	lacking := vault.Rights{Missing: []vault.Grant{{Path: "transit/decrypt/voile", Capabilities: []string{"update"}, For: "opens the keysets"}}}
	excess := vault.Rights{Excess: []vault.Excess{{Path: "transit/encrypt/voile", Capabilities: []string{"update"}, Harm: "wraps keysets of one's own"}}}
	for _, c := range []struct {
		name   string
		opened bool
		rights vault.Rights
		err    error
		want   Result
		start  AtStart
		lines  int // of a policy that are missing
	}{
		{"enough", true, vault.Rights{}, nil, OK, "", 0},
		{"lacking, and nothing opened", false, lacking, nil, Failed, Stops, 1},
		{"lacking by Vault's word, and all opened", true, lacking, nil, Warning, "", 0},
		{"too much", true, excess, nil, Warning, "", 0},
		{"root", true, vault.Rights{Root: true}, nil, Warning, "", 0},
		{"not to be asked", true, vault.Rights{}, errors.New("no"), Unseen, "", 0},
	} {
		got := judgeRights(c.opened, c.rights, c.err)
		if len(got) != 1 || got[0].Result != c.want || got[0].AtStart != c.start || len(got[0].Missing) != c.lines {
			t.Errorf("%s: got %+v, want one finding %s, at the start %q, with %d lines", c.name, got, c.want, c.start, c.lines)
		}
	}
}

// What the operator can do about a cipher that is not Tink's is said, since they cannot put right what is said above.
func TestJudgeKeyset(t *testing.T) {
	f := judgeKeyset("keyset customer-id", fmt.Errorf("domain %q: %w", "customer-id", crypto.ErrNotTinks))
	if f.AtStart != Stops || !strings.Contains(f.Do, "start the release that ran before") {
		t.Errorf("%+v", f)
	}
	if f := judgeKeyset("keyset customer-id", errors.New("another")); f.AtStart != Stops || f.Do != "put right what is said above" {
		t.Errorf("%+v", f)
	}
}
