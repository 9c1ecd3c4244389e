package vault

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"voile/crypto"
	"voile/internal/vaulttest"
)

func params(t testing.TB, domain string, m crypto.Method, normalizer, region string) crypto.Params {
	t.Helper()
	p, err := crypto.NewParams(domain, m, normalizer, region)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func wantedByAll(t testing.TB) Wanted {
	return Wanted{Quarantine: true, Domains: []crypto.Params{
		params(t, "customer-email", crypto.Tokenize, "email", ""),
		params(t, "customer-phone", crypto.Tokenize, "phone", "FR"),
		params(t, "customer-id", crypto.Hash, "text", ""),
		params(t, "free-text", crypto.Encrypt, "text", ""),
	}}
}

func outcomes(steps []Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, string(s.Outcome))
	}
	return strings.Join(all, ", ")
}

// withPolicy opens a client under a Vault token with one policy.
func withPolicy(t testing.TB, s *vaulttest.Server, name, hcl string) *Client {
	t.Helper()
	s.WritePolicy(t, name, hcl)
	return mustOpen(t, withToken(t, s, s.Token(t, name, time.Hour, nil)))
}

// inRole opens a client that has the least rights of a role on the domains, at the default paths.
func inRole(t testing.TB, s *vaulttest.Server, role Role, domains []crypto.Params) *Client {
	t.Helper()
	return withPolicy(t, s, string(role), hcl(Options{}.Policy(role, domains)))
}

// hcl is the text of a policy.
func hcl(grants []Grant) string {
	var b strings.Builder
	for _, g := range grants {
		fmt.Fprintln(&b, g)
	}
	return b.String()
}

// token makes the token of a text.
func token(t testing.TB, d *crypto.Domain, text string) string {
	t.Helper()
	normal, _ := d.Normalize(nil, []byte(text))
	made, err := d.AppendToken(nil, normal)
	if err != nil {
		t.Fatal(err)
	}
	return string(made)
}

