package vault

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"voile/internal/vaulttest"
)

func TestDocumentRoundTrip(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableKV(t, "team/kv")
	for _, mount := range []string{"secret", "team/kv"} {
		o := withToken(t, s, s.RootToken)
		o.KVMount = mount
		c := mustOpen(t, o)
		const path = "voile/keysets/customer-email"
		document := `{"format":1,"domain":"customer-email","normalizer_version":12,"region":"","keyset":"AAAA"}`
		if _, err := c.readDocument(t.Context(), path); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: before: %v, want ErrNotFound", mount, err)
		}
		if v, err := c.createDocument(t.Context(), path, []byte(document)); err != nil || v != 1 {
			t.Fatalf("%s: createDocument = %d, %v", mount, v, err)
		}
		if _, err := c.createDocument(t.Context(), path, []byte(`{"format":2}`)); !errors.Is(err, ErrExists) {
			t.Errorf("%s: a second createDocument: %v, want ErrExists", mount, err)
		}
		entry, err := c.readDocument(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if !sameJSON(t, entry.JSON, []byte(document)) {
			t.Errorf("%s: read %s, want %s", mount, entry.JSON, document)
		}
		if entry.Version != 1 || time.Since(entry.Written).Abs() > time.Minute {
			t.Errorf("%s: version %d of %v, want 1 of now", mount, entry.Version, entry.Written)
		}
	}
}

// sameJSON compares objects member by member, numbers by their spelling.
func sameJSON(t testing.TB, a, b []byte) bool {
	t.Helper()
	var members [2]map[string]json.RawMessage
	for i, text := range [][]byte{a, b} {
		if err := json.Unmarshal(text, &members[i]); err != nil {
			t.Fatal(err)
		}
	}
	return reflect.DeepEqual(members[0], members[1])
}

func TestCreateDocumentRace(t *testing.T) {
	s := vaulttest.Start(t)
	c := mustOpen(t, withToken(t, s, s.RootToken))
	const writers = 8
	var wins, losses int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			_, err := c.createDocument(t.Context(), "voile/keysets/raced", []byte(`{"format":1}`))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				wins++
			case errors.Is(err, ErrExists):
				losses++
			default:
				t.Errorf("createDocument: %v", err)
			}
		})
	}
	all.Wait()
	if wins != 1 || losses != writers-1 {
		t.Errorf("%d won and %d lost, want 1 and %d", wins, losses, writers-1)
	}
}

func TestDocumentFaults(t *testing.T) {
	s := vaulttest.StartPersistent(t)
	root := mustOpen(t, withToken(t, s, s.RootToken))
	if _, err := root.createDocument(t.Context(), "voile/keysets/gone", []byte(`{"format":1}`)); err != nil {
		t.Fatal(err)
	}
	s.Do(t, http.MethodDelete, "secret/data/voile/keysets/gone", nil)
	if _, err := root.createDocument(t.Context(), "voile/keysets/burnt", []byte(`{"format":1}`)); err != nil {
		t.Fatal(err)
	}
	s.Do(t, http.MethodPut, "secret/destroy/voile/keysets/burnt", map[string]any{"versions": []int{1}})
	s.Do(t, http.MethodPut, "sys/mounts/one", map[string]any{"type": "kv", "options": map[string]any{"version": "1"}})
	s.WritePolicy(t, "nothing", `path "secret/data/voile/keysets/mine" { capabilities = ["read"] }`)
	poor := mustOpen(t, withToken(t, s, s.Token(t, "nothing", time.Hour, nil)))
	elsewhere := mustOpen(t, withToken(t, s, s.RootToken))
	elsewhere.options.KVMount = "elsewhere"
	old := mustOpen(t, withToken(t, s, s.RootToken))
	old.options.KVMount = "one"

	for _, test := range []struct {
		name   string
		client *Client
		path   string
		want   Kind
		says   string
	}{
		{"never written", root, "voile/keysets/none", ErrNotFound, "secret/data/voile/keysets/none"},
		{"deleted", root, "voile/keysets/gone", ErrDeleted, "vault kv undelete -mount=secret -versions=1 voile/keysets/gone"},
		{"destroyed", root, "voile/keysets/burnt", ErrDeleted, "from a backup"},
		{"forbidden", poor, "voile/keysets/other", ErrForbidden, `path "secret/data/voile/keysets/other" { capabilities = ["read"] }`},
		{"no mount", elsewhere, "voile/keysets/none", ErrRefused, "secrets enable -path=elsewhere -version=2 kv"},
	} {
		_, err := test.client.readDocument(t.Context(), test.path)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %v and %q", test.name, err, test.want, test.says)
		}
	}
	for _, path := range []string{"gone", "burnt"} {
		if _, err := root.createDocument(t.Context(), "voile/keysets/"+path, []byte(`{"format":1}`)); !errors.Is(err, ErrExists) {
			t.Errorf("createDocument in the place of one that is %s: %v, want ErrExists", path, err)
		}
	}
	if _, err := poor.createDocument(t.Context(), "voile/keysets/mine", []byte(`{}`)); !errors.Is(err, ErrForbidden) {
		t.Errorf("createDocument under a policy that only reads: %v, want ErrForbidden", err)
	}
	if err := old.checkKV(t.Context()); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("checkKV of a mount of version 1: %v, want ErrRefused", err)
	}
	for _, c := range []*Client{root, poor} {
		if err := c.checkKV(t.Context()); err != nil {
			t.Errorf("checkKV: %v", err)
		}
	}
	s.Seal(t)
	if _, err := root.readDocument(t.Context(), "voile/keysets/none"); !errors.Is(err, ErrSealed) || !Retry(err) || !strings.Contains(err.Error(), "unseal") {
		t.Errorf("sealed: %v, want ErrSealed", err)
	}
	s.Stop(t)
	if _, err := root.readDocument(t.Context(), "voile/keysets/none"); !errors.Is(err, ErrUnreachable) || !Retry(err) {
		t.Errorf("stopped: %v, want ErrUnreachable", err)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	s := vaulttest.Start(t)
	root := mustOpen(t, withToken(t, s, s.RootToken))
	large := map[string]any{}
	for _, name := range strings.Split("abcdefghij", "") {
		large[name] = strings.Repeat("x", 900_000) // the server bounds one text at 1 MB
	}
	for name, members := range map[string]int{"fits": 4, "large": 5} {
		part := map[string]any{}
		for i, member := range strings.Split("abcdefghij", "") {
			if i < members {
				part[member] = large[member]
			}
		}
		s.Do(t, http.MethodPut, "secret/data/"+name, map[string]any{"data": part})
	}
	if _, err := root.readDocument(t.Context(), "fits"); err != nil {
		t.Errorf("3.6 MB: %v", err)
	}
	_, err := root.readDocument(t.Context(), "large")
	if !errors.Is(err, ErrAnswer) || !strings.Contains(err.Error(), "longer than 4194304 bytes") {
		t.Errorf("4.5 MB: %v, want ErrAnswer", err)
	}
}
