package crypto

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Source: RFC 5297, appendix A.1. In the second the bit that is shifted out is set.
func TestDouble(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"0e04dfafc1efbf040140582859bf073a", "1c09bf5f83df7e080280b050b37e0e74"},
		{"edf09de876c642ee4d78bce4ceedfc4f", "dbe13bd0ed8c85dc9af179c99ddbf819"},
	} {
		b, err := hex.DecodeString(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		if double(b); hex.EncodeToString(b) != tt.want {
			t.Errorf("double(%s) = %x, want %s", tt.in, b, tt.want)
		}
	}
}

// sivKeyset is a keyset of one AES-SIV key.
func sivKeyset(t *testing.T, secretKey []byte) *keyset.Handle {
	t.Helper()
	params, err := aessiv.NewParameters(64, aessiv.VariantTink)
	if err != nil {
		t.Fatal(err)
	}
	k, err := aessiv.NewKey(secret(secretKey), wycheproofKeyID, params)
	return handleOf(t, k, err)
}

// Every length around each boundary: a block, bulk, more than one doubling of the working memory.
func TestSIVIsTinksAtEveryLength(t *testing.T) {
	h := sivKeyset(t, bytes.Repeat([]byte{0x5a, 0xc3, 0x01, 0xff}, 16))
	m, err := newSIVMechanism(h, []byte("associated"), newSIVMaker)
	if err != nil {
		t.Fatal(err)
	}
	work := make([]byte, 0, 8)
	for n := range 1200 {
		value := []byte(strings.Repeat("é\x00\x80", n/4+1))[:n]
		work = work[:0]
		got, err := m.seal(&work, value)
		if err != nil {
			t.Fatal(err)
		}
		want, err := m.daead.EncryptDeterministically(appendPadded(nil, value, blockSize(n)), m.ad)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: %x, want %x (%v)", n, got, want, err)
		}
		if plain, genuine := m.open(nil, want); !genuine || !bytes.Equal(plain, value) {
			t.Fatalf("%d bytes: opens as %x, %v", n, plain, genuine)
		}
	}
}

// For every key, associated data and value the bytes are those of Tink's AES-SIV, and Tink opens them.
func FuzzSIVIsTinks(f *testing.F) {
	f.Add([]byte("key"), []byte("ad"), []byte("value"))
	f.Add([]byte{}, []byte{}, []byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 64), bytes.Repeat([]byte{0x80}, 16), bytes.Repeat([]byte{0}, 255))
	f.Add(bytes.Repeat([]byte{1}, 64), bytes.Repeat([]byte{0x80}, 33), bytes.Repeat([]byte("0123456789abcdef"), 16))
	f.Fuzz(func(t *testing.T, key, ad, value []byte) {
		var secretKey [64]byte
		copy(secretKey[:], key)
		h := sivKeyset(t, secretKey[:])
		m, err := newSIVMechanism(h, ad, newSIVMaker)
		if err != nil {
			t.Fatal(err)
		}
		alone, err := daead.New(h)
		if err != nil {
			t.Fatal(err)
		}
		var work []byte
		got, err := m.seal(&work, value)
		if err != nil {
			t.Fatal(err)
		}
		want, err := alone.EncryptDeterministically(appendPadded(nil, value, blockSize(len(value))), ad)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%x, want %x (%v)", got, want, err)
		}
		if plain, genuine := m.open(&work, want); !genuine || !bytes.Equal(plain, value) {
			t.Errorf("opens as %x, %v", plain, genuine)
		}
	})
}

// Counters whose low bits are all set go on as RFC 5297 says: bits 31 and 63 are cleared first, so nothing is carried out of the
// low 32.
func TestSIVCounter(t *testing.T) {
	m, err := newSIVMaker(sivKeyset(t, bytes.Repeat([]byte{7}, 64)), nil)
	if err != nil {
		t.Fatal(err)
	}
	counter := bytes.Repeat([]byte{0xff}, 16)
	counter[8] &= 0x7f
	counter[12] &= 0x7f
	long := make([]byte, bulk)
	want := make([]byte, len(long)) // by Go's CTR
	m.ctr(want, long, bytes.Clone(counter))
	got := make([]byte, bulk-padBlock) // block by block
	m.ctr(got, long[:len(got)], bytes.Clone(counter))
	if !bytes.Equal(got, want[:len(got)]) {
		t.Errorf("block by block %x, by CTR %x", got, want[:len(got)])
	}
}

// There is no mechanism with a maker that is not Tink's: of another key, of other associated data, of another prefix, or that is
// wrong only from bulk on.
func TestSIVThatIsNotTinksIsRefused(t *testing.T) {
	h, ad := sivKeyset(t, bytes.Repeat([]byte{7}, 64)), []byte("ad")
	other, err := newSIVMaker(sivKeyset(t, bytes.Repeat([]byte{8}, 64)), ad)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*sivMaker){
		"last":                     func(m *sivMaker) { m.last[15] ^= 1 },
		"prefix":                   func(m *sivMaker) { m.prefix[4] ^= 1 },
		"k1":                       func(m *sivMaker) { m.mac = other.mac },
		"k2":                       func(m *sivMaker) { m.block = other.block },
		"many":                     func(m *sivMaker) { m.block = wrongInBulk{m.block} },
		"block by block, the last": func(m *sivMaker) { m.block = &wrongAt{Block: m.block, n: 15 * 16 / 2} },
	} {
		t.Run(name, func(t *testing.T) {
			m, err := newSIVMechanism(h, ad, func(h *keyset.Handle, ad []byte) (*sivMaker, error) {
				m, err := newSIVMaker(h, ad)
				if err == nil {
					spoil(m)
				}
				return m, err
			})
			if !errors.Is(err, ErrNotTinks) || m != nil {
				t.Errorf("%v, %v, want %v", m, err, ErrNotTinks)
			}
		})
	}
}

// wrongInBulk is right block by block; Go's CTR asks it for one of its own.
type wrongInBulk struct{ cipher.Block }

func (w wrongInBulk) NewCTR(iv []byte) cipher.Stream {
	iv[0] ^= 1
	return cipher.NewCTR(w.Block, iv)
}

// wrongAt is wrong in one of all the blocks that it encrypts.
type wrongAt struct {
	cipher.Block
	n int
}

func (w *wrongAt) Encrypt(dst, src []byte) {
	w.Block.Encrypt(dst, src)
	if w.n--; w.n == 0 {
		dst[0] ^= 1
	}
}

// Working memory that is too small is grown before the value lies in it: what is outgrown is not overwritten.
func TestSIVLeavesNothingInOutgrownMemory(t *testing.T) {
	m, err := newSIVMechanism(sivKeyset(t, bytes.Repeat([]byte{7}, 64)), []byte("ad"), newSIVMaker)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 20, 200, 400} {
		for _, room := range []int{8, 64, 256, 500} {
			work := make([]byte, 0, room)
			old := work[:room]
			if _, err := m.seal(&work, bytes.Repeat([]byte{0xab}, n)); err != nil {
				t.Fatal(err)
			}
			clear(work) // as Domain.release does
			if bytes.Contains(old, []byte{0xab}) {
				t.Errorf("%d bytes, room for %d: the value is left behind", n, room)
			}
		}
	}
}

// What is not whole blocks is refused, not encrypted in another way.
func TestSIVTakesWholeBlocks(t *testing.T) {
	m, err := newSIVMaker(sivKeyset(t, bytes.Repeat([]byte{7}, 64)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 15, 17} {
		var work []byte
		if _, err := m.appendToken(&work, make([]byte, n)); err == nil {
			t.Errorf("%d bytes are taken", n)
		}
	}
}
