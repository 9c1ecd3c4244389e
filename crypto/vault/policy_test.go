package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"voile/crypto"
	"voile/internal/vaulttest"
)

// Each role can do its work and nothing of another's.
func TestPolicyMatrix(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	root := mustOpen(t, withToken(t, s, s.RootToken))
	email, note, id := params(t, "customer-email", crypto.Tokenize, "email", ""), params(t, "free-text", crypto.Encrypt, "text", ""), params(t, "customer-id", crypto.Hash, "text", "")
	made := []crypto.Params{email, note, id}
	if _, err := root.Init(t.Context(), Wanted{Domains: made, Quarantine: true}); err != nil {
		t.Fatal(err)
	}
	// Without a document yet.
	domains := append(slices.Clone(made), params(t, "new", crypto.Tokenize, "text", ""))

	ciphertext := map[string][]byte{}
	for _, key := range []string{"voile", "voile-quarantine"} {
		ciphertext[key] = mustWrap(t, root, key)
	}
	load := func(p crypto.Params) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { _, err := c.LoadDomain(ctx, p); return err }
	}
	encrypt := func(key string) func(context.Context, *Client) error {
		return withKEK(key, func(k *kek) error { _, err := k.Encrypt([]byte("a keyset"), nil); return err })
	}
	decrypt := func(key string) func(context.Context, *Client) error {
		return withKEK(key, func(k *kek) error { _, err := k.Decrypt(ciphertext[key], nil); return err })
	}
	raw := func(ask func(context.Context, *api.Logical) error) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			client, err := c.newAPI(ctx, c.currentToken())
			if err != nil {
				return err
			}
			if err := ask(ctx, client.Logical()); err != nil {
				return explain(err, "ask", "")
			}
			return nil
		}
	}
	remove := func(path string) func(context.Context, *Client) error {
		return raw(func(ctx context.Context, l *api.Logical) error { _, err := l.DeleteWithContext(ctx, path); return err })
	}
	put := func(path string, body map[string]any) func(context.Context, *Client) error {
		return raw(func(ctx context.Context, l *api.Logical) error {
			_, err := l.WriteWithContext(ctx, path, body)
			return err
		})
	}
	list := func(path string) func(context.Context, *Client) error {
		return raw(func(ctx context.Context, l *api.Logical) error { _, err := l.ListWithContext(ctx, path); return err })
	}
	get := func(path string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { return c.read(ctx, path, nil) }
	}
	overwrite := map[string]any{"data": map[string]any{"planted": true}}

	for _, test := range []struct {
		operation string
		do        func(context.Context, *Client) error
		allowed   []Role
	}{
		{"load the keyset of a tokenize domain", load(email), []Role{RoleProxy, RoleReveal, RoleQuarantine}},
		{"load the keyset of an encrypt domain", load(note), []Role{RoleProxy, RoleReveal, RoleQuarantine}},
		{"load the keyset of a hash domain", load(id), []Role{RoleProxy, RoleToken, RoleQuarantine}},
		{"load the public quarantine keyset", func(ctx context.Context, c *Client) error { _, err := c.LoadSealer(ctx); return err }, []Role{RoleProxy}},
		{"load the private quarantine keyset", func(ctx context.Context, c *Client) error { _, err := c.LoadOpener(ctx); return err }, []Role{RoleQuarantine}},
		{"decrypt under the domains' Transit key", decrypt("voile"), []Role{RoleProxy, RoleReveal, RoleToken, RoleQuarantine}},
		{"decrypt under the quarantine's Transit key", decrypt("voile-quarantine"), []Role{RoleQuarantine}},
		{"encrypt under the domains' Transit key", encrypt("voile"), []Role{RoleKeyAdmin}},
		{"encrypt under the quarantine's Transit key", encrypt("voile-quarantine"), []Role{RoleKeyAdmin}},
		{"read the Transit key", get("transit/keys/voile"), []Role{RoleKeyAdmin}},
		{"make the Transit key", func(ctx context.Context, c *Client) error { return c.createTransitKey(ctx, "voile-quarantine") }, []Role{RoleKeyAdmin}},
		{"make a Transit key of another name", func(ctx context.Context, c *Client) error { return c.createTransitKey(ctx, "other") }, nil},
		{"make the Transit key exportable", put("transit/keys/voile/config", map[string]any{"exportable": true}), nil},
		{"delete the Transit key", remove("transit/keys/voile"), nil},
		{"read the wrapped keyset of a tokenize domain", get("secret/data/voile/keysets/customer-email"), []Role{RoleProxy, RoleKeyAdmin, RoleReveal, RoleQuarantine}},
		{"read the wrapped keyset of a hash domain", get("secret/data/voile/keysets/customer-id"), []Role{RoleProxy, RoleKeyAdmin, RoleToken, RoleQuarantine}},
		{"read the wrapped private quarantine keyset", get("secret/data/voile/quarantine/private"), []Role{RoleKeyAdmin, RoleQuarantine}},
		{"create a document", func(ctx context.Context, c *Client) error {
			_, err := c.createDocument(ctx, "voile/keysets/new", []byte(`{}`))
			return err
		}, []Role{RoleKeyAdmin}},
		{"create the document of a domain of another configuration", func(ctx context.Context, c *Client) error {
			_, err := c.createDocument(ctx, "voile/keysets/other", []byte(`{}`))
			return err
		}, nil},
		{"overwrite a document", put("secret/data/voile/keysets/customer-email", overwrite), nil},
		{"overwrite the public quarantine keyset", put("secret/data/voile/quarantine/public", overwrite), nil},
		{"delete a document", remove("secret/data/voile/keysets/customer-email"), nil},
		{"delete a document for good", remove("secret/metadata/voile/keysets/customer-email"), nil},
		{"destroy a document", put("secret/destroy/voile/keysets/customer-email", map[string]any{"versions": []int{1}}), nil},
		{"list the domains", list("secret/metadata/voile/keysets"), nil},
		{"read policies", get("sys/policies/acl/default"), nil},
	} {
		for _, role := range Roles() {
			t.Run(test.operation+" as "+string(role), func(t *testing.T) {
				err := test.do(t.Context(), inRole(t, s, role, domains))
				if slices.Contains(test.allowed, role) {
					if err != nil {
						t.Errorf("%v, want it allowed", err)
					}
				} else if !errors.Is(err, ErrForbidden) {
					t.Errorf("%v, want ErrForbidden", err)
				}
			})
		}
	}
}

