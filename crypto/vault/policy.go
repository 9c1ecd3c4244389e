package vault

import (
	"fmt"
	"slices"
	"strings"

	"voile/crypto"
)

// A Role is a job that somebody does with voile's keys in Vault. Its name is what people call it.
type Role string

// The roles.
const (
	RoleProxy      Role = "proxy"      // voile run
	RoleKeyAdmin   Role = "key-admin"  // voile keys init, voile keys status
	RoleReveal     Role = "reveal"     // voile reveal, and voile token for the domains of method tokenize
	RoleToken      Role = "token"      // voile token for the domains of method hash
	RoleQuarantine Role = "quarantine" // voile quarantine show and replay
)

// Roles returns all roles in the order in which the documentation lists them.
func Roles() []Role { return []Role{RoleProxy, RoleKeyAdmin, RoleReveal, RoleToken, RoleQuarantine} }

// A Grant is one path of a policy, as a policy inside the namespace has it, and what may be done there.
type Grant struct {
	Path         string
	Capabilities []string
	For          string // what the role needs it for, a few words
}

// String is the grant as a line of a policy, in HCL. Paths hold nothing that HCL would have to escape: see validPath.
func (g Grant) String() string {
	return fmt.Sprintf(`path "%s" { capabilities = ["%s"] }`, g.Path, strings.Join(g.Capabilities, `", "`))
}

// Policy gives the least that a role needs to do its work on the domains of a configuration, without a wildcard; nothing where
// the domains leave it no work. It asks nobody. The paths MUST have passed [Options.Validate]: others could need an escape.
//
// Whoever logs in also has Vault's policy `default`, which lets a Vault token look itself up, renew and revoke itself and ask for
// its own capabilities; that is not granted twice.
//
// Two limits are in the nature of the keys, and no policy mends them. Who may read the document of a reversible domain and decrypt
// can make its tokens and reveal them: so a proxy could reveal, which its program does not do, and RoleToken has the domains of method
// hash only. And a replay transforms records again, so that RoleQuarantine has what a proxy has of the domains.
func (o Options) Policy(role Role, domains []crypto.Params) []Grant {
	o = o.withDefaults()
	switch role {
	case RoleProxy:
		return slices.Concat(
			o.readDomains(domains, "the keysets of the domains, wrapped"),
			[]Grant{
				{o.dataPath(o.publicPath()), []string{"read"}, "the public quarantine keyset, wrapped: who has it can seal records and open none"},
				{o.decryptPath(o.TransitKey), []string{"update"}, "opens them"},
			})
	case RoleKeyAdmin:
		return o.keyAdmin(domains)
	case RoleReveal:
		return o.withDecrypt(o.readDomains(domains, "the keysets of the domains, wrapped", crypto.Tokenize, crypto.Encrypt))
	case RoleToken:
		return o.withDecrypt(o.readDomains(domains, "the keysets of the domains, wrapped", crypto.Hash))
	case RoleQuarantine:
		return slices.Concat(
			[]Grant{
				{o.dataPath(o.privatePath()), []string{"read"}, "the private quarantine keyset, wrapped: it opens what was sealed"},
				{o.decryptPath(o.QuarantineKey), []string{"update"}, "opens it"},
			},
			o.withDecrypt(o.readDomains(domains, "the keysets of the domains, wrapped: replay transforms records again")))
	}
	return nil
}

// keyAdmin can make what is missing, and open nothing of what is there.
func (o Options) keyAdmin(domains []crypto.Params) []Grant {
	var grants []Grant
	for _, key := range []string{o.TransitKey, o.QuarantineKey} {
		grants = append(grants, Grant{o.transitKeyPath(key), []string{"read", "update"}, "makes the Transit keys; one that is there stays as it is"})
	}
	for _, key := range []string{o.TransitKey, o.QuarantineKey} {
		grants = append(grants, Grant{o.encryptPath(key), []string{"update"}, "wraps new keysets"})
	}
	documents := make([]string, 0, len(domains)+2)
	for _, d := range domains {
		documents = append(documents, o.domainPath(d.Domain))
	}
	for _, document := range append(documents, o.publicPath(), o.privatePath()) {
		grants = append(grants, Grant{o.dataPath(document), []string{"create", "read"}, "makes the keysets' documents where there are none, and overwrites none"})
	}
	return grants
}

// readDomains grants read of the documents of the domains that have one of the methods, or of all.
func (o Options) readDomains(domains []crypto.Params, purpose string, methods ...crypto.Method) []Grant {
	var grants []Grant
	for _, d := range domains {
		if len(methods) == 0 || slices.Contains(methods, d.Method) {
			grants = append(grants, Grant{o.dataPath(o.domainPath(d.Domain)), []string{"read"}, purpose})
		}
	}
	return grants
}

// withDecrypt adds what opens the domains' keysets, where there are any.
func (o Options) withDecrypt(documents []Grant) []Grant {
	if len(documents) == 0 {
		return nil
	}
	return append(documents, Grant{o.decryptPath(o.TransitKey), []string{"update"}, "opens them"})
}

// Where things lie in Vault: the paths of a KV entry below its mount, and those of requests.

func (o Options) domainPath(domain string) string  { return o.KeysetPath + "/" + domain }
func (o Options) publicPath() string               { return o.QuarantinePath + "/public" }
func (o Options) privatePath() string              { return o.QuarantinePath + "/private" }
func (o Options) dataPath(entry string) string     { return o.KVMount + "/data/" + entry }
func (o Options) transitKeyPath(key string) string { return o.TransitMount + "/keys/" + key }
func (o Options) encryptPath(key string) string    { return o.TransitMount + "/encrypt/" + key }
func (o Options) decryptPath(key string) string    { return o.TransitMount + "/decrypt/" + key }
