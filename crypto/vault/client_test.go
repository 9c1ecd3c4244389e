package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"voile/crypto"
	"voile/internal/vaulttest"
)

// What a developer has set for the command line of Vault must not reach voile.
func TestEnvironmentHasNoSay(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableAuth(t, "approle", "approle")
	s.WritePolicy(t, "reader", reader)
	roleID, secretID := s.AppRole(t, "approle", "proxy", "reader", nil)
	o := withToken(t, s, s.Token(t, "reader", time.Hour, nil))
	for name, value := range map[string]string{
		"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_AGENT_ADDR": "http://127.0.0.1:1", "VAULT_NAMESPACE": "elsewhere",
		"VAULT_TOKEN": "hvs.from-the-environment", "VAULT_HEADERS": `{"X-Planted":"planted"}`, "VAULT_PROXY_ADDR": "http://127.0.0.1:1",
		"VAULT_HTTP_PROXY": "http://127.0.0.1:1", "VAULT_WRAP_TTL": "60s", "VAULT_CLIENT_TIMEOUT": "1", "VAULT_RATE_LIMIT": "0.001:1",
		"VAULT_MAX_RETRIES": "0", "VAULT_SKIP_VERIFY": "true", "VAULT_SRV_LOOKUP": "true", "VAULT_TLS_SERVER_NAME": "elsewhere", "VAULT_DISABLE_REDIRECTS": "true",
	} {
		t.Setenv(name, value)
	}
	works(t, mustOpen(t, o))
	c := mustOpen(t, Options{Address: s.Address, Auth: Auth{AppRole: &AppRoleAuth{RoleID: roleID, SecretID: given(secretID)}}})
	works(t, c)
	client, err := c.newAPI(t.Context(), "a-token")
	if err != nil {
		t.Fatal(err)
	}
	if got := client.Headers(); len(got) != 1 || got.Get("X-Vault-Request") != "true" || client.Token() != "a-token" {
		t.Errorf("headers %v, want X-Vault-Request alone", got)
	}

	t.Setenv("VAULT_CACERT", "/nowhere/planted-4711.pem")
	_, err = Open(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "VAULT_CACERT") || strings.Contains(err.Error(), "planted-4711") {
		t.Errorf("a malformed variable: %v, want its name and not its value", err)
	}
}

