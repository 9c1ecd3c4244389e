package vault

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"voile/internal/vaulttest"
)

const reader = `
	path "secret/data/voile/keysets/*" { capabilities = ["read"] }
	path "transit/decrypt/voile"       { capabilities = ["update"] }
`

// works says whether the client's Vault token may do what the policy reader gives.
func works(t testing.TB, c *Client) {
	t.Helper()
	if _, err := c.readDocument(t.Context(), "voile/keysets/none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after the login: %v, want ErrNotFound", err)
	}
}

func TestLoginToken(t *testing.T) {
	s := vaulttest.Start(t)
	s.WritePolicy(t, "reader", reader)
	token := s.Token(t, "reader", time.Hour, nil)
	o := withToken(t, s, token)
	c := mustOpen(t, o)
	works(t, c)
	if left := time.Until(c.State().TokenExpiry); left < 55*time.Minute || left > time.Hour || c.State().TokenLifetime != time.Hour {
		t.Errorf("the Vault token lives for %v of %v, want an hour", left, c.State().TokenLifetime)
	}

	t.Setenv("MY_TOKEN", " "+token+"\n")
	o.Auth.Token = Env("MY_TOKEN")
	works(t, mustOpen(t, o))

	o.Auth = withToken(t, s, s.RootToken).Auth
	if c := mustOpen(t, o); !c.State().TokenExpiry.IsZero() || c.State().TokenLifetime != 0 {
		t.Errorf("the root token ends at %v, want never", c.State().TokenExpiry)
	}
}

func TestLoginTokenRefused(t *testing.T) {
	s := vaulttest.Start(t)
	revoked := s.Token(t, "default", time.Hour, nil)
	s.Do(t, http.MethodPost, "auth/token/revoke", map[string]any{"token": revoked})
	const made = "hvs.made-up-token-4711"
	for _, test := range []struct{ name, content, want string }{
		{"made up", made, "wrong, expired or revoked"},
		{"revoked", revoked, "wrong, expired or revoked"},
		{"empty", " \n", "is empty"},
		{"two words", "hvs.made-up-token-4711 second", "white space, control or non-ASCII characters inside"},
		{"binary", "hvs.made-up-token-4711\x00", "white space, control or non-ASCII characters inside"},
		{"large", strings.Repeat("x", 65<<10), "larger than 64 KiB"},
	} {
		_, err := Open(t.Context(), withToken(t, s, test.content))
		if !errors.Is(err, ErrLogin) || Retry(err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want ErrLogin and %q", test.name, err, test.want)
		} else if strings.Contains(err.Error(), made) || strings.Contains(err.Error(), revoked) {
			t.Errorf("%s: the error holds the Vault token: %v", test.name, err)
		}
	}
	t.Setenv("EMPTY", " ")
	for _, test := range []struct {
		name  string
		token Credential
		want  string
	}{
		{"no file", File("/nowhere/vault-token"), "open /nowhere/vault-token: no such file"},
		{"no variable", Env("VOILE_TEST_SURELY_NOT_SET"), "the environment variable VOILE_TEST_SURELY_NOT_SET is not set"},
		{"empty variable", Env("EMPTY"), "the environment variable EMPTY is empty"},
		{"empty", given("\n"), "what it gives is empty"},
		{"two words", given(made + " second"), "what it gives holds white space"},
		{"error", func() (string, error) { return made, errors.New("the cupboard\nis bare") }, "the cupboard is bare"},
	} {
		_, err := Open(t.Context(), Options{Address: s.Address, Auth: Auth{Token: test.token}})
		if !errors.Is(err, ErrLogin) || !strings.Contains(err.Error(), "vault.auth.token: ") || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), made) {
			t.Errorf("%s: %v, want ErrLogin, vault.auth.token and %q", test.name, err, test.want)
		}
	}
	_, err := Open(t.Context(), Options{Address: s.Address, Auth: Auth{AppRole: &AppRoleAuth{RoleID: "r", SecretID: given(made + " second")}}})
	if !errors.Is(err, ErrLogin) || !strings.Contains(err.Error(), "vault.auth.approle.secret_id: ") || strings.Contains(err.Error(), made) {
		t.Errorf("secret ID of two words: %v, want ErrLogin and vault.auth.approle.secret_id", err)
	}
}

