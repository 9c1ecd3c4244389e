package vault

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"voile/internal/vaulttest"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	root := mustOpen(t, withToken(t, s, s.RootToken))
	w := wantedByAll(t)
	some := Wanted{Domains: w.Domains[:2]}
	administrator := inRole(t, s, RoleKeyAdmin, w.Domains)

	plan := func(c *Client, want string, permitted bool) {
		t.Helper()
		before := everything(t, root)
		steps, err := c.Plan(t.Context(), w)
		if got := outcomes(steps); got != want {
			t.Errorf("Plan: %s\nwant %s", got, want)
		}
		if (err == nil) != permitted || err != nil && !errors.Is(err, ErrForbidden) {
			t.Errorf("Plan: %v, want permitted %v", err, permitted)
		}
		if after := everything(t, root); after != before {
			t.Errorf("Plan changed Vault: before\n%s\nafter\n%s", before, after)
		}
	}
	would := func(n int) string { return strings.TrimSuffix(strings.Repeat("would be created, ", n), ", ") }
	plan(administrator, would(8), true)
	plan(root, would(8), true)
	plan(inRole(t, s, RoleProxy, w.Domains), "not permitted, failed, failed, failed, failed, not permitted, not permitted, failed", false)

	if _, err := administrator.Init(t.Context(), some); err != nil {
		t.Fatal(err)
	}
	plan(administrator, "found, found, found, "+would(5), true)
	// Who may not encrypt hears it for each document.
	least := hcl(Options{}.Policy(RoleKeyAdmin, w.Domains))
	lame := strings.ReplaceAll(least, `path "transit/encrypt/voile" { capabilities = ["update"] }`, "")
	plan(withPolicy(t, s, "lame", lame), "found, found, found, not permitted, not permitted, would be created, would be created, not permitted", false)

	steps, err := administrator.Init(t.Context(), w)
	if err != nil || outcomes(steps) != "found, found, found, created, created, created, created, created" {
		t.Errorf("Init after Plan: %s, %v, want what was planned", outcomes(steps), err)
	}
	plan(administrator, strings.Repeat("found, ", 7)+"found", true)

	s.WritePolicy(t, "silent", `path "auth/token/lookup-self" { capabilities = ["read"] }`)
	silent := mustOpen(t, withToken(t, s, s.Token(t, "silent", time.Hour, map[string]any{"no_default_policy": true})))
	if _, err := silent.Plan(t.Context(), w); !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), "sys/capabilities-self") {
		t.Errorf("a Vault token that may not ask for its rights: %v, want ErrForbidden", err)
	}
}

// everything is what the KV engine and the Transit engine hold, with every version and time, as JSON.
func everything(t *testing.T, root *Client) string {
	t.Helper()
	client, err := root.newAPI(t.Context(), root.currentToken())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	read := func(path string) {
		secret, err := client.Logical().ReadWithContext(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = secret.Data
	}
	for _, path := range listed(t.Context(), t, client, "secret/metadata/") {
		read("secret/metadata/" + path)
		read("secret/data/" + path)
	}
	for _, key := range listed(t.Context(), t, client, "transit/keys/") {
		read("transit/keys/" + key)
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// listed lists what lies below a folder, however deep.
func listed(ctx context.Context, t *testing.T, client *api.Client, folder string) (paths []string) {
	t.Helper()
	secret, err := client.Logical().ListWithContext(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	if secret == nil {
		return nil
	}
	names, _ := secret.Data["keys"].([]any)
	for _, one := range names {
		name, _ := one.(string)
		if !strings.HasSuffix(name, "/") {
			paths = append(paths, name)
			continue
		}
		for _, below := range listed(ctx, t, client, folder+name) {
			paths = append(paths, name+below)
		}
	}
	return paths
}