func withKEK(key string, use func(*kek) error) func(context.Context, *Client) error {
	return func(ctx context.Context, c *Client) error {
		k, err := c.kek(ctx, key)
		if err != nil {
			return err
		}
		defer k.end()
		return use(k)
	}
}

// mustWrap encrypts something under a Transit key.
func mustWrap(t *testing.T, c *Client, key string) (ciphertext []byte) {
	t.Helper()
	err := withKEK(key, func(k *kek) (err error) {
		ciphertext, err = k.Encrypt([]byte("something"), nil)
		return err
	})(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return ciphertext
}

// Nothing in a policy is superfluous: without any one capability the role's work fails.
func TestPolicyIsLeast(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	domains := []crypto.Params{params(t, "customer-email", crypto.Tokenize, "email", ""), params(t, "free-text", crypto.Encrypt, "text", ""), params(t, "customer-id", crypto.Hash, "text", "")}
	w := Wanted{Domains: domains, Quarantine: true}
	root := mustOpen(t, withToken(t, s, s.RootToken))
	if _, err := root.Init(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	load := func(ctx context.Context, c *Client, methods ...crypto.Method) (err error) {
		for _, p := range domains {
			if slices.Contains(methods, p.Method) {
				_, loaded := c.LoadDomain(ctx, p)
				err = errors.Join(err, loaded)
			}
		}
		return err
	}
	fresh := 0 // counts the places where a key administrator makes everything anew
	for _, test := range []struct {
		role Role
		work func(context.Context, *Client) error
	}{
		{RoleProxy, func(ctx context.Context, c *Client) error {
			_, err := c.LoadSealer(ctx)
			return errors.Join(err, load(ctx, c, crypto.Methods()...))
		}},
		{RoleKeyAdmin, func(ctx context.Context, c *Client) error { _, err := c.Init(ctx, w); return err }},
		{RoleReveal, func(ctx context.Context, c *Client) error { return load(ctx, c, crypto.Tokenize, crypto.Encrypt) }},
		{RoleToken, func(ctx context.Context, c *Client) error { return load(ctx, c, crypto.Hash) }},
		{RoleQuarantine, func(ctx context.Context, c *Client) error {
			_, err := c.LoadOpener(ctx)
			return errors.Join(err, load(ctx, c, crypto.Methods()...))
		}},
	} {
		try := func(t *testing.T, name string, without func([]Grant) []Grant) error {
			o := Options{}
			if test.role == RoleKeyAdmin {
				fresh++
				o.KeysetPath, o.QuarantinePath = fmt.Sprintf("fresh-%d/keysets", fresh), fmt.Sprintf("fresh-%d/quarantine", fresh)
				o.TransitKey, o.QuarantineKey = fmt.Sprintf("fresh-%d", fresh), fmt.Sprintf("fresh-%d-quarantine", fresh)
			}
			s.WritePolicy(t, name, hcl(without(o.Policy(test.role, domains))))
			at := withToken(t, s, s.Token(t, name, time.Hour, nil))
			at.KeysetPath, at.QuarantinePath, at.TransitKey, at.QuarantineKey = o.KeysetPath, o.QuarantinePath, o.TransitKey, o.QuarantineKey
			return test.work(t.Context(), mustOpen(t, at))
		}
		t.Run(string(test.role), func(t *testing.T) {
			if err := try(t, "least-"+string(test.role), func(all []Grant) []Grant { return all }); err != nil {
				t.Fatalf("with all of its policy: %v", err)
			}
			for i, g := range (Options{}).Policy(test.role, domains) {
				for j, capability := range g.Capabilities {
					err := try(t, fmt.Sprintf("least-%s-%d-%d", test.role, i, j), func(all []Grant) []Grant {
						all[i].Capabilities = slices.Delete(slices.Clone(all[i].Capabilities), j, j+1)
						if len(all[i].Capabilities) == 0 {
							return slices.Delete(all, i, i+1)
						}
						return all
					})
					if !errors.Is(err, ErrForbidden) {
						t.Errorf("without %s of %s: %v, want ErrForbidden", capability, g.Path, err)
					}
				}
			}
		})
	}
}

func TestPolicyPaths(t *testing.T) {
	domains := []crypto.Params{params(t, "customer-email", crypto.Tokenize, "email", ""), params(t, "customer-id", crypto.Hash, "text", "")}
	o := Options{TransitMount: "team/transit", TransitKey: "k", QuarantineKey: "q", KVMount: "team/kv", KeysetPath: "a/b", QuarantinePath: "c", Namespace: "group/team"}
	const want = `path "team/kv/data/a/b/customer-email" { capabilities = ["read"] }
path "team/kv/data/a/b/customer-id" { capabilities = ["read"] }
path "team/kv/data/c/public" { capabilities = ["read"] }
path "team/transit/decrypt/k" { capabilities = ["update"] }
`
	if got := hcl(o.Policy(RoleProxy, domains)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, role := range Roles() {
		for _, g := range o.Policy(role, domains) {
			if g.For == "" || len(g.Capabilities) == 0 || strings.ContainsAny(g.Path, `*+"`) {
				t.Errorf("%s: %+v, want a purpose, capabilities and no wildcard", role, g)
			}
		}
	}
	if got := o.Policy(RoleToken, domains[:1]); got != nil {
		t.Errorf("token, without a domain of method hash: %v, want nothing", got)
	}
	if got := o.Policy("nobody", domains); got != nil {
		t.Errorf("an unknown role: %v, want nothing", got)
	}
}
