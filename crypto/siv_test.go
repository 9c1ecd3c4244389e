package crypto

import (
	"bytes"
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
	m, err := newSIVMechanism(h, []byte("associated"))
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
		m, err := newSIVMechanism(h, ad)
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

// A maker that is not Tink's makes no token: of another key, of other associated data, of another prefix.
func TestSIVThatIsNotTinksIsRefused(t *testing.T) {
	h := sivKeyset(t, bytes.Repeat([]byte{7}, 64))
	for name, spoil := range map[string]func(*sivMaker){
		"d":      func(m *sivMaker) { m.d[15] ^= 1 },
		"prefix": func(m *sivMaker) { m.prefix[4] ^= 1 },
		"k1": func(m *sivMaker) {
			other, err := newSIVMaker(sivKeyset(t, bytes.Repeat([]byte{8}, 64)), []byte("ad"))
			if err != nil {
				t.Fatal(err)
			}
			m.cmac = other.cmac
		},
		"k2": func(m *sivMaker) {
			other, err := newSIVMaker(sivKeyset(t, bytes.Repeat([]byte{8}, 64)), []byte("ad"))
			if err != nil {
				t.Fatal(err)
			}
			m.block = other.block
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := newSIVMechanism(h, []byte("ad"))
			if err != nil {
				t.Fatal(err)
			}
			spoil(m.make)
			if err := m.agree(); !errors.Is(err, errSIV) {
				t.Errorf("agree: %v, want %v", err, errSIV)
			}
		})
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