// The whole life of the keys: who administers them makes them, a proxy loads and can do nothing else, an operator opens.
func TestInitAndLoad(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	w := wantedByAll(t)
	administrator := inRole(t, s, RoleKeyAdmin, w.Domains)
	steps, err := administrator.Init(t.Context(), w)
	if err != nil {
		t.Fatalf("Init: %v\n%v", err, steps)
	}
	if got, want := outcomes(steps), strings.Repeat("created, ", 7)+"created"; got != want {
		t.Errorf("Init: %s, want %s", got, want)
	}
	steps, err = administrator.Init(t.Context(), w)
	if err != nil {
		t.Fatalf("the second Init: %v", err)
	}
	if got, want := outcomes(steps), strings.Repeat("found, ", 7)+"found"; got != want {
		t.Errorf("the second Init: %s, want %s", got, want)
	}

	proxy := inRole(t, s, RoleProxy, w.Domains)
	for _, p := range w.Domains {
		first, err := proxy.LoadKeyset(t.Context(), p)
		if err != nil {
			t.Fatalf("LoadKeyset: %v", err)
		}
		if age := time.Since(first.Created).Abs(); age > time.Minute || first.Version != 1 {
			t.Errorf("%s: %v old, version %d", p.Domain, age, first.Version)
		}
		again, err := proxy.LoadDomain(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if one, two := token(t, first.Domain, "+33 6 12 34 56 78"), token(t, again, "+33 6 12 34 56 78"); p.Method != crypto.Encrypt && one != two {
			t.Errorf("%s: two loads give two tokens", p.Domain)
		}
	}
	sealer, err := proxy.LoadSealer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer.Seal([]byte("a record"), []byte("where it was"))
	if err != nil {
		t.Fatal(err)
	}
	opener, err := inRole(t, s, RoleQuarantine, w.Domains).LoadOpener(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := opener.Open(sealed, []byte("where it was")); err != nil || string(got) != "a record" {
		t.Errorf("Open = %q, %v", got, err)
	}
	t.Run("proxy's rights end here", func(t *testing.T) { proxyMayNot(t, proxy, w) })
	t.Run("root sees nothing in the clear", func(t *testing.T) {
		for _, path := range []string{"keysets/customer-email", "quarantine/public", "quarantine/private"} {
			data, _ := s.Do(t, http.MethodGet, "secret/data/voile/"+path, nil)["data"].(map[string]any)
			members, _ := data["data"].(map[string]any)
			text, _ := members["keyset"].(string)
			wrapped, err := base64.StdEncoding.DecodeString(text)
			if err != nil || !bytes.Contains(wrapped, []byte("vault:v1:")) {
				t.Errorf("%s: keyset is not what Transit made, %v", path, err)
			}
		}
	})
}

func proxyMayNot(t *testing.T, proxy *Client, w Wanted) {
	kek, err := proxy.kek(t.Context(), "voile")
	if err != nil {
		t.Fatal(err)
	}
	defer kek.end()
	_, encrypts := kek.Encrypt([]byte("a keyset of its own"), nil)
	private, err := proxy.kek(t.Context(), "voile-quarantine")
	if err != nil {
		t.Fatal(err)
	}
	defer private.end()
	_, decrypts := private.Decrypt([]byte("vault:v1:AAAA"), nil)
	_, writes := proxy.createDocument(t.Context(), "voile/keysets/other", []byte("{}"))
	_, replaces := proxy.createDocument(t.Context(), "voile/quarantine/public", []byte("{}"))
	_, opens := proxy.LoadOpener(t.Context())
	_, sees := proxy.readTransitKey(t.Context(), "voile")
	for what, err := range map[string]error{
		"encrypt": encrypts, "decrypt under the quarantine's key": decrypts, "write a domain's document": writes,
		"write the public quarantine keyset": replaces, "load the private quarantine keyset": opens, "read the Transit key": sees,
	} {
		if !errors.Is(err, ErrForbidden) || !strings.Contains(fmt.Sprint(err), "policies lack: path") {
			t.Errorf("%s: %v, want ErrForbidden and the line that is missing", what, err)
		}
	}
	more := w
	more.Domains = append(slices.Clone(w.Domains), params(t, "another", crypto.Hash, "text", ""))
	steps, err := proxy.Init(t.Context(), more)
	if !errors.Is(err, ErrForbidden) {
		t.Errorf("Init: %v, want ErrForbidden", err)
	}
	want := "not permitted, found, found, found, found, not permitted, not permitted, not permitted, found"
	if got := outcomes(steps); got != want {
		t.Errorf("Init: %s\nwant %s", got, want)
	}
}

func TestInitRace(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	w := wantedByAll(t)
	t.Run("root", func(t *testing.T) { initRace(t, mustOpen(t, withToken(t, s, s.RootToken)), w) })
	// Where Vault refuses the loser before it looks at check-and-set.
	s.Do(t, http.MethodDelete, "sys/mounts/secret", nil)
	s.EnableKV(t, "secret")
	t.Run("least rights", func(t *testing.T) { initRace(t, inRole(t, s, RoleKeyAdmin, w.Domains), Wanted{Domains: w.Domains}) })
}

func initRace(t *testing.T, c *Client, w Wanted) {
	const racers = 5
	created := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range racers {
		all.Go(func() {
			steps, err := c.Init(t.Context(), w)
			if err != nil {
				t.Errorf("Init: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, step := range steps {
				if step.Outcome == Created {
					created[step.Path]++
				}
			}
		})
	}
	all.Wait()
	documents := 0
	for path, n := range created {
		if strings.HasPrefix(path, "secret/") {
			documents++
			if n != 1 {
				t.Errorf("%s: %d created it, want 1", path, n)
			}
		}
	}
	want := len(w.Domains)
	if w.Quarantine {
		want += 2
	}
	if documents != want {
		t.Errorf("%d documents were created, want %d", documents, want)
	}
	status, err := c.Status(t.Context(), w)
	if err != nil || status.Err() != nil {
		t.Errorf("Status: %v, %v", err, status.Err())
	}
	for _, d := range status.Domains {
		if d.Version != 1 || d.Opened && (len(d.Keys) != 1 || !d.Keys[0].Primary || !d.Keys[0].Enabled) {
			t.Errorf("%s: version %d, keys %v, want one key, written once", d.Domain, d.Version, d.Keys)
		}
	}
}

// An Init that ended between the private and the public quarantine keyset leaves a state that the next one mends.
func TestInitMendsQuarantine(t *testing.T) {
	t.Parallel()
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	w := Wanted{Quarantine: true}
	root := mustOpen(t, withToken(t, s, s.RootToken))
	if _, err := root.Init(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	forget := func(name string) { s.Do(t, http.MethodDelete, "secret/metadata/voile/quarantine/"+name, nil) }

	forget("public")
	steps, err := inRole(t, s, RoleKeyAdmin, w.Domains).Init(t.Context(), w)
	if !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), `path "transit/decrypt/voile-quarantine"`) {
		t.Errorf("without decrypt: %v %v, want ErrForbidden and the missing line", steps, err)
	}
	if steps, err = root.Init(t.Context(), w); err != nil || outcomes(steps) != "found, found, found, created" {
		t.Errorf("mending: %s, %v", outcomes(steps), err)
	}
	if status, err := root.Status(t.Context(), w); err != nil || status.Err() != nil {
		t.Errorf("after mending: %v, %v", err, status.Err())
	}

	forget("private")
	steps, err = root.Init(t.Context(), w)
	if err == nil || outcomes(steps) != "found, found, failed, found" || !strings.Contains(err.Error(), "cannot be opened") {
		t.Errorf("the private keyset gone: %s, %v, want it said, and nothing made", outcomes(steps), err)
	}
}

func TestInitRefuses(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	c := mustOpen(t, withToken(t, s, s.RootToken))
	w := Wanted{Domains: []crypto.Params{params(t, "customer-phone", crypto.Tokenize, "phone", "FR")}}

	makeKey(t, s, "transit/keys/open", map[string]any{"exportable": true})
	c.options.TransitKey = "open"
	steps, err := c.Init(t.Context(), w)
	if err == nil || outcomes(steps) != "failed, failed" || !strings.Contains(err.Error(), "exportable") {
		t.Errorf("an exportable key: %s, %v", outcomes(steps), err)
	}
	c.options.TransitKey = "voile"
	if _, err := c.Init(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	other := Wanted{Domains: []crypto.Params{params(t, "customer-phone", crypto.Tokenize, "phone", "DE")}}
	steps, err = c.Init(t.Context(), other)
	if !errors.Is(err, crypto.ErrDisagree) || outcomes(steps) != "found, failed" || !strings.Contains(err.Error(), `"DE"`) || !strings.Contains(err.Error(), `"FR"`) {
		t.Errorf("another region: %s, %v, want both sides", outcomes(steps), err)
	}
	if _, err := c.LoadDomain(t.Context(), other.Domains[0]); !errors.Is(err, crypto.ErrDisagree) {
		t.Errorf("LoadDomain: %v, want ErrDisagree", err)
	}
	if status, err := c.Status(t.Context(), other); err != nil || !errors.Is(status.Err(), crypto.ErrDisagree) || len(status.Domains[0].Keys) != 1 || status.Domains[0].Region != "FR" {
		t.Errorf("Status: %+v, %v, want the document's side and ErrDisagree", status, err)
	}

	s.Do(t, http.MethodDelete, "secret/data/voile/keysets/customer-phone", nil)
	steps, err = c.Init(t.Context(), w)
	if !errors.Is(err, ErrDeleted) || outcomes(steps) != "found, failed" {
		t.Errorf("a deleted document: %s, %v, want ErrDeleted and no new one", outcomes(steps), err)
	}
	s.Do(t, http.MethodPut, "sys/mounts/one", map[string]any{"type": "kv", "options": map[string]any{"version": "1"}})
	c.options.KVMount = "one"
	if steps, err := c.Init(t.Context(), w); !errors.Is(err, ErrRefused) || len(steps) != 0 {
		t.Errorf("a KV engine of version 1: %v, %v, want ErrRefused before anything is done", steps, err)
	}
	c.options.KVMount = "secret"
	s.Stop(t)
	if steps, err := c.Init(t.Context(), w); !Retry(err) {
		t.Errorf("no Vault: %v, %v, want an error that may heal", steps, err)
	}
	if _, err := c.Status(t.Context(), w); !Retry(err) {
		t.Errorf("no Vault: %v, want an error that may heal", err)
	}
}

// Whoever may write documents, and not encrypt, must not be able to change what a proxy makes tokens with.
func TestChangedDocuments(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	c := mustOpen(t, withToken(t, s, s.RootToken))
	email, id := params(t, "customer-email", crypto.Tokenize, "email", ""), params(t, "customer-id", crypto.Tokenize, "text", "")
	if _, err := c.Init(t.Context(), Wanted{Domains: []crypto.Params{email, id}, Quarantine: true}); err != nil {
		t.Fatal(err)
	}
	read := func(path string) map[string]any {
		data, _ := s.Do(t, http.MethodGet, "secret/data/voile/"+path, nil)["data"].(map[string]any)
		members, _ := data["data"].(map[string]any)
		return members
	}
	write := func(path string, members map[string]any) {
		s.Do(t, http.MethodPut, "secret/data/voile/"+path, map[string]any{"data": members})
	}
	const emailPath, idPath = "keysets/customer-email", "keysets/customer-id"
	load := func() error { _, err := c.LoadDomain(t.Context(), email); return err }

	original := read(emailPath)
	write(emailPath, read(idPath))
	if err := load(); !errors.Is(err, crypto.ErrDisagree) {
		t.Errorf("another domain's document: %v, want ErrDisagree", err)
	}
	exchanged := read(idPath)
	exchanged["domain"], exchanged["normalizer"], exchanged["normalizer_version"] = "customer-email", original["normalizer"], original["normalizer_version"]
	write(emailPath, exchanged)
	if err := load(); !errors.Is(err, crypto.ErrUnwrap) || !errors.Is(err, ErrRefused) {
		t.Errorf("another domain's keyset: %v, want ErrUnwrap because Vault refused", err)
	}
	older := map[string]any{}
	for name, value := range original {
		older[name] = value
	}
	older["created"] = "2020-01-01T00:00:00Z"
	write(emailPath, older)
	if err := load(); !errors.Is(err, crypto.ErrUnwrap) {
		t.Errorf("another time: %v, want ErrUnwrap", err)
	}
	newer := map[string]any{"format": 2, "anything": "planted-4711"}
	write(emailPath, newer)
	if err := load(); !errors.Is(err, crypto.ErrNewerFormat) || strings.Contains(err.Error(), "planted") {
		t.Errorf("a newer format: %v, want ErrNewerFormat", err)
	}
	write(emailPath, original)
	if err := load(); err != nil {
		t.Errorf("the original: %v", err)
	}

	write("quarantine/public", read("quarantine/private"))
	if _, err := c.LoadSealer(t.Context()); err == nil || !strings.Contains(err.Error(), "exchanged") {
		t.Errorf("the private keyset in the place of the public one: %v", err)
	}
}

func TestStatusNothingThere(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	c := mustOpen(t, withToken(t, s, s.RootToken))
	w := wantedByAll(t)
	status, err := c.Status(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if len(status.TransitKeys) != 2 || len(status.Domains) != 4 || len(status.Quarantine) != 2 {
		t.Fatalf("%+v, want 2 Transit keys, 4 domains, 2 quarantine keysets", status)
	}
	for i, d := range status.Domains {
		if !errors.Is(d.Err, ErrNotFound) || !strings.Contains(d.Err.Error(), "voile keys init") || d.Params != w.Domains[i] {
			t.Errorf("%+v, want ErrNotFound and what to do", d)
		}
	}
}

// Who administers keys sees what is there without being able to open it.
func TestStatusWithoutOpening(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	w := wantedByAll(t)
	administrator := inRole(t, s, RoleKeyAdmin, w.Domains)
	if _, err := administrator.Init(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	for name, opens := range map[string]bool{"administrator": false, "root": true} {
		c := administrator
		if opens {
			c = mustOpen(t, withToken(t, s, s.RootToken))
		}
		status, err := c.Status(t.Context(), w)
		if err != nil || status.Err() != nil {
			t.Fatalf("%s: Status: %v, %v", name, err, status.Err())
		}
		for _, d := range status.Domains {
			if d.Opened != opens || len(d.Keys) > 0 != opens || d.Version != 1 || d.Created.IsZero() {
				t.Errorf("%s: %+v, want opened %v", name, d, opens)
			}
		}
		for _, q := range status.Quarantine {
			if q.Opened != opens || len(q.Keys) > 0 != opens || q.Version != 1 {
				t.Errorf("%s: %+v, want opened %v", name, q, opens)
			}
		}
	}
}
