package crypto

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	daeadsubtle "github.com/tink-crypto/tink-go/v2/daead/subtle"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf/aescmacprf"
	prfsubtle "github.com/tink-crypto/tink-go/v2/prf/subtle"

	"voile/crypto/normalize"
)

const vectorDir = "testdata/vectors"

// A vectorFile is a promise: the tokens that one domain makes, for as long as its token version lives. The files are
// written once and never changed; a token that comes out different is a mistake in the program.
//
// The keysets stand there in cleartext. They are test keys, made for these files and used nowhere else.
type vectorFile struct {
	Params         vectorParams    `json:"params"`
	AssociatedData string          `json:"associated_data"` // hex
	Keyset         json.RawMessage `json:"keyset"`          // an old key and a primary one
	Vectors        []vector        `json:"vectors"`
}

type vectorParams struct {
	Domain            string `json:"domain"`
	Method            Method `json:"method"`
	Normalizer        string `json:"normalizer"`
	NormalizerVersion int    `json:"normalizer_version"`
	Region            string `json:"region"`
}

type vector struct {
	Value      string `json:"value"`
	Normalized string `json:"normalized"`
	Understood bool   `json:"understood"`
	Token      string `json:"token"`     // under the primary key
	OldToken   string `json:"old_token"` // under the old key, from before a rotation
}

// loadVectors returns the files by name; one that cannot be read, or none at all, is a failure.
func loadVectors(t testing.TB) map[string]vectorFile {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(vectorDir, "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no vectors in %s: %v", vectorDir, err)
	}
	files := map[string]vectorFile{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var f vectorFile
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(f.Vectors) < 20 {
			t.Fatalf("%s: %d vectors, want at least 20", name, len(f.Vectors))
		}
		files[strings.TrimSuffix(filepath.Base(name), ".json")] = f
	}
	return files
}

func (f vectorFile) handle(t testing.TB) *keyset.Handle {
	t.Helper()
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Keyset)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestFrozenTokens(t *testing.T) {
	for name, f := range loadVectors(t) {
		p := Params(f.Params)
		d := bareDomain(t, p, f.handle(t))
		if got := hex.EncodeToString(p.tokenAD()); got != f.AssociatedData {
			t.Errorf("%s: associated data %s, want %s", name, got, f.AssociatedData)
		}
		for _, v := range f.Vectors {
			if got := token(t, d, v.Normalized); got != v.Token && p.Method != Encrypt {
				t.Errorf("%s: token of %.40q is %.80s, want %.80s", name, v.Normalized, got, v.Token)
			}
			for _, tok := range []string{v.Token, v.OldToken} {
				if own, foreign := d.Recognize([]byte(tok)); !own || foreign {
					t.Errorf("%s: Recognize(%.80s) = %v, %v", name, tok, own, foreign)
				}
				got, err := d.Reveal([]byte(tok))
				if p.Method == Hash {
					if !errors.Is(err, ErrOneWay) {
						t.Errorf("%s: Reveal(%.80s): %v", name, tok, err)
					}
				} else if err != nil || string(got) != v.Normalized {
					t.Errorf("%s: Reveal(%.80s) = %.40q, %v, want %.40q", name, tok, got, err, v.Normalized)
				}
			}
			if v.Token == v.OldToken {
				t.Errorf("%s: one token under two keys", name)
			}
		}
	}
}

// The values still normalize to what the tokens were made of, and every normalizer that exists has its files.
func TestFrozenTokensCoverEveryNormalizer(t *testing.T) {
	files := loadVectors(t)
	for _, d := range allDomains(t) {
		f, ok := files[vectorName(d.params)]
		if !ok {
			t.Errorf("no vectors %s: VOILE_WRITE_VECTORS=1 go test ./crypto -run TestWriteMissingVectors writes what is missing", vectorName(d.params))
			continue
		}
		for _, v := range f.Vectors {
			norm, understood := d.Normalize(nil, []byte(v.Value))
			if string(norm) != v.Normalized || understood != v.Understood {
				t.Errorf("%s: Normalize(%.40q) = %.40q, %v, want %.40q, %v", vectorName(d.params), v.Value, norm, understood, v.Normalized, v.Understood)
			}
		}
	}
}

