package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"voile/crypto"
	"voile/crypto/vault"
)

// Keys are what Vault gave to the proxy. Client is nil where the login failed; else it is to be closed.
type Keys struct {
	Client  *vault.Client
	Keysets map[string]vault.Keyset // by domain, those that opened
	Sealer  *crypto.Sealer          // nil where it did not open
}

// Vault logs in with options, opens the keyset of every domain and the quarantine's public one, and holds the rights of
// the Vault token against what a proxy needs.
func Vault(ctx context.Context, options vault.Options, domains []crypto.Params) (Keys, []Finding) {
	ctx, cancel := context.WithTimeout(ctx, Bound)
	defer cancel()
	subject := "login at " + options.Address
	client, err := vault.Open(ctx, options)
	if err != nil {
		return Keys{}, append(vaultInClear(options.Address),
			judgeVault("vault.login", subject, err),
			unseen("vault.keysets", "keysets and rights", "not logged in", ""))
	}
	keys := Keys{Client: client, Keysets: make(map[string]vault.Keyset, len(domains))}
	findings := append(vaultInClear(options.Address), well("vault.login", subject, "logged in"))
	findings = append(findings, keys.load(ctx, domains)...)
	opened := Works(findings)
	rights, err := client.CheckRights(ctx, vault.RoleProxy, domains)
	return keys, append(findings, judgeRights(opened, rights, err)...)
}

// load opens all keysets, some at a time.
func (k *Keys) load(ctx context.Context, domains []crypto.Params) []Finding {
	var mu sync.Mutex
	findings := make([]Finding, len(domains)+1)
	each(len(findings), func(i int) {
		if i == len(domains) {
			sealer, err := k.Client.LoadSealer(ctx)
			if err == nil {
				mu.Lock()
				k.Sealer = sealer
				mu.Unlock()
			}
			findings[i] = judgeKeyset("public quarantine keyset", err)
			return
		}
		name := domains[i].Domain
		keyset, err := k.Client.LoadKeyset(ctx, domains[i])
		if err == nil {
			mu.Lock()
			k.Keysets[name] = keyset
			mu.Unlock()
		}
		findings[i] = judgeKeyset("keyset "+name, err)
	})
	return findings
}

func judgeKeyset(subject string, err error) Finding {
	if err == nil {
		return well("vault.keyset", subject, "opens, and agrees with the configuration")
	}
	f := judgeVault("vault.keyset", subject, err)
	if errors.Is(err, crypto.ErrNotTinks) {
		f.Do = "nothing was written: start the release that ran before, or another machine, and report this with the release and the processor"
	}
	return f
}

// judgeVault makes a failure of an error of crypto/vault.
func judgeVault(check, subject string, err error) Finding {
	f := failed(check, subject, Stops, err.Error(), "")
	if vault.Retry(err) || errors.Is(err, context.DeadlineExceeded) {
		f.AtStart = Waits
	}
	var e *vault.Error
	if errors.As(err, &e) && e.Hint != "" {
		f.Detail = strings.Replace(f.Detail, " ("+e.Hint+")", "", 1)
		f.Do = e.Hint
	}
	if f.Do != "" {
		return f
	}
	f.Do = "put right what is said above"
	if f.AtStart == Waits {
		f.Do = "check vault.address, that Vault is up, and that nothing between here and there stops connections"
	}
	return f
}

// judgeRights judges what the proxy may do in Vault: what lacks keeps it from working, unless all keysets have opened, which
// proves more than what Vault says of a policy; what is too much is a present to whoever steals its Vault token. Neither
// stops a stream that ran yesterday.
func judgeRights(opened bool, rights vault.Rights, err error) []Finding {
	const check, subject = "vault.rights", "rights in Vault"
	if err != nil {
		f := judgeVault(check, subject, err)
		f.Result, f.AtStart = Unseen, ""
		return []Finding{f}
	}
	if rights.Root {
		return []Finding{warning(check, subject, "MORE THAN ENOUGH: this is a root Vault token, which may do everything, the private quarantine keyset included",
			"give the proxy a login of its own with the policy that `voile keys policy proxy` prints")}
	}
	var findings []Finding
	for _, grant := range rights.Missing {
		if opened {
			findings = append(findings, warning(check, subject, fmt.Sprintf("Vault does not list %s of %s (%s), and still everything opened", strings.Join(grant.Capabilities, ", "), grant.Path, grant.For),
				"compare the proxy's policies with what `voile keys policy proxy` prints: another form of the right may end some day"))
			continue
		}
		f := failed(check, subject, Stops, fmt.Sprintf("the policies lack %s of %s (%s)", strings.Join(grant.Capabilities, ", "), grant.Path, grant.For), "write the policy that `voile keys policy proxy` prints")
		f.Missing = []vault.Grant{grant}
		findings = append(findings, f)
	}
	for _, x := range rights.Excess {
		findings = append(findings, warning(check, subject, fmt.Sprintf("MORE THAN ENOUGH: %s of %s %s", strings.Join(x.Capabilities, ", "), x.Path, x.Harm),
			"take it out of the proxy's policies: `voile keys policy proxy` prints the least that does"))
	}
	if len(findings) == 0 {
		findings = []Finding{well(check, subject, "enough, and nothing dangerous beside")}
	}
	return findings
}
