// Package hpketest gives tests a quarantine keyset that ends with them.
package hpketest

import (
	"testing"

	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// A Pair seals and opens, as voile/crypto's Sealer and Opener do.
type Pair struct {
	tink.HybridEncrypt
	tink.HybridDecrypt
}

// Seal encrypts.
func (p Pair) Seal(plaintext, info []byte) ([]byte, error) { return p.Encrypt(plaintext, info) }

// Open decrypts.
func (p Pair) Open(ciphertext, info []byte) ([]byte, error) { return p.Decrypt(ciphertext, info) }

// New makes a keyset pair.
func New(t testing.TB) Pair {
	t.Helper()
	private, err := keyset.NewHandle(hybrid.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM_Key_Template())
	if err != nil {
		t.Fatal(err)
	}
	public, err := private.Public()
	if err != nil {
		t.Fatal(err)
	}
	enc, err := hybrid.NewHybridEncrypt(public)
	if err != nil {
		t.Fatal(err)
	}
	dec, err := hybrid.NewHybridDecrypt(private)
	if err != nil {
		t.Fatal(err)
	}
	return Pair{enc, dec}
}
