package vault

import (
	"context"
	"slices"

	"voile/crypto"
)

// Rights is what a Vault token may do, held against what a role needs. It names paths and capabilities, and nothing secret.
type Rights struct {
	Root    bool     // a root Vault token, which may do everything: nothing is Missing, and Excess is empty
	Missing []Grant  // the lines that the policies lack; of Capabilities those that lack
	Excess  []Excess // what is dangerous and not needed
}

// An Excess is a right that a role does not need and that somebody who stole the Vault token could do harm with.
type Excess struct {
	Path         string
	Capabilities []string // those that are too much
	Harm         string   // what they allow, a few words
}

// Enough says whether the role can do its work.
func (r Rights) Enough() bool { return len(r.Missing) == 0 }

// TooMuch says whether the rights are more than enough.
func (r Rights) TooMuch() bool { return r.Root || len(r.Excess) > 0 }

const capabilitiesSelfPath = "sys/capabilities-self"

// maxPaths is how many paths one request asks for: OpenBao takes no JSON of more than 1,000 strings. Some hundred domains fit.
const maxPaths = 500

// CheckRights holds the rights of the client's own Vault token against what a role needs for the domains. It asks
// sys/capabilities-self, which Vault's policy `default` allows, once for each hundred domains, and changes nothing.
//
// Missing is exact. Excess looks where harm could be done to what the configuration names, to the policies and to the mounts, and
// nowhere else. Vault says nothing of parameters that a policy demands or forbids (allowed_parameters, control groups).
func (c *Client) CheckRights(ctx context.Context, role Role, domains []crypto.Params) (Rights, error) {
	needed := c.options.Policy(role, domains)
	risks := c.options.risks(domains)
	paths := make([]string, 0, len(needed)+len(risks))
	for _, g := range needed {
		paths = append(paths, g.Path)
	}
	for _, r := range risks {
		paths = append(paths, r.Path)
	}
	slices.Sort(paths)
	has, err := c.capabilities(ctx, slices.Compact(paths))
	if err != nil {
		return Rights{}, err
	}
	return compare(needed, risks, has), nil
}

// compare finds what lacks and what is too much in the capabilities of each path.
func compare(needed []Grant, risks []Excess, has map[string][]string) Rights {
	var r Rights
	for _, capabilities := range has {
		if slices.Contains(capabilities, "root") {
			return Rights{Root: true}
		}
	}
	granted := map[string][]string{}
	for _, g := range needed {
		granted[g.Path] = append(granted[g.Path], g.Capabilities...)
		lacking := slices.DeleteFunc(slices.Clone(g.Capabilities), func(one string) bool { return slices.Contains(has[g.Path], one) })
		if len(lacking) > 0 {
			g.Capabilities = lacking
			r.Missing = append(r.Missing, g)
		}
	}
	for _, risk := range risks {
		risk.Capabilities = slices.DeleteFunc(slices.Clone(risk.Capabilities), func(one string) bool {
			return slices.Contains(granted[risk.Path], one) || !slices.Contains(has[risk.Path], one)
		})
		if len(risk.Capabilities) > 0 {
			r.Excess = append(r.Excess, risk)
		}
	}
	return r
}

// risks lists what can do harm to the keys of a configuration, also what somebody needs for their work.
func (o Options) risks(domains []crypto.Params) []Excess {
	o = o.withDefaults()
	var risks []Excess
	write := []string{"create", "update", "patch", "delete"}
	risk := func(harm, path string, capabilities ...string) {
		risks = append(risks, Excess{Path: path, Capabilities: capabilities, Harm: harm})
	}
	for _, key := range []string{o.TransitKey, o.QuarantineKey} {
		risk("wraps keysets of one's own, which proxies would take for theirs", o.encryptPath(key), "create", "update")
		risk("makes or deletes the Transit key", o.transitKeyPath(key), write...)
		for _, what := range []string{"config", "rotate", "trim"} {
			risk("makes the Transit key exportable or deletable, or ends its old versions", o.transitKeyPath(key)+"/"+what, "create", "update")
		}
		for _, what := range []string{"/export/encryption-key/", "/backup/"} {
			risk("takes the Transit key out of Vault, if it is exportable", o.TransitMount+what+key, "read")
		}
		risk("puts another Transit key in its place", o.TransitMount+"/restore/"+key, "create", "update")
	}
	risk("opens the keysets of the domains", o.decryptPath(o.TransitKey), "update")
	risk("opens the private quarantine keyset", o.decryptPath(o.QuarantineKey), "update")
	risk("reads the private quarantine keyset, which is wrapped", o.dataPath(o.privatePath()), "read")

	documents := make([]string, 0, len(domains)+2)
	other := "none-of-this-configuration"
	for _, d := range domains {
		risk("reads the keyset of a domain, which is wrapped", o.dataPath(o.domainPath(d.Domain)), "read")
		documents = append(documents, o.domainPath(d.Domain))
		if d.Domain == other {
			other += "-"
		}
	}
	risk("reads the keysets of domains that the configuration does not have: a wildcard", o.dataPath(o.domainPath(other)), "read")
	for _, document := range append(documents, o.publicPath(), o.privatePath(), o.domainPath(other)) {
		risk("writes or deletes a keyset's document", o.dataPath(document), write...)
		risk("deletes a keyset's document for good", o.KVMount+"/metadata/"+document, write...)
		risk("deletes a keyset's document", o.KVMount+"/delete/"+document, "create", "update")
		risk("destroys a keyset's document", o.KVMount+"/destroy/"+document, "create", "update")
	}
	risk("writes policies, and so gives itself every right", "sys/policies/acl/voile-proxy", write...)
	risk("writes policies, and so gives itself every right", "sys/policy/voile-proxy", write...)
	for _, mount := range []string{o.TransitMount, o.KVMount} {
		risk("unmounts an engine, with every key in it", "sys/mounts/"+mount, write...)
	}
	for _, path := range []string{"auth/token/create", "auth/token/create-orphan"} {
		risk("makes further Vault tokens, which may outlive this one", path, "create", "update")
	}
	return risks
}

// capabilities asks what the client's Vault token may do at each path.
func (c *Client) capabilities(ctx context.Context, paths []string) (map[string][]string, error) {
	has := make(map[string][]string, len(paths))
	for some := range slices.Chunk(paths, maxPaths) {
		var data map[string][]string
		if err := c.write(ctx, "ask", capabilitiesSelfPath, map[string]any{"paths": some}, &answer{Data: &data}, "update"); err != nil {
			return nil, err
		}
		for _, path := range some {
			if len(data[path]) == 0 {
				return nil, &Error{Kind: ErrAnswer, Op: "ask", Path: capabilitiesSelfPath, Detail: "the answer says nothing of " + path}
			}
			has[path] = data[path]
		}
	}
	return has, nil
}
