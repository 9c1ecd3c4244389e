package crypto

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrNotSealed means that a ciphertext was not sealed to this keyset with this context info, or was changed since.
var ErrNotSealed = errors.New("crypto: not sealed to this quarantine keyset with this context info, or changed since")

// A Sealer encrypts to the quarantine's public keyset: who holds it writes what it cannot read. It is safe for
// concurrent use.
//
// Sealing says nothing about who sealed: whoever has the public keyset can seal anything. It shows the length of the
// plaintext.
type Sealer struct{ hpke tink.HybridEncrypt }

// NewSealer returns the sealer of a public quarantine keyset. A private one is refused: a proxy has no use for it.
func NewSealer(public *keyset.Handle) (*Sealer, error) {
	if err := checkKeyset(public, hpkePublicType, tinkpb.OutputPrefixType_TINK); err != nil {
		return nil, fmt.Errorf("crypto: public quarantine keyset: %w", err)
	}
	h, err := hybrid.NewHybridEncrypt(public)
	if err != nil {
		return nil, fmt.Errorf("crypto: public quarantine keyset: %w", err)
	}
	return &Sealer{hpke: h}, nil
}

// Seal encrypts plaintext by HPKE (RFC 9180, base mode) and binds it to contextInfo, which is not part of the result and
// which [Opener.Open] must be given again.
func (s *Sealer) Seal(plaintext, contextInfo []byte) ([]byte, error) {
	out, err := s.hpke.Encrypt(plaintext, contextInfo)
	if err != nil {
		return nil, fmt.Errorf("crypto: seal: %w", err)
	}
	return out, nil
}

// An Opener decrypts what a [Sealer] sealed. It is safe for concurrent use.
type Opener struct{ hpke tink.HybridDecrypt }

// NewOpener returns the opener of a private quarantine keyset.
func NewOpener(private *keyset.Handle) (*Opener, error) {
	if err := checkKeyset(private, hpkePrivateType, tinkpb.OutputPrefixType_TINK); err != nil {
		return nil, fmt.Errorf("crypto: private quarantine keyset: %w", err)
	}
	h, err := hybrid.NewHybridDecrypt(private)
	if err != nil {
		return nil, fmt.Errorf("crypto: private quarantine keyset: %w", err)
	}
	return &Opener{hpke: h}, nil
}

// Open decrypts ciphertext; the error is [ErrNotSealed] and no more, whatever was wrong.
func (o *Opener) Open(ciphertext, contextInfo []byte) ([]byte, error) {
	out, err := o.hpke.Decrypt(ciphertext, contextInfo)
	if err != nil {
		return nil, ErrNotSealed
	}
	return out, nil
}
