package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	prfsubtle "github.com/tink-crypto/tink-go/v2/prf/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// sivMechanism is tokenize. Equal values give equal bytes: that is its purpose and its weakness.
//
// Tink opens tokens. What makes them is composed here, of Go's AES, because Tink's own AES-SIV sets up for
// each message what depends on the key alone. It gives Tink's bytes, or there is no mechanism: of each keyset both make
// tokens at the start, of each number of blocks that is encrypted block by block, and of more. docs/adr/0033-aes-siv-composed.md.
type sivMechanism struct {
	daead tink.DeterministicAEAD
	ad    []byte
	make  *sivMaker
}

// newSIVMechanism returns the mechanism of h with the maker that newMaker gives, or [ErrNotTinks].
func newSIVMechanism(h *keyset.Handle, ad []byte, newMaker func(*keyset.Handle, []byte) (*sivMaker, error)) (*sivMechanism, error) {
	d, err := daead.New(h)
	if err != nil {
		return nil, err
	}
	maker, err := newMaker(h, ad)
	if err != nil {
		return nil, err
	}
	m := &sivMechanism{daead: d, ad: ad, make: maker}
	if err := m.compare(); err != nil {
		return nil, err
	}
	return m, nil
}

// compare says whether tokens are Tink's, byte by byte: [ErrNotTinks].
func (m *sivMechanism) compare() error {
	for _, blocks := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 33} {
		value := make([]byte, blocks*padBlock-1)
		for i := range value {
			value[i] = byte(i)
		}
		var work []byte
		got, err := m.seal(&work, value)
		if err != nil {
			return err
		}
		want, err := m.daead.EncryptDeterministically(appendPadded(nil, value, blocks*padBlock), m.ad)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(got, want) != 1 {
			return ErrNotTinks
		}
	}
	return nil
}

func (m *sivMechanism) seal(work *[]byte, plaintext []byte) ([]byte, error) {
	size := blockSize(len(plaintext))
	// Room for everything at once: memory that is grown out of would keep the plaintext.
	in := appendPadded(slices.Grow(*work, size+sivOverhead+size), plaintext, size)
	return m.make.appendToken(work, in)
}

func (m *sivMechanism) open(_ *[]byte, raw []byte) ([]byte, bool) {
	padded, err := m.daead.DecryptDeterministically(raw, m.ad)
	if err != nil {
		return nil, false
	}
	return unpad(padded, blockSize)
}

// ErrNotTinks says that the two ways to a token's bytes part. No token must be made then.
var ErrNotTinks = errors.New("crypto: AES-SIV as this program composes it gives other bytes than Tink's")

const (
	// sivOverhead is what a maker writes behind a padded value beside the ciphertext: the counter block, the prefix, the
	// synthetic IV.
	sivOverhead = aes.BlockSize + prefixLen + sivLen
	// bulk is from how many padded bytes on Go's CTR, which encrypts several blocks at a time, is worth its allocation.
	bulk = 256
)

// A sivMaker makes what Tink's AES-SIV (RFC 5297) makes under the primary key with one associated datum, of plaintexts that are whole
// blocks: the prefix, the synthetic IV V, the ciphertext C. It is immutable and safe for concurrent use.
//
//	D = dbl(CMAC(K1, 0^128)) xor CMAC(K1, ad)   S2V up to the last string, §2.4; the same for all messages
//	V = CMAC(K1, plaintext xorend D)            §2.4, for a last string of 128 bits or more
//	C = plaintext xor CTR(K2, Q)                §2.6; Q is V without bits 31 and 63, counted from the right
//
// CMAC of whole blocks is CBC-MAC with L = dbl(AES(K1, 0^128)) xored into the last block (RFC 4493 §2.4), where D goes too.
//
// The first half of the key is K1, the second K2. What it does takes the same time for all plaintexts of a length, as far as Go's AES does.
type sivMaker struct {
	prefix [prefixLen]byte
	last   [aes.BlockSize]byte // D xor L
	mac    cipher.Block        // under K1
	block  cipher.Block        // under K2
}

