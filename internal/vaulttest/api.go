package vaulttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Do asks the server under the root token and returns the answer's JSON object, nil where there is none.
// path is without /v1/. Any status of 400 and above ends the test.
func (s *Server) Do(tb testing.TB, method, path string, body any) map[string]any {
	tb.Helper()
	status, answer, err := s.request(method, path, body)
	if err != nil {
		tb.Fatalf("vaulttest: %s %s: %v", method, path, err)
	}
	if status >= 400 {
		tb.Fatalf("vaulttest: %s %s: status %d: %v", method, path, status, answer["errors"])
	}
	return answer
}

// Namespace makes a namespace and returns a view of the server that speaks inside it. A server without namespaces skips the test.
func (s *Server) Namespace(tb testing.TB, name string) *Server {
	tb.Helper()
	status, answer, err := s.request(http.MethodPut, "sys/namespaces/"+name, map[string]any{})
	if err != nil {
		tb.Fatalf("vaulttest: namespace %s: %v", name, err)
	}
	if status >= 400 {
		tb.Skipf("vaulttest: the server has no namespaces: status %d: %v", status, answer["errors"])
	}
	inside := *s
	inside.namespace = name
	return &inside
}

// EnableTransit mounts a Transit engine; mount may hold slashes.
func (s *Server) EnableTransit(tb testing.TB, mount string) {
	tb.Helper()
	s.Do(tb, http.MethodPut, "sys/mounts/"+mount, map[string]any{"type": "transit"})
}

// EnableKV mounts a KV version 2 engine and waits until it takes writes.
func (s *Server) EnableKV(tb testing.TB, mount string) {
	tb.Helper()
	s.Do(tb, http.MethodPut, "sys/mounts/"+mount, map[string]any{"type": "kv", "options": map[string]any{"version": "2"}})
	// A new engine upgrades itself to version 2 in the background and refuses requests meanwhile.
	deadline := time.Now().Add(15 * time.Second)
	for {
		status, answer, err := s.request(http.MethodGet, mount+"/config", nil)
		if err == nil && status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("vaulttest: %s/ is not ready after 15 s: status %d, %v, %v", mount, status, answer["errors"], err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// EnableAuth mounts an auth method.
func (s *Server) EnableAuth(tb testing.TB, mount, kind string) {
	tb.Helper()
	s.Do(tb, http.MethodPut, "sys/auth/"+mount, map[string]any{"type": kind})
}

// WritePolicy writes a policy, in HCL.
func (s *Server) WritePolicy(tb testing.TB, name, hcl string) {
	tb.Helper()
	s.Do(tb, http.MethodPut, "sys/policies/acl/"+name, map[string]any{"policy": hcl})
}

// Token makes a Vault token with a policy, an orphan as a login gives it. ttl in whole seconds.
// extra parameters of auth/token/create-orphan, such as explicit_max_ttl, renewable or no_default_policy, may be nil.
func (s *Server) Token(tb testing.TB, policy string, ttl time.Duration, extra map[string]any) string {
	tb.Helper()
	body := map[string]any{"policies": []string{policy}, "ttl": ttl.String()}
	for name, value := range extra {
		body[name] = value
	}
	answer := s.Do(tb, http.MethodPost, "auth/token/create-orphan", body)
	auth, _ := answer["auth"].(map[string]any)
	token, _ := auth["client_token"].(string)
	if token == "" {
		tb.Fatal("vaulttest: auth/token/create-orphan gave no Vault token")
	}
	return token
}

// AppRole makes a role, on an AppRole auth method mounted at mount, and returns what logs in to it.
// parameters of the role, such as token_ttl and token_max_ttl, may be nil.
func (s *Server) AppRole(tb testing.TB, mount, name, policy string, parameters map[string]any) (roleID, secretID string) {
	tb.Helper()
	body := map[string]any{"token_policies": []string{policy}}
	for parameter, value := range parameters {
		body[parameter] = value
	}
	role := "auth/" + mount + "/role/" + name
	s.Do(tb, http.MethodPost, role, body)
	roleID = dataString(tb, s.Do(tb, http.MethodGet, role+"/role-id", nil), "role_id")
	secretID = dataString(tb, s.Do(tb, http.MethodPost, role+"/secret-id", map[string]any{}), "secret_id")
	return roleID, secretID
}

func dataString(tb testing.TB, answer map[string]any, member string) string {
	tb.Helper()
	data, _ := answer["data"].(map[string]any)
	text, ok := data[member].(string)
	if !ok {
		tb.Fatalf("vaulttest: the answer has no %s", member)
	}
	return text
}

func (s *Server) request(method, path string, body any) (status int, answer map[string]any, err error) {
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return 0, nil, err
		}
	}
	request, err := http.NewRequest(method, s.Address+"/v1/"+path, &content)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("X-Vault-Request", "true")
	if s.RootToken != "" {
		request.Header.Set("X-Vault-Token", s.RootToken)
	}
	if s.namespace != "" {
		request.Header.Set("X-Vault-Namespace", s.namespace)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, err
	}
	if strings.TrimSpace(string(text)) != "" {
		if err := json.Unmarshal(text, &answer); err != nil {
			return response.StatusCode, nil, fmt.Errorf("status %d: the answer is no JSON: %w", response.StatusCode, err)
		}
	}
	return response.StatusCode, answer, nil
}