func TestLoginAppRole(t *testing.T) {
	s := vaulttest.Start(t)
	s.WritePolicy(t, "reader", reader)
	for _, mount := range []string{"approle", "team/eu/approle"} {
		s.EnableAuth(t, mount, "approle")
		roleID, secretID := s.AppRole(t, mount, "proxy", "reader", map[string]any{"token_ttl": "1h"})
		file := filepath.Join(t.TempDir(), "secret-id")
		if err := os.WriteFile(file, []byte(secretID+"\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		named := mount
		if mount == "approle" {
			named = "" // the default
		}
		for name, a := range map[string]*AppRoleAuth{
			"value": {Mount: named, RoleID: roleID, SecretID: given(secretID)},
			"file":  {Mount: named, RoleID: roleID, SecretID: File(file)},
		} {
			t.Run(mount+"/"+name, func(t *testing.T) {
				c := mustOpen(t, Options{Address: s.Address, Auth: Auth{AppRole: a}})
				works(t, c)
				token := c.currentToken()
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				o := withToken(t, s, token)
				if _, err := Open(t.Context(), o); !errors.Is(err, ErrLogin) {
					t.Errorf("the Vault token of the login after Close: %v, want it revoked", err)
				}
			})
		}
		_, err := Open(t.Context(), Options{Address: s.Address, Auth: Auth{AppRole: &AppRoleAuth{Mount: named, RoleID: roleID, SecretID: given("planted-secret-4711")}}})
		if !errors.Is(err, ErrLogin) || strings.Contains(err.Error(), "planted-secret") || !strings.Contains(err.Error(), "auth/"+mount+"/login") {
			t.Errorf("wrong secret ID: %v, want ErrLogin at auth/%s/login", err, mount)
		}
	}
	_, err := Open(t.Context(), Options{Address: s.Address, Auth: Auth{AppRole: &AppRoleAuth{Mount: "nowhere", RoleID: "r", SecretID: given("planted-secret-4711")}}})
	if !errors.Is(err, ErrLogin) || strings.Contains(err.Error(), "planted-secret") {
		t.Errorf("no such mount: %v, want ErrLogin", err)
	}
}

// reviewer is the one page of a Kubernetes API server that Vault's kubernetes auth method asks: TokenReview.
// It takes the JWT that *jwt points to for the service account voile of the namespace shop.
func reviewer(t testing.TB, jwt *atomic.Pointer[string]) *httptest.Server {
	t.Helper()
	return httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review struct {
			Spec struct {
				Token     string   `json:"token"`
				Audiences []string `json:"audiences"`
			} `json:"spec"`
		}
		if r.URL.Path != "/apis/authentication.k8s.io/v1/tokenreviews" || json.NewDecoder(r.Body).Decode(&review) != nil {
			http.NotFound(w, r)
			return
		}
		status := map[string]any{"authenticated": false}
		if review.Spec.Token == *jwt.Load() {
			status = map[string]any{"authenticated": true, "audiences": review.Spec.Audiences, "user": map[string]any{
				"username": "system:serviceaccount:shop:voile", "uid": "4711-uid",
				"groups": []string{"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"},
			}}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		if err := json.NewEncoder(w).Encode(map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status}); err != nil {
			t.Errorf("TokenReview: %v", err)
		}
	}))
}

// serviceAccountJWT looks like the projected token of a pod. Nobody checks its signature but the API server, which is asked.
func serviceAccountJWT(t testing.TB, id string) string {
	t.Helper()
	part := func(claims map[string]any) string {
		text, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "RS256", "kid": "one"}) + "." + part(map[string]any{
		"iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:shop:voile", "aud": []string{"vault"}, "jti": id,
		"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "nbf": time.Now().Add(-time.Minute).Unix(),
		"kubernetes.io": map[string]any{"namespace": "shop", "serviceaccount": map[string]any{"name": "voile", "uid": "4711-uid"}},
	}) + "." + base64.RawURLEncoding.EncodeToString([]byte("signature"))
}

func TestLoginKubernetes(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.WritePolicy(t, "reader", reader)
	var valid atomic.Pointer[string]
	server := reviewer(t, &valid)
	defer server.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	file := filepath.Join(t.TempDir(), "jwt")
	issue := func(id string) string {
		jwt := serviceAccountJWT(t, id)
		valid.Store(&jwt)
		return jwt
	}
	put := func(jwt string) {
		if err := os.WriteFile(file, []byte(jwt+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, mount := range []string{"kubernetes", "clusters/eu"} {
		s.EnableAuth(t, mount, "kubernetes")
		s.Do(t, http.MethodPut, "auth/"+mount+"/config", map[string]any{"kubernetes_host": server.URL, "kubernetes_ca_cert": string(authority), "disable_local_ca_jwt": true})
		s.Do(t, http.MethodPut, "auth/"+mount+"/role/voile", map[string]any{
			"bound_service_account_names": "voile", "bound_service_account_namespaces": "shop", "audience": "vault",
			"token_policies": "reader", "token_ttl": "2s", "token_max_ttl": "3s",
		})
		put(issue("one"))
		k := &KubernetesAuth{Mount: mount, Role: "voile", JWTFile: file}
		if mount == "kubernetes" {
			k.Mount = ""
		}
		c := mustOpen(t, Options{Address: s.Address, Auth: Auth{Kubernetes: k}})
		works(t, c)
		// Kubernetes replaces the JWT in its file; the next login takes the new one.
		put(issue("two"))
		eventually(t, "a fresh login with the new JWT", func() bool { return c.State().Logins >= 2 })
		works(t, c)

		gone := serviceAccountJWT(t, "stolen")
		put(gone)
		_, err := Open(t.Context(), Options{Address: s.Address, Auth: Auth{Kubernetes: k}})
		if !errors.Is(err, ErrLogin) || strings.Contains(err.Error(), gone) {
			t.Errorf("a JWT that the cluster does not know: %v, want ErrLogin without it", err)
		}
		k.Role = "other"
		if _, err := Open(t.Context(), Options{Address: s.Address, Auth: Auth{Kubernetes: k}}); !errors.Is(err, ErrLogin) || strings.Contains(err.Error(), gone) {
			t.Errorf("no such role: %v, want ErrLogin", err)
		}
	}
	missing := &KubernetesAuth{Role: "voile", JWTFile: file + ".none"}
	if _, err := Open(t.Context(), Options{Address: s.Address, Auth: Auth{Kubernetes: missing}}); !errors.Is(err, ErrLogin) || !strings.Contains(err.Error(), "vault.auth.kubernetes.jwt_file") {
		t.Errorf("no JWT: %v, want ErrLogin", err)
	}
}
