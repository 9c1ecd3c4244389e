package crypto

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/xchacha20poly1305"
	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/key"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/prf/aescmacprf"
	"github.com/tink-crypto/tink-go/v2/secretdata"
)

// These tests show that what lies below a token's prefix is what the standards say: the ciphers are reached through
// keysets and factories as in production, and judged by Project Wycheproof's vectors.

// hexBytes is text in hexadecimal.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	out, err := hex.DecodeString(string(text))
	*h = out
	return err
}

type wycheproofGroup struct {
	KeySize int `json:"keySize"` // bits
	IVSize  int `json:"ivSize"`
	TagSize int `json:"tagSize"`
	Tests   []struct {
		ID     int      `json:"tcId"`
		Key    hexBytes `json:"key"`
		IV     hexBytes `json:"iv"`
		AAD    hexBytes `json:"aad"`
		Msg    hexBytes `json:"msg"`
		CT     hexBytes `json:"ct"`
		Tag    hexBytes `json:"tag"`
		Result string   `json:"result"`
	} `json:"tests"`
}

func loadWycheproof(t *testing.T, name string) []wycheproofGroup {
	t.Helper()
	text, err := fs.ReadFile(wycheproof.TestVectors, name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []wycheproofGroup `json:"testGroups"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Groups
}

const wycheproofKeyID = 0x01020304

func secret(b []byte) secretdata.Bytes {
	return secretdata.NewBytesFromData(b, insecuresecretdataaccess.Token{})
}

// handleOf is a keyset of one key, which is its primary.
func handleOf(t *testing.T, k key.Key, err error) *keyset.Handle {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	m := keyset.NewManager()
	id, err := m.AddKey(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetPrimary(id); err != nil {
		t.Fatal(err)
	}
	h, err := m.Handle()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// count checks how many vectors ran, so that a file that changes its shape does not pass by running none.
func count(t *testing.T, valid, wantValid, invalid, wantInvalid int) {
	t.Helper()
	if valid != wantValid || invalid != wantInvalid {
		t.Errorf("%d valid and %d invalid vectors ran, want %d and %d", valid, invalid, wantValid, wantInvalid)
	}
}

func TestWycheproofAESSIV(t *testing.T) {
	params, err := aessiv.NewParameters(64, aessiv.VariantTink)
	if err != nil {
		t.Fatal(err)
	}
	prefix := binary.BigEndian.AppendUint32([]byte{prefixByte}, wycheproofKeyID)
	valid, invalid, composed := 0, 0, 0
	for _, g := range loadWycheproof(t, "aes_siv_cmac_test.json") {
		if g.KeySize != 512 {
			continue
		}
		for _, tt := range g.Tests {
			k, err := aessiv.NewKey(secret(tt.Key), wycheproofKeyID, params)
			d, err := daead.New(handleOf(t, k, err))
			if err != nil {
				t.Fatal(err)
			}
			want := append(bytes.Clone(prefix), tt.CT...)
			got, err := d.DecryptDeterministically(want, tt.AAD)
			if tt.Result != "valid" {
				invalid++
				if err == nil {
					t.Errorf("%d: an invalid ciphertext opens", tt.ID)
				}
				continue
			}
			valid++
			if err != nil || !bytes.Equal(got, tt.Msg) {
				t.Errorf("%d: decrypts to %x, %v", tt.ID, got, err)
			}
			if ct, err := d.EncryptDeterministically(tt.Msg, tt.AAD); err != nil || !bytes.Equal(ct, want) {
				t.Errorf("%d: encrypts to %x, %v, want %x", tt.ID, ct, err, want)
			}
			if len(tt.Msg) == 0 || len(tt.Msg)%padBlock != 0 {
				continue // tokens are of whole blocks
			}
			composed++
			m, err := newSIVMaker(handleOf(t, k, nil), tt.AAD)
			if err != nil {
				t.Fatal(err)
			}
			var work []byte
			if ct, err := m.appendToken(&work, bytes.Clone(tt.Msg)); err != nil || !bytes.Equal(ct, want) {
				t.Errorf("%d: as composed here it encrypts to %x, %v, want %x", tt.ID, ct, err, want)
			}
		}
	}
	count(t, valid, 39, invalid, 108)
	if composed != 14 {
		t.Errorf("%d vectors of whole blocks ran, want 14", composed)
	}
}

func TestWycheproofAESCMAC(t *testing.T) {
	valid, invalid := 0, 0
	for _, g := range loadWycheproof(t, "aes_cmac_test.json") {
		if g.KeySize != 256 || g.TagSize != 128 {
			continue
		}
		for _, tt := range g.Tests {
			k, err := aescmacprf.NewKey(secret(tt.Key))
			set, err := prf.NewPRFSet(handleOf(t, k, err))
			if err != nil {
				t.Fatal(err)
			}
			got, err := set.ComputePrimaryPRF(tt.Msg, hashLen)
			if err != nil {
				t.Fatal(err)
			}
			if tt.Result == "valid" {
				valid++
			} else {
				invalid++
			}
			if bytes.Equal(got, tt.Tag) != (tt.Result == "valid") {
				t.Errorf("%d: %s tag, computed %x", tt.ID, tt.Result, got)
			}
		}
	}
	count(t, valid, 21, invalid, 81)
}

func TestWycheproofXChaCha20Poly1305(t *testing.T) {
	params, err := xchacha20poly1305.NewParameters(xchacha20poly1305.VariantTink)
	if err != nil {
		t.Fatal(err)
	}
	valid, invalid := 0, 0
	for _, g := range loadWycheproof(t, "xchacha20_poly1305_test.json") {
		for _, tt := range g.Tests {
			k, err := xchacha20poly1305.NewKey(secret(tt.Key), wycheproofKeyID, params)
			a, err := aead.New(handleOf(t, k, err))
			if err != nil {
				t.Fatal(err)
			}
			ct := binary.BigEndian.AppendUint32([]byte{prefixByte}, wycheproofKeyID)
			ct = append(append(append(ct, tt.IV...), tt.CT...), tt.Tag...)
			got, err := a.Decrypt(ct, tt.AAD)
			if tt.Result != "valid" {
				invalid++
				if err == nil {
					t.Errorf("%d: an invalid ciphertext opens", tt.ID)
				}
				continue
			}
			valid++
			if err != nil || !bytes.Equal(got, tt.Msg) {
				t.Errorf("%d: decrypts to %x, %v", tt.ID, got, err)
			}
		}
	}
	count(t, valid, 246, invalid, 69)
}