// The tokens' bytes once more, put together from the raw keys without the code under test: what the ADR says.
func TestFrozenTokensByHand(t *testing.T) {
	hand := 0
	for name, f := range loadVectors(t) {
		ad, err := hex.DecodeString(f.AssociatedData)
		if err != nil {
			t.Fatal(err)
		}
		entry, err := f.handle(t).Primary()
		if err != nil {
			t.Fatal(err)
		}
		var sealByHand func(value []byte) []byte
		prefix := binary.BigEndian.AppendUint32([]byte{1}, entry.KeyID())
		switch k := entry.Key().(type) {
		case *aessiv.Key:
			siv, err := daeadsubtle.NewAESSIV(k.KeyBytes().Data(insecuresecretdataaccess.Token{}))
			if err != nil {
				t.Fatal(err)
			}
			sealByHand = func(value []byte) []byte {
				padded := append(bytes.Clone(value), 0x80)
				for len(padded)%16 != 0 {
					padded = append(padded, 0)
				}
				ct, err := siv.EncryptDeterministically(padded, ad)
				if err != nil {
					t.Fatal(err)
				}
				return append(bytes.Clone(prefix), ct...)
			}
		case *aescmacprf.Key:
			cmac, err := prfsubtle.NewAESCMACPRF(k.KeyBytes().Data(insecuresecretdataaccess.Token{}))
			if err != nil {
				t.Fatal(err)
			}
			prf := func(in []byte, n uint32) []byte {
				out, err := cmac.ComputePRF(in, n)
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			sealByHand = func(value []byte) []byte {
				in := append(binary.BigEndian.AppendUint32(nil, uint32(len(ad))), ad...)
				out := append(bytes.Clone(prefix), prf(append(in, value...), 16)...)
				return append(out, prf(append([]byte("vh1-check"), out...), 8)...)
			}
		default:
			continue // randomized: there is nothing to compare
		}
		for _, v := range f.Vectors {
			hand++
			want := f.Params.Method.version() + "." + f.Params.Domain + "." + base64.RawURLEncoding.EncodeToString(sealByHand([]byte(v.Normalized)))
			if v.Token != want {
				t.Errorf("%s: %.80s by hand is %.80s", name, v.Token, want)
			}
		}
	}
	if hand == 0 {
		t.Error("nothing was compared")
	}
}

func vectorName(p Params) string {
	return fmt.Sprintf("%s-%s-%d", p.Method, p.Normalizer, p.NormalizerVersion)
}

// vectorValues has, beside the borders of padding, spellings that each normalizer brings to one form.
func vectorValues() []string {
	out := []string{
		"a", "null", "true", "-12.50", "12345678901234567890", `{"first":"Marie","last":"Durand"}`, "[1,2,3]", `"quoted \"text\""`,
		"marie.durand@example.fr", " Marie.Durand@Example.FR ", "marie+news@bücher.example", "n/a", "15",
		"06 12 34 56 78", "+33 6 12 34 56 78", "0033612345678", "1.212.555.0123",
		"FR76 3000 6000 0112 3456 7890 189", "fr7630006000011234567890189", "4000 0037 0075 2666", "4000003700752666", "2 53 07 2b 073 004", "253072B07300470",
		"732 829 320", "732829320", "732 829 320 00074", "73282932000074", "FR 40 303 265 045", "fr40303265045", "1980-01-31T00:00:00Z", "31/01/1980",
		"{F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6}", "f81d4fae7dec11d0a76500a0c91e6bf6", "::ffff:192.0.2.1", "192.0.2.1", "2001:DB8:0:0::1", "2001:db8::1",
		"ZOË  O’Neill", "zoë o'neill", "Straße", "STRASSE",
		"Zoë", "Zoe\u0308", "日本語", "محمد", "👩‍👩‍👧", "ﬁnance@example.com", "\u00a0padded\u2003", "tab\tand\nbreak", "\x00",
	}
	for _, n := range []int{15, 16, 17, 31, 32, 47, 48, 63, 64, 71, 72, 127, 128, 1000} {
		out = append(out, strings.Repeat("x", n))
	}
	return out
}

// TestWriteMissingVectors writes the files that do not exist yet, with fresh keys; it never changes one that does.
func TestWriteMissingVectors(t *testing.T) {
	if os.Getenv("VOILE_WRITE_VECTORS") == "" {
		t.Skip("writes only with VOILE_WRITE_VECTORS=1")
	}
	for _, d := range allDomains(t) {
		p := d.params
		p.Domain = "vectors-" + p.Normalizer
		name := filepath.Join(vectorDir, vectorName(p)+".json")
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		text, err := json.MarshalIndent(newVectorFile(t, p), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// withNewPrimary rotates a keyset: a fresh key is added, and is the primary one from then on.
func withNewPrimary(t *testing.T, h *keyset.Handle, m Method) (rotated *keyset.Handle, primary uint32) {
	t.Helper()
	manager := keyset.NewManagerFromHandle(h)
	tmpl, err := m.template()
	if err != nil {
		t.Fatal(err)
	}
	if primary, err = manager.Add(tmpl); err != nil {
		t.Fatal(err)
	}
	if err := manager.SetPrimary(primary); err != nil {
		t.Fatal(err)
	}
	if rotated, err = manager.Handle(); err != nil {
		t.Fatal(err)
	}
	return rotated, primary
}

func newVectorFile(t *testing.T, p Params) vectorFile {
	t.Helper()
	first := mustKeyset(t, p.Method)
	both, _ := withNewPrimary(t, first, p.Method)
	var cleartext bytes.Buffer
	if err := insecurecleartextkeyset.Write(both, keyset.NewJSONWriter(&cleartext)); err != nil {
		t.Fatal(err)
	}
	f := vectorFile{Params: vectorParams(p), AssociatedData: hex.EncodeToString(p.tokenAD()), Keyset: cleartext.Bytes()}
	norm, err := normalize.New(p.Normalizer, p.Region)
	if err != nil {
		t.Fatal(err)
	}
	old, primary := bareDomain(t, p, first), bareDomain(t, p, both)
	for _, v := range vectorValues() {
		out, understood := norm.Append(nil, []byte(v))
		f.Vectors = append(f.Vectors, vector{Value: v, Normalized: string(out), Understood: understood, Token: token(t, primary, string(out)), OldToken: token(t, old, string(out))})
	}
	return f
}
