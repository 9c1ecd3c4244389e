package vault

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"voile/internal/vaulttest"
)

func TestTransitBindsAssociatedData(t *testing.T) {
	s := vaulttest.Start(t)
	for _, mount := range []string{"transit", "team/eu/transit"} {
		t.Run(mount, func(t *testing.T) {
			s.EnableTransit(t, mount)
			makeKey(t, s, mount+"/keys/voile", nil)
			makeKey(t, s, mount+"/keys/voile-quarantine", nil)
			o := withToken(t, s, s.RootToken)
			o.TransitMount = mount
			c := mustOpen(t, o)
			one, err := c.kek(t.Context(), "voile")
			if err != nil {
				t.Fatal(err)
			}
			defer one.end()
			other, err := c.kek(t.Context(), "voile-quarantine")
			if err != nil {
				t.Fatal(err)
			}
			defer other.end()
			plaintext, bound := []byte("keyset-plaintext-4711"), []byte("domain a")
			ciphertext, err := one.Encrypt(plaintext, bound)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := one.Decrypt(ciphertext, bound); err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("Decrypt = %q, %v, want the plaintext", got, err)
			}
			changed := bytes.Clone(ciphertext)
			changed[len(changed)-6] ^= 1
			for name, try := range map[string]func() ([]byte, error){
				"other associated data": func() ([]byte, error) { return one.Decrypt(ciphertext, []byte("domain b")) },
				"no associated data":    func() ([]byte, error) { return one.Decrypt(ciphertext, nil) },
				"longer data":           func() ([]byte, error) { return one.Decrypt(ciphertext, append(bytes.Clone(bound), 0)) },
				"other key":             func() ([]byte, error) { return other.Decrypt(ciphertext, bound) },
				"changed ciphertext":    func() ([]byte, error) { return one.Decrypt(changed, bound) },
			} {
				got, err := try()
				if !errors.Is(err, ErrRefused) || got != nil {
					t.Errorf("%s: Decrypt = %q, %v, want ErrRefused", name, got, err)
				} else if strings.Contains(err.Error(), string(plaintext)) || strings.Contains(err.Error(), string(ciphertext)) {
					t.Errorf("%s: the error holds what was given: %v", name, err)
				}
			}
		})
	}
}

func TestTransitKeyRotation(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	makeKey(t, s, "transit/keys/voile", nil)
	c := mustOpen(t, withToken(t, s, s.RootToken))
	k, err := c.kek(t.Context(), "voile")
	if err != nil {
		t.Fatal(err)
	}
	defer k.end()
	old, err := k.Encrypt([]byte("keyset"), []byte("bound"))
	if err != nil {
		t.Fatal(err)
	}
	s.Do(t, http.MethodPut, "transit/keys/voile/rotate", map[string]any{})
	if got, err := k.Decrypt(old, []byte("bound")); err != nil || string(got) != "keyset" {
		t.Errorf("after a rotation: Decrypt = %q, %v", got, err)
	}
}

func TestTransitContext(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	makeKey(t, s, "transit/keys/voile", nil)
	c := mustOpen(t, withToken(t, s, s.RootToken))
	ctx, cancel := context.WithCancel(t.Context())
	k, err := c.kek(ctx, "voile")
	if err != nil {
		t.Fatal(err)
	}
	defer k.end()
	s.Pause(t)
	defer s.Resume(t)
	time.AfterFunc(100*time.Millisecond, cancel)
	began := time.Now()
	_, err = k.Encrypt([]byte("keyset"), nil)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrUnreachable) {
		t.Errorf("Encrypt = %v, want context.Canceled and ErrUnreachable", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v to hear of the context's end", took)
	}
}

func TestTransitKeyUnfit(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	c := mustOpen(t, withToken(t, s, s.RootToken))
	for _, test := range []struct {
		name       string
		parameters map[string]any
		want       string
	}{
		{"fit", map[string]any{"type": "aes256-gcm96"}, ""},
		{"exportable", map[string]any{"exportable": true}, "exportable"},
		{"backup", map[string]any{"allow_plaintext_backup": true}, "backup in the clear"},
		{"chacha", map[string]any{"type": "chacha20-poly1305"}, "type is chacha20-poly1305"},
		{"derived", map[string]any{"derived": true}, "derived"},
	} {
		makeKey(t, s, "transit/keys/"+test.name, test.parameters)
		found, err := c.readTransitKey(t.Context(), test.name)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := found.unfit(); test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: unfit() = %q, want %q in it", test.name, got, test.want)
		}
	}
	if _, err := c.readTransitKey(t.Context(), "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no key: %v, want ErrNotFound", err)
	}
	c.options.TransitMount = "elsewhere"
	if _, err := c.readTransitKey(t.Context(), "none"); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "secrets enable -path=elsewhere transit") {
		t.Errorf("no mount: %v, want ErrRefused and how to mount", err)
	}
}

func TestCreateTransitKey(t *testing.T) {
	s := vaulttest.Start(t)
	s.EnableTransit(t, "transit")
	c := mustOpen(t, withToken(t, s, s.RootToken))
	var first []byte
	for call := range 2 {
		if err := c.createTransitKey(t.Context(), "voile"); err != nil {
			t.Fatalf("call %d: %v", call, err)
		}
		k, err := c.kek(t.Context(), "voile")
		if err != nil {
			t.Fatal(err)
		}
		defer k.end()
		if call == 0 {
			if first, err = k.Encrypt([]byte("keyset"), nil); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := k.Decrypt(first, nil); err != nil || string(got) != "keyset" {
			t.Errorf("after call %d: Decrypt = %q, %v: the key was changed", call, got, err)
		}
	}
	found, err := c.readTransitKey(t.Context(), "voile")
	if err != nil || found.unfit() != "" || found.LatestVersion != 1 {
		t.Errorf("readTransitKey = %+v, %v, want a fit key of version 1", found, err)
	}
}
