package crypto

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// template returns the one kind of key that the method uses. See docs/adr/0001 and 0002 for the choices.
func (m Method) template() (*tinkpb.KeyTemplate, error) {
	switch m {
	case Tokenize:
		return daead.AESSIVKeyTemplate(), nil
	case Hash:
		return prf.AESCMACPRFKeyTemplate(), nil
	case Encrypt:
		return aead.XChaCha20Poly1305KeyTemplate(), nil
	}
	return nil, errors.New("crypto: unknown method: want tokenize, hash or encrypt")
}

// NewKeyset returns a keyset with one fresh key for the method. It exists in memory only: [Document.Wrap] is the one way
// to keep it.
func NewKeyset(m Method) (*keyset.Handle, error) {
	t, err := m.template()
	if err != nil {
		return nil, err
	}
	return newHandle(t)
}

// NewQuarantineKeyset returns a fresh private keyset for [NewOpener]; its Public() is what [NewSealer] takes. It exists
// in memory only, as that of [NewKeyset].
func NewQuarantineKeyset() (*keyset.Handle, error) { return newHandle(quarantineTemplate()) }

// quarantineTemplate is HPKE (RFC 9180) in base mode with X25519, HKDF-SHA256 and AES-256-GCM. Every message has a key
// of its own, so GCM's bound on random nonces does not matter here.
func quarantineTemplate() *tinkpb.KeyTemplate {
	return hybrid.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM_Key_Template()
}

func newHandle(t *tinkpb.KeyTemplate) (*keyset.Handle, error) {
	h, err := keyset.NewHandle(t)
	if err != nil {
		return nil, fmt.Errorf("crypto: make a key: %w", err)
	}
	return h, nil
}

// errKeysetKind says that a keyset holds other keys than it should. A key of another type would make tokens of another
// form; one without Tink's prefix would be tried on every ciphertext.
var errKeysetKind = errors.New("the keyset holds a key of another type or output prefix than voile makes for it")

// checkKeyset says whether every key of h is of the type and the output prefix of the template.
func checkKeyset(h *keyset.Handle, typeURL string, prefix tinkpb.OutputPrefixType) error {
	if h.Len() == 0 {
		return errors.New("the keyset is empty")
	}
	for _, k := range h.KeysetInfo().GetKeyInfo() {
		if k.GetTypeUrl() != typeURL || k.GetOutputPrefixType() != prefix {
			return errKeysetKind
		}
	}
	return nil
}

// checkMethodKeyset says whether h is a keyset for the method.
func checkMethodKeyset(h *keyset.Handle, m Method) error {
	t, err := m.template()
	if err != nil {
		return err
	}
	return checkKeyset(h, t.GetTypeUrl(), t.GetOutputPrefixType())
}

// Types of quarantine keys; the template's type is the private one.
const (
	hpkePrivateType = "type.googleapis.com/google.crypto.tink.HpkePrivateKey"
	hpkePublicType  = "type.googleapis.com/google.crypto.tink.HpkePublicKey"
)

// A Key is what may be said aloud of one key of a keyset.
type Key struct {
	ID      uint32 // Tink's key ID, as in a token's prefix
	Primary bool   // new tokens are made with it
	Enabled bool   // its tokens are still recognized and revealed
}

// Keys lists the keys of a keyset in its order. Nothing in it is secret.
func Keys(h *keyset.Handle) []Key {
	if h.Len() == 0 {
		return nil
	}
	info := h.KeysetInfo()
	keys := make([]Key, 0, len(info.GetKeyInfo()))
	for _, k := range info.GetKeyInfo() {
		keys = append(keys, Key{
			ID:      k.GetKeyId(),
			Primary: k.GetKeyId() == info.GetPrimaryKeyId(),
			Enabled: k.GetStatus() == tinkpb.KeyStatusType_ENABLED,
		})
	}
	return keys
}