func newSIVMaker(h *keyset.Handle, ad []byte) (*sivMaker, error) {
	primary, err := h.Primary()
	if err != nil {
		return nil, err
	}
	k, ok := primary.Key().(*aessiv.Key)
	if !ok || len(k.OutputPrefix()) != prefixLen {
		return nil, errKeysetKind
	}
	m := &sivMaker{prefix: [prefixLen]byte(k.OutputPrefix())}
	secret := k.KeyBytes().Data(insecuresecretdataaccess.Token{})
	defer clear(secret)
	k1, k2 := secret[:len(secret)/2], secret[len(secret)/2:]
	if m.mac, err = aes.NewCipher(k1); err != nil {
		return nil, err
	}
	if m.block, err = aes.NewCipher(k2); err != nil {
		return nil, err
	}
	cmac, err := prfsubtle.NewAESCMACPRF(k1)
	if err != nil {
		return nil, err
	}
	zero, err := cmac.ComputePRF(make([]byte, aes.BlockSize), aes.BlockSize)
	if err != nil {
		return nil, err
	}
	adMAC, err := cmac.ComputePRF(ad, aes.BlockSize)
	if err != nil {
		return nil, err
	}
	m.mac.Encrypt(m.last[:], m.last[:])
	double(m.last[:])
	double(zero)
	subtle.XORBytes(m.last[:], m.last[:], zero)
	subtle.XORBytes(m.last[:], m.last[:], adMAC)
	return m, nil
}

// double multiplies a block by x in GF(2^128), RFC 5297 §2.3.
func double(b []byte) {
	hi, lo := binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	binary.BigEndian.PutUint64(b, hi<<1|lo>>63)
	binary.BigEndian.PutUint64(b[8:], lo<<1^hi>>63*0x87)
}

// appendToken returns the token's bytes, which lie in work behind padded. padded MUST be whole blocks at work's beginning; work is grown
// where there is no room behind it.
func (m *sivMaker) appendToken(work *[]byte, padded []byte) ([]byte, error) {
	*work = padded
	size := len(padded)
	if size == 0 || size%aes.BlockSize != 0 {
		return nil, fmt.Errorf("a plaintext of %d bytes is not whole blocks", size)
	}
	buf := slices.Grow(padded, sivOverhead+size)[:2*size+sivOverhead]
	*work = buf
	padded = buf[:size]
	counter := buf[size:][:aes.BlockSize]
	token := buf[size+aes.BlockSize:]
	siv, ciphertext := token[prefixLen:][:sivLen], token[prefixLen+sivLen:]

	copy(token, m.prefix[:])
	copy(siv, padded) // V is the last of the chain
	for at := aes.BlockSize; at < size; at += aes.BlockSize {
		m.mac.Encrypt(siv, siv)
		subtle.XORBytes(siv, siv, padded[at:at+aes.BlockSize])
	}
	subtle.XORBytes(siv, siv, m.last[:])
	m.mac.Encrypt(siv, siv)
	copy(counter, siv)
	counter[8] &= 0x7f
	counter[12] &= 0x7f
	m.ctr(ciphertext, padded, counter)
	return token, nil
}

// ctr encrypts src, which is whole blocks, into dst. The counter has its bits 31 and 63 cleared, so that its low 32 bits do
// not overflow below 32 GiB.
func (m *sivMaker) ctr(dst, src, counter []byte) {
	if len(src) >= bulk {
		cipher.NewCTR(m.block, counter).XORKeyStream(dst, src)
		return
	}
	n := binary.BigEndian.Uint32(counter[12:])
	for at := 0; at < len(dst); at += aes.BlockSize {
		m.block.Encrypt(dst[at:], counter)
		n++
		binary.BigEndian.PutUint32(counter[12:], n)
	}
	subtle.XORBytes(dst, dst, src)
}