func TestTLS(t *testing.T) {
	s := vaulttest.StartTLS(t)
	o := withToken(t, s, s.RootToken)
	good := TLS{CA: s.CAFile, Cert: s.ClientCertFile, Key: s.ClientKeyFile}
	for _, test := range []struct {
		name string
		tls  TLS
		want string // in the error; empty: it works
	}{
		{"address in the certificate", good, ""},
		{"server name", TLS{CA: good.CA, Cert: good.Cert, Key: good.Key, ServerName: "vault.test"}, ""},
		{"other server name", TLS{CA: good.CA, Cert: good.Cert, Key: good.Key, ServerName: "elsewhere.test"}, "vault.tls.server_name"},
		{"authority not known", TLS{Cert: good.Cert, Key: good.Key}, "vault.tls.ca"},
		{"no client certificate", TLS{CA: good.CA}, "vault.tls.cert"},
		{"no such authority", TLS{CA: good.CA + ".none"}, "vault.tls.ca: open"},
		{"key for an authority", TLS{CA: good.Key}, "no PEM certificate"},
		{"key of another certificate", TLS{CA: good.CA, Cert: good.CA, Key: good.Key}, "vault.tls.cert, vault.tls.key"},
	} {
		o.TLS = test.tls
		c, err := Open(t.Context(), o)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			} else if err := c.Close(); err != nil {
				t.Errorf("%s: close: %v", test.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || Retry(err) {
			t.Errorf("%s: %v, want %q in it, and no retry", test.name, err, test.want)
		}
	}
	o.TLS, o.Address = good, strings.Replace(s.Address, "https://", "http://", 1)
	if _, err := Open(t.Context(), o); err == nil {
		t.Error("http:// to a server that speaks TLS: want an error")
	}
}

func TestNamespace(t *testing.T) {
	s := vaulttest.Start(t)
	inside := s.Namespace(t, "team")
	inside.EnableTransit(t, "eu/transit")
	inside.EnableKV(t, "eu/secret")
	o := withToken(t, s, s.RootToken)
	o.Namespace, o.TransitMount, o.KVMount = "team", "eu/transit", "eu/secret"
	c := mustOpen(t, o)
	p := params(t, "customer-email", crypto.Tokenize, "email", "")
	if _, err := c.Init(t.Context(), Wanted{Domains: []crypto.Params{p}, Quarantine: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.LoadDomain(t.Context(), p); err != nil {
		t.Error(err)
	}
	inside.Do(t, http.MethodGet, "eu/secret/data/voile/keysets/customer-email", nil)

	inside.WritePolicy(t, "nothing", `path "nothing" { capabilities = ["read"] }`)
	o.Auth = withToken(t, s, inside.Token(t, "nothing", time.Hour, nil)).Auth
	_, err := mustOpen(t, o).LoadDomain(t.Context(), p)
	if !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), "in namespace team") {
		t.Errorf("%v, want ErrForbidden and the namespace", err)
	}
}

func TestOptions(t *testing.T) {
	good := Options{Address: "https://vault.example:8200", Auth: Auth{Token: Env("X")}}
	for name, test := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"address":          {func(o *Options) { o.Address = "vault.example:8200" }, "vault.address: is no http"},
		"password":         {func(o *Options) { o.Address = "https://me:planted-4711@vault" }, "vault.address: holds a user name"},
		"query":            {func(o *Options) { o.Address = "https://vault/?a=planted-4711" }, "vault.address: holds a query"},
		"no auth":          {func(o *Options) { o.Auth = Auth{} }, "vault.auth: want exactly one of token, approle and kubernetes, got 0"},
		"two auths":        {func(o *Options) { o.Auth.Kubernetes = &KubernetesAuth{Role: "r"} }, "got 2"},
		"no secret ID":     {func(o *Options) { o.Auth = Auth{AppRole: &AppRoleAuth{RoleID: "r"}} }, "vault.auth.approle: secret_id is missing"},
		"no role":          {func(o *Options) { o.Auth = Auth{Kubernetes: &KubernetesAuth{}} }, "vault.auth.kubernetes: role is missing"},
		"mount":            {func(o *Options) { o.TransitMount = "a//b" }, "vault.transit.mount"},
		"mount upwards":    {func(o *Options) { o.KVMount = "../sys" }, "vault.keysets.mount"},
		"key with a slash": {func(o *Options) { o.TransitKey = "a/b" }, "vault.transit.key"},
		"escape":           {func(o *Options) { o.KeysetPath = "a%2fb" }, "vault.keysets.path"},
		"one key for both": {func(o *Options) { o.QuarantineKey = "voile" }, "must differ"},
		"half a pair":      {func(o *Options) { o.TLS.Cert = "x" }, "vault.tls: cert and key"},
		"negative":         {func(o *Options) { o.Timeout = -1 }, "negative"},
	} {
		o := good
		test.change(&o)
		_, err := Open(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "planted-4711") {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if err := good.withDefaults().validate(); err != nil {
		t.Errorf("good options: %v", err)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	const planted = "planted-secret-4711"
	file := filepath.Join(t.TempDir(), "secret-id")
	if err := os.WriteFile(file, []byte(planted), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PLANTED", planted)
	var o Options
	for _, secret := range []Credential{given(planted), File(file), Env("PLANTED")} {
		if text, err := secret(); text != planted || err != nil { // whoever asks gets it
			t.Fatalf("the credential is %q, %v", text, err)
		}
		o = Options{Address: "http://127.0.0.1:1", Auth: Auth{AppRole: &AppRoleAuth{RoleID: "r", SecretID: secret}}}
		text, err := json.Marshal(o.Auth) //nolint:staticcheck // that it cannot be printed is what is tested
		all := []string{fmt.Sprint(string(text), err), fmt.Sprint(o), fmt.Sprintf("%+v %#v", o, o), fmt.Sprintf("%+v %#v", *o.Auth.AppRole, *o.Auth.AppRole)}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			all = append(all, fmt.Sprintf(verb, secret))
		}
		for _, printed := range all {
			if strings.Contains(printed, planted) || strings.Contains(printed, fmt.Sprintf("%x", planted)) {
				t.Errorf("printed: %s", printed)
			}
		}
	}
	if _, err := Open(t.Context(), o); err == nil || strings.Contains(err.Error(), planted) {
		t.Errorf("Open = %v", err)
	}
	said := explain(errors.New(planted+" at https://me:pass@proxy\nand more"), "read", "x", planted)
	if got := said.Detail; got != "[secret] at https://…@proxy and more" {
		t.Errorf("explain: %q", got)
	}
}

func TestNotVault(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/teapot/") {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = fmt.Fprintf(w, "<html>%s %s</html>", r.Header.Get("X-Vault-Token"), strings.Repeat("x", 1000))
	})}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()
	t.Setenv("MY_TOKEN", "planted-token-4711")
	for _, path := range []string{"", "/teapot"} {
		_, err = Open(t.Context(), Options{Address: "http://" + listener.Addr().String() + path, Auth: Auth{Token: Env("MY_TOKEN")}})
		if err == nil || strings.Contains(err.Error(), "planted") || strings.Contains(err.Error(), "html") {
			t.Errorf("%q: %v, want an error that quotes nothing", path, err)
		}
	}
}
