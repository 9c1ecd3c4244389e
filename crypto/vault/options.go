package vault

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Options say where Vault is, how to log in and where voile's keys lie. Only Address and Auth have no default.
type Options struct {
	Address   string // http:// or https://, a path in front of /v1 is allowed
	Namespace string
	TLS       TLS
	Auth      Auth

	TransitMount  string // default transit
	TransitKey    string // default voile
	QuarantineKey string // default voile-quarantine; proxies may not use it

	KVMount        string // of a KV version 2 engine; default secret
	KeysetPath     string // folder of one document a domain; default voile/keysets
	QuarantinePath string // folder of the documents public and private; default voile/quarantine

	Timeout       time.Duration // of one request; default 10 s
	ProbeInterval time.Duration // how often Vault is asked whether it is there and takes the Vault token; default 15 s

	// OnChange hears each change between healthy and degraded. It is called by one goroutine, in order, and must not block.
	OnChange func(State)
}

// TLS names PEM files. An empty CA means the system's authorities.
type TLS struct {
	CA, Cert, Key string
	ServerName    string // what the server's certificate is checked against, where that is not the address
}

// Auth is how to log in: exactly one member is set.
type Auth struct {
	Token      Credential // a Vault token made by somebody else
	AppRole    *AppRoleAuth
	Kubernetes *KubernetesAuth
}

// AppRoleAuth logs in with a role ID and a secret ID.
type AppRoleAuth struct {
	Mount    string // default approle
	RoleID   string
	SecretID Credential
}

// KubernetesAuth logs in with the service account's JWT, which is read again at each login, as Kubernetes replaces it.
type KubernetesAuth struct {
	Mount   string // default kubernetes
	Role    string
	JWTFile string // default /var/run/secrets/kubernetes.io/serviceaccount/token
}

// Validate says what is wrong with the options, all at once and in the words of the configuration. [Open] does it, too.
func (o Options) Validate() error { return o.withDefaults().validate() }

func (o Options) withDefaults() Options {
	o.TransitMount = or(o.TransitMount, "transit")
	o.TransitKey = or(o.TransitKey, "voile")
	o.QuarantineKey = or(o.QuarantineKey, "voile-quarantine")
	o.KVMount = or(o.KVMount, "secret")
	o.KeysetPath = or(o.KeysetPath, "voile/keysets")
	o.QuarantinePath = or(o.QuarantinePath, "voile/quarantine")
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.ProbeInterval == 0 {
		o.ProbeInterval = 15 * time.Second
	}
	if a := o.Auth.AppRole; a != nil {
		filled := *a
		filled.Mount = or(a.Mount, "approle")
		o.Auth.AppRole = &filled
	}
	if k := o.Auth.Kubernetes; k != nil {
		filled := *k
		filled.Mount = or(k.Mount, "kubernetes")
		filled.JWTFile = or(k.JWTFile, "/var/run/secrets/kubernetes.io/serviceaccount/token")
		o.Auth.Kubernetes = &filled
	}
	return o
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// validate checks options that have their defaults. Its errors name every fault at once, in the words of the configuration,
// and hold no value that may be a secret.
func (o Options) validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("vault."+format, args...)) }

	u, err := url.Parse(o.Address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		fault("address: is no http:// or https:// address, as https://vault.example.com:8200")
	case u.User != nil:
		fault("address: holds a user name or password, which Vault does not know: use vault.auth")
	case u.RawQuery != "" || u.Fragment != "":
		fault("address: holds a query or fragment: remove what stands after ? or #")
	}
	if (o.TLS.Cert == "") != (o.TLS.Key == "") {
		fault("tls: cert and key belong together: one is missing")
	}
	for _, p := range []struct {
		setting, value string
		slashes        bool
	}{
		{"transit.mount", o.TransitMount, true}, {"transit.key", o.TransitKey, false}, {"transit.quarantine_key", o.QuarantineKey, false},
		{"keysets.mount", o.KVMount, true}, {"keysets.path", o.KeysetPath, true}, {"quarantine.path", o.QuarantinePath, true},
	} {
		if !validPath(p.value, p.slashes) {
			fault("%s: %q is no name that Vault's paths can hold: want a-z, A-Z, 0-9, _, - and ., parts separated by single slashes where it is a path", p.setting, p.value)
		}
	}
	if o.Namespace != "" && !validPath(strings.Trim(o.Namespace, "/"), true) {
		fault("namespace: %q is no namespace", o.Namespace)
	}
	if o.TransitKey == o.QuarantineKey {
		fault("transit.quarantine_key: must differ from transit.key: a proxy may decrypt with the one and never with the other")
	}
	if o.Timeout < 0 || o.ProbeInterval < 0 {
		fault("timeout: must not be negative")
	}
	return errors.Join(append(faults, o.Auth.validate()...)...)
}

func (a Auth) validate() (faults []error) {
	fault := func(text string) { faults = append(faults, errors.New("vault.auth"+text)) }
	set := 0
	if a.Token != nil {
		set++
	}
	if r := a.AppRole; r != nil {
		set++
		if r.RoleID == "" {
			fault(".approle: role_id is missing")
		}
		if r.SecretID == nil {
			fault(".approle: secret_id is missing")
		}
		if !validPath(r.Mount, true) {
			fault(".approle: mount is no path")
		}
	}
	if k := a.Kubernetes; k != nil {
		set++
		if k.Role == "" {
			fault(".kubernetes: role is missing")
		}
		if !validPath(k.Mount, true) {
			fault(".kubernetes: mount is no path")
		}
	}
	if set != 1 {
		fault(fmt.Sprintf(": want exactly one of token, approle and kubernetes, got %d", set))
	}
	return faults
}

// validPath says whether p can stand in a Vault path and in a key URI as it is, without any escape.
func validPath(p string, slashes bool) bool {
	if !slashes && strings.Contains(p, "/") {
		return false
	}
	for part := range strings.SplitSeq(p, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
		for _, c := range []byte(part) {
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
				return false
			}
		}
	}
	return true
}
