package crypto

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Lengths in bytes of what stands below a token's base64url, behind the prefix.
const (
	sivLen   = 16 // AES-SIV's synthetic IV
	nonceLen = 24 // XChaCha20-Poly1305
	tagLen   = 16

	hashLen      = 16 // of the value's PRF
	checkLen     = 8  // of the check's PRF
	hashTokenLen = prefixLen + hashLen + checkLen
)

// A mechanism makes and opens the bytes of a method's tokens. It allocates nothing of its own: plaintexts and inputs
// are laid out in work, which comes and goes empty and is grown there.
type mechanism interface {
	// seal returns the token's bytes. They may lie in work.
	seal(work *[]byte, plaintext []byte) ([]byte, error)
	// open says whether raw is genuine; plaintext is nil for a one-way method.
	open(work *[]byte, raw []byte) (plaintext []byte, genuine bool)
}

// newMechanism returns the mechanism of p's method under the keys of h.
func newMechanism(p Params, h *keyset.Handle) (mechanism, error) {
	if err := checkMethodKeyset(h, p.Method); err != nil {
		return nil, err
	}
	ad := p.tokenAD()
	switch p.Method {
	case Tokenize:
		return newSIVMechanism(h, ad, newSIVMaker)
	case Hash:
		return newPRFMechanism(h, ad)
	case Encrypt:
		a, err := aead.New(h)
		return &aeadMechanism{aead: a, ad: ad}, err
	}
	return nil, errors.New("unknown method")
}

// aeadMechanism is encrypt. Every token is new; what still shows is the length class.
type aeadMechanism struct {
	aead tink.AEAD
	ad   []byte
}

func (m *aeadMechanism) seal(work *[]byte, plaintext []byte) ([]byte, error) {
	*work = appendPadded(*work, plaintext, padmeSize(len(plaintext)))
	return m.aead.Encrypt(*work, m.ad)
}

func (m *aeadMechanism) open(_ *[]byte, raw []byte) ([]byte, bool) {
	padded, err := m.aead.Decrypt(raw, m.ad)
	if err != nil {
		return nil, false
	}
	return unpad(padded, padmeSize)
}

// prfMechanism is hash. Tink's PRFs have neither prefix nor associated data, so both are laid out here:
//
//	0x01 ‖ key ID ‖ PRF(len(ad) ‖ ad ‖ value)[:16] ‖ PRF("vh1-check" ‖ the 21 bytes before)[:8]
//
// len(ad) takes four bytes, big-endian, of which the first is 0: no input of the one PRF is ever an input of the other.
// Whatever else is derived from such a key MUST begin with a label of its own that is no other's beginning, and not with 0:
// Derive does, with deriveLabel.
type prfMechanism struct {
	prfs   map[uint32]prf.PRF
	prefix [prefixLen]byte // of the primary key
	ad     []byte          // len(ad) ‖ ad
}

// checkLabel separates the check's inputs from the values'.
const checkLabel = "vh1-check"

func newPRFMechanism(h *keyset.Handle, ad []byte) (*prfMechanism, error) {
	set, err := prf.NewPRFSet(h)
	if err != nil {
		return nil, err
	}
	m := &prfMechanism{prfs: set.PRFs, ad: binary.BigEndian.AppendUint32(nil, uint32(len(ad)))}
	m.ad = append(m.ad, ad...)
	m.prefix[0] = prefixByte
	binary.BigEndian.PutUint32(m.prefix[1:], set.PrimaryID)
	return m, nil
}

func (m *prfMechanism) seal(work *[]byte, plaintext []byte) ([]byte, error) {
	f := m.prfs[binary.BigEndian.Uint32(m.prefix[1:])]
	// Room for everything at once: memory that is grown out of would keep the plaintext.
	in := slices.Grow(*work, len(m.ad)+len(plaintext)+len(checkLabel)+hashTokenLen)
	in = append(append(in, m.ad...), plaintext...)
	*work = in
	value, err := f.ComputePRF(in, hashLen)
	if err != nil {
		return nil, err
	}
	in = append(in, checkLabel...)
	start := len(in)
	in = append(append(in, m.prefix[:]...), value...)
	*work = in
	check, err := f.ComputePRF(in[start-len(checkLabel):], checkLen)
	if err != nil {
		return nil, err
	}
	in = append(in, check...)
	*work = in
	return in[start:], nil
}

func (m *prfMechanism) open(work *[]byte, raw []byte) ([]byte, bool) {
	if len(raw) != hashTokenLen || raw[0] != prefixByte {
		return nil, false
	}
	f, ok := m.prfs[binary.BigEndian.Uint32(raw[1:])]
	if !ok {
		return nil, false
	}
	in := append(append(*work, checkLabel...), raw[:hashTokenLen-checkLen]...)
	*work = in
	check, err := f.ComputePRF(in, checkLen)
	return nil, err == nil && subtle.ConstantTimeCompare(check, raw[hashTokenLen-checkLen:]) == 1
}
