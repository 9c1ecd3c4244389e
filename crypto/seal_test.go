package crypto

import (
	"bytes"
	"crypto/ecdh"
	stdhpke "crypto/hpke"
	"errors"
	"testing"

	"github.com/tink-crypto/tink-go/v2/hybrid/hpke"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
)

func newPair(t testing.TB) (*Sealer, *Opener) {
	t.Helper()
	kek := newKEK(t)
	public, private := quarantineDocuments(t, kek)
	return sealerOf(t, marshal(t, public), kek), openerOf(t, marshal(t, private), kek)
}

func FuzzOpenAfterSeal(f *testing.F) {
	sealer, opener := newPair(f)
	_, stranger := newPair(f)
	f.Add([]byte("record"), []byte("info"), uint16(7), byte(1))
	f.Add([]byte{}, []byte{}, uint16(0), byte(0x80))
	f.Fuzz(func(t *testing.T, plaintext, info []byte, at uint16, xor byte) {
		sealed, err := sealer.Seal(plaintext, info)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := opener.Open(sealed, info); err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("Open = %q, %v", got, err)
		}
		if _, err := stranger.Open(sealed, info); !errors.Is(err, ErrNotSealed) {
			t.Errorf("another keyset opens it: %v", err)
		}
		if _, err := opener.Open(sealed, append(bytes.Clone(info), 0)); !errors.Is(err, ErrNotSealed) {
			t.Errorf("another context info opens it: %v", err)
		}
		if _, err := opener.Open(sealed[:len(sealed)-1], info); !errors.Is(err, ErrNotSealed) {
			t.Errorf("a shorter ciphertext opens: %v", err)
		}
		if xor != 0 {
			sealed[int(at)%len(sealed)] ^= xor
			// The top bit of an X25519 public key is ignored by RFC 7748, but HPKE binds the key as it was sent.
			if _, err := opener.Open(sealed, info); !errors.Is(err, ErrNotSealed) {
				t.Errorf("a changed ciphertext opens: %v", err)
			}
		}
	})
}

// What a Sealer makes is HPKE as Go's own implementation knows it, behind Tink's prefix.
func TestSealIsStandardHPKE(t *testing.T) {
	h, err := NewQuarantineKeyset()
	if err != nil {
		t.Fatal(err)
	}
	public, err := h.Public()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := NewSealer(public)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer.Seal([]byte("record"), []byte("info"))
	if err != nil {
		t.Fatal(err)
	}
	entry, err := h.Primary()
	if err != nil {
		t.Fatal(err)
	}
	private, ok := entry.Key().(*hpke.PrivateKey)
	if !ok {
		t.Fatalf("the key is a %T", entry.Key())
	}
	if !bytes.HasPrefix(sealed, private.OutputPrefix()) || len(private.OutputPrefix()) != prefixLen {
		t.Error("no Tink prefix")
	}
	key, err := ecdh.X25519().NewPrivateKey(private.PrivateKeyBytes().Data(insecuresecretdataaccess.Token{}))
	if err != nil {
		t.Fatal(err)
	}
	std, err := stdhpke.NewDHKEMPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := stdhpke.Open(std, stdhpke.HKDFSHA256(), stdhpke.AES256GCM(), []byte("info"), sealed[prefixLen:])
	if err != nil || string(got) != "record" {
		t.Errorf("crypto/hpke opens %q, %v", got, err)
	}
}

func TestSealerAndOpenerRefuseKeysets(t *testing.T) {
	private, err := NewQuarantineKeyset()
	if err != nil {
		t.Fatal(err)
	}
	public, err := private.Public()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewSealer(private); !errors.Is(err, errKeysetKind) {
		t.Errorf("NewSealer of a private keyset: %v", err)
	}
	if _, err := NewOpener(public); !errors.Is(err, errKeysetKind) {
		t.Errorf("NewOpener of a public keyset: %v", err)
	}
	if _, err := NewSealer(mustKeyset(t, Encrypt)); !errors.Is(err, errKeysetKind) {
		t.Errorf("NewSealer of a domain's keyset: %v", err)
	}
	if _, err := NewSealer(nil); err == nil {
		t.Error("NewSealer of nothing")
	}
}
