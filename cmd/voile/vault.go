package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"voile/config"
	"voile/crypto"
	"voile/crypto/vault"
	"voile/pipeline/transform"
)

// vaultOptions says in the words of crypto/vault where Vault is and what lies where in it.
func vaultOptions(c *config.Config, auth vault.Auth) vault.Options {
	o := vault.Options{
		Address:        c.Vault.Address,
		Namespace:      c.Vault.Namespace,
		Auth:           auth,
		TransitMount:   c.Vault.Transit.Mount,
		TransitKey:     c.Vault.Transit.Key,
		QuarantineKey:  c.Vault.Transit.QuarantineKey,
		KVMount:        c.Vault.Keysets.Mount,
		KeysetPath:     c.Vault.Keysets.Path,
		QuarantinePath: c.Vault.Quarantine.Path,
	}
	if t := c.Vault.TLS; t != nil {
		o.TLS = vault.TLS{CA: t.CA, Cert: t.Cert, Key: t.Key, ServerName: t.ServerName}
	}
	return o
}

// proxyAuth is the login that the configuration gives to `voile run`.
func proxyAuth(c *config.Config) vault.Auth {
	var auth vault.Auth
	from := c.Vault.Auth
	if from.Token.IsSet() {
		auth.Token = from.Token.Read
	}
	if a := from.AppRole; a != nil {
		auth.AppRole = &vault.AppRoleAuth{Mount: a.Mount, RoleID: a.RoleID, SecretID: a.SecretID.Read}
	}
	if k := from.Kubernetes; k != nil {
		auth.Kubernetes = &vault.KubernetesAuth{Mount: k.Mount, Role: k.Role, JWTFile: k.JWTFile}
	}
	return auth
}

// operatorAuth is the Vault token of the person at the keyboard, found where Vault's own command finds it. Only
// `voile run` logs in as the configuration says: what a person does is done, and audited, under their own rights.
func operatorAuth() (vault.Auth, error) {
	const name = "VAULT_TOKEN"
	if os.Getenv(name) != "" {
		return vault.Auth{Token: vault.Env(name)}, nil
	}
	home, err := os.UserHomeDir()
	if err == nil {
		file := filepath.Join(home, ".vault-token")
		_, err = os.Stat(file)
		if err == nil {
			return vault.Auth{Token: vault.File(file)}, nil
		}
	}
	none := errors.New("this needs your own Vault token: VAULT_TOKEN is not set, and there is no ~/.vault-token")
	if !errors.Is(err, fs.ErrNotExist) {
		none = fmt.Errorf("this needs your own Vault token: VAULT_TOKEN is not set, and ~/.vault-token cannot be read: %w", err)
	}
	return vault.Auth{}, hintf(none, "log in: vault login, or set VAULT_TOKEN")
}

// openVault logs in under the operator's own Vault token.
func openVault(ctx context.Context, c *config.Config) (*vault.Client, error) {
	auth, err := operatorAuth()
	if err != nil {
		return nil, err
	}
	return vault.Open(ctx, vaultOptions(c, auth))
}

// vaultDomains makes the domains of a configuration under their keys from Vault.
func vaultDomains(ctx context.Context, c *config.Config) (map[string]transform.Domain, error) {
	params, err := paramsOf(c)
	if err != nil {
		return nil, err
	}
	client, err := openVault(ctx, c)
	if err != nil {
		return nil, err
	}
	defer client.Close() //nolint:errcheck // only the login of a proxy is revoked there
	return loadDomains(ctx, client, params)
}

// loadDomains opens every keyset, and tells of all that do not open at once.
func loadDomains(ctx context.Context, client *vault.Client, params []crypto.Params) (map[string]transform.Domain, error) {
	domains := make(map[string]transform.Domain, len(params))
	var errs []error
	for _, p := range params {
		d, err := client.LoadDomain(ctx, p)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		domains[p.Domain] = d
	}
	return domains, errors.Join(errs...)
}

// loadDomain opens the keyset of one domain by its name.
func loadDomain(ctx context.Context, client *vault.Client, c *config.Config, name string) (*crypto.Domain, error) {
	params, err := paramsOf(c)
	if err != nil {
		return nil, err
	}
	for _, p := range params {
		if p.Domain == name {
			return client.LoadDomain(ctx, p)
		}
	}
	return nil, fmt.Errorf("the configuration has no domain %q", name)
}

// needsRole adds to what Vault does not permit which policy has it.
func needsRole(err error, role vault.Role) error {
	if !errors.Is(err, vault.ErrForbidden) {
		return err
	}
	return hintf(err, "the role %s has these rights: voile keys policy %s", role, role)
}
