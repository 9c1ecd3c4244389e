package vault

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"voile/crypto"
	"voile/internal/vaulttest"
)

func TestCheckRights(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	domains := []crypto.Params{params(t, "customer-email", crypto.Tokenize, "email", ""), params(t, "customer-id", crypto.Hash, "text", "")}
	least := func(role Role) string { return hcl(Options{}.Policy(role, domains)) }
	for _, test := range []struct {
		name, policy string
		role         Role
		missing      []string // lines of a policy
		excess       []string // path: capabilities
	}{
		{"proxy", least(RoleProxy), RoleProxy, nil, nil},
		{"key-admin", least(RoleKeyAdmin), RoleKeyAdmin, nil, nil},
		{"reveal", least(RoleReveal), RoleReveal, nil, nil},
		{"token", least(RoleToken), RoleToken, nil, nil},
		{"quarantine", least(RoleQuarantine), RoleQuarantine, nil, nil},
		{"nothing", `path "secret/data/else" { capabilities = ["read"] }`, RoleProxy, []string{
			`path "secret/data/voile/keysets/customer-email" { capabilities = ["read"] }`,
			`path "secret/data/voile/keysets/customer-id" { capabilities = ["read"] }`,
			`path "secret/data/voile/quarantine/public" { capabilities = ["read"] }`,
			`path "transit/decrypt/voile" { capabilities = ["update"] }`,
		}, nil},
		{"half of a line", strings.ReplaceAll(least(RoleKeyAdmin), `["create", "read"]`, `["read"]`), RoleKeyAdmin, []string{
			`path "secret/data/voile/keysets/customer-email" { capabilities = ["create"] }`,
			`path "secret/data/voile/keysets/customer-id" { capabilities = ["create"] }`,
			`path "secret/data/voile/quarantine/public" { capabilities = ["create"] }`,
			`path "secret/data/voile/quarantine/private" { capabilities = ["create"] }`,
		}, nil},
		{"a domain denied", least(RoleProxy) + `path "secret/data/voile/keysets/customer-id" { capabilities = ["deny"] }`, RoleProxy, []string{
			`path "secret/data/voile/keysets/customer-id" { capabilities = ["read"] }`,
		}, nil},
		{"a wildcard of documents", `path "secret/data/voile/*" { capabilities = ["read"] }
			path "transit/decrypt/voile" { capabilities = ["update"] }`, RoleProxy, nil, []string{
			"secret/data/voile/quarantine/private: read", "secret/data/voile/keysets/none-of-this-configuration: read",
		}},
		{"everything of Transit", least(RoleProxy) + `path "transit/*" { capabilities = ["create", "read", "update", "delete"] }`, RoleProxy, nil, []string{
			"transit/encrypt/voile: create update", "transit/keys/voile: create update delete",
			"transit/keys/voile/config: create update", "transit/keys/voile/rotate: create update", "transit/keys/voile/trim: create update",
			"transit/export/encryption-key/voile: read", "transit/backup/voile: read", "transit/restore/voile: create update",
			"transit/encrypt/voile-quarantine: create update", "transit/keys/voile-quarantine: create update delete",
			"transit/keys/voile-quarantine/config: create update", "transit/keys/voile-quarantine/rotate: create update", "transit/keys/voile-quarantine/trim: create update",
			"transit/export/encryption-key/voile-quarantine: read", "transit/backup/voile-quarantine: read", "transit/restore/voile-quarantine: create update",
			// What the least policy has by its own line is that line's alone: Vault takes the most specific path.
			"transit/decrypt/voile-quarantine: update",
		}},
		{"writes documents", least(RoleProxy) + `
			path "secret/+/voile/keysets/customer-id" { capabilities = ["read", "update", "delete"] }
			path "secret/metadata/voile/quarantine/+" { capabilities = ["delete"] }`, RoleProxy, nil, []string{
			"secret/metadata/voile/keysets/customer-id: update delete", "secret/delete/voile/keysets/customer-id: update", "secret/destroy/voile/keysets/customer-id: update",
			"secret/metadata/voile/quarantine/public: delete", "secret/metadata/voile/quarantine/private: delete",
		}},
		{"administers Vault", least(RoleProxy) + `path "sys/*" { capabilities = ["create", "read", "update", "delete", "sudo"] }
			path "auth/token/create" { capabilities = ["update"] }`, RoleProxy, nil, []string{
			"sys/policies/acl/voile-proxy: create update delete", "sys/policy/voile-proxy: create update delete",
			"sys/mounts/transit: create update delete", "sys/mounts/secret: create update delete", "auth/token/create: update",
		}},
		{"a proxy for a key administrator", least(RoleProxy), RoleKeyAdmin, []string{
			`path "transit/keys/voile" { capabilities = ["read", "update"] }`, `path "transit/keys/voile-quarantine" { capabilities = ["read", "update"] }`,
			`path "transit/encrypt/voile" { capabilities = ["update"] }`, `path "transit/encrypt/voile-quarantine" { capabilities = ["update"] }`,
			`path "secret/data/voile/keysets/customer-email" { capabilities = ["create"] }`, `path "secret/data/voile/keysets/customer-id" { capabilities = ["create"] }`,
			`path "secret/data/voile/quarantine/public" { capabilities = ["create"] }`, `path "secret/data/voile/quarantine/private" { capabilities = ["create", "read"] }`,
		}, []string{"transit/decrypt/voile: update"}},
		{"reveal for token", least(RoleReveal), RoleToken, []string{
			`path "secret/data/voile/keysets/customer-id" { capabilities = ["read"] }`,
		}, []string{"secret/data/voile/keysets/customer-email: read"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := withPolicy(t, s, strings.ReplaceAll("rights of "+test.name, " ", "-"), test.policy)
			got, err := c.CheckRights(t.Context(), test.role, domains)
			if err != nil {
				t.Fatal(err)
			}
			missing, excess := []string{}, []string{}
			for _, g := range got.Missing {
				missing = append(missing, g.String())
			}
			for _, e := range got.Excess {
				if e.Harm == "" {
					t.Errorf("%s: no harm is named", e.Path)
				}
				excess = append(excess, e.Path+": "+strings.Join(e.Capabilities, " "))
			}
			if !slices.Equal(missing, test.missing) || got.Enough() != (len(test.missing) == 0) {
				t.Errorf("missing:\n%s\nwant\n%s", strings.Join(missing, "\n"), strings.Join(test.missing, "\n"))
			}
			if !slices.Equal(excess, test.excess) || got.TooMuch() != (len(test.excess) > 0) {
				t.Errorf("excess:\n%s\nwant\n%s", strings.Join(excess, "\n"), strings.Join(test.excess, "\n"))
			}
		})
	}
	t.Run("root", func(t *testing.T) {
		got, err := mustOpen(t, withToken(t, s, s.RootToken)).CheckRights(t.Context(), RoleProxy, domains)
		if err != nil || !got.Root || !got.Enough() || !got.TooMuch() {
			t.Errorf("CheckRights = %+v, %v, want Root", got, err)
		}
	})
	t.Run("more domains than one request holds", func(t *testing.T) {
		var many []crypto.Params
		for i := range 300 {
			many = append(many, params(t, fmt.Sprintf("domain-%d", i), crypto.Hash, "text", ""))
		}
		got, err := inRole(t, s, RoleProxy, many).CheckRights(t.Context(), RoleProxy, many)
		if err != nil || !got.Enough() || got.TooMuch() {
			t.Errorf("CheckRights = %+v, %v, want exactly enough", got, err)
		}
	})
	t.Run("may not ask", func(t *testing.T) {
		s.WritePolicy(t, "silent", `path "auth/token/lookup-self" { capabilities = ["read"] }`)
		c := mustOpen(t, withToken(t, s, s.Token(t, "silent", time.Hour, map[string]any{"no_default_policy": true})))
		_, err := c.CheckRights(t.Context(), RoleProxy, domains)
		if !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), `path "sys/capabilities-self" { capabilities = ["update"] }`) {
			t.Errorf("CheckRights: %v, want ErrForbidden and the line that is missing", err)
		}
	})
	t.Run("namespace", func(t *testing.T) {
		team := s.Namespace(t, "team")
		team.EnableKV(t, "secret")
		team.Do(t, http.MethodPut, "sys/mounts/transit", map[string]any{"type": "transit"})
		team.WritePolicy(t, "proxy", least(RoleProxy))
		o := withToken(t, s, team.Token(t, "proxy", time.Hour, nil))
		o.Namespace = "team"
		got, err := mustOpen(t, o).CheckRights(t.Context(), RoleProxy, domains)
		if err != nil || !got.Enough() || got.TooMuch() {
			t.Errorf("CheckRights = %+v, %v, want exactly enough", got, err)
		}
	})
}
