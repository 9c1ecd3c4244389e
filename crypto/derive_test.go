package crypto

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf/aescmacprf"
	prfsubtle "github.com/tink-crypto/tink-go/v2/prf/subtle"
)

func derive(t testing.TB, d *Domain, label, plaintext string) string {
	t.Helper()
	out, err := d.Derive([]byte("before"), label, []byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != len("before")+DeriveLen || string(out[:6]) != "before" {
		t.Fatalf("Derive gives %d bytes", len(out))
	}
	return string(out[6:])
}

// Different labels, domains and values give different bytes, also where the bytes of one run over into the next; the same
// give the same.
func TestDeriveSeparates(t *testing.T) {
	h := mustKeyset(t, Hash)
	one, two := bareDomain(t, newParams(t, "name", Hash), h), bareDomain(t, newParams(t, "names", Hash), h)
	other := newDomain(t, "name", Hash)
	seen := map[string]string{}
	for name, d := range map[string]*Domain{"one": one, "two": two, "other key": other} {
		for _, label := range []string{"a", "ab", "abc", "uuid", "uuid2", "vh1-check", strings.Repeat("l", 127), strings.Repeat("l", 128), "\x00", "\x01a"} {
			for _, v := range []string{"", "a", "ab", "bc", "c", "\x00", "vh1-derive", strings.Repeat("x", 1000)} {
				what := name + " " + label + " " + v
				got := derive(t, d, label, v)
				if before, ok := seen[got]; ok {
					t.Errorf("%.60q and %.60q: the same bytes", what, before)
				}
				seen[got] = what
				if again := derive(t, d, label, v); again != got {
					t.Errorf("%.60q: other bytes the second time", what)
				}
			}
		}
	}
}

// No input of the PRF is of two uses: what each use begins with is no other's beginning.
func TestDeriveLabelIsNoOthersBeginning(t *testing.T) {
	starts := []string{deriveLabel, checkLabel, "\x00"}
	for i, a := range starts {
		for j, b := range starts {
			if i != j && strings.HasPrefix(a, b) {
				t.Errorf("%q begins with %q", a, b)
			}
		}
	}
	m, ok := newDomain(t, "d", Hash).mech.(*prfMechanism)
	if !ok || m.ad[0] != 0 {
		t.Errorf("a value's input does not begin with a byte 0")
	}
}

// What is derived is no part of the value's token, nor of its check.
func TestDeriveIsNotTheToken(t *testing.T) {
	d := newDomain(t, "d", Hash)
	var work []byte
	raw, err := d.mech.seal(&work, []byte("Marie"))
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.Clone(raw)
	for _, label := range []string{"uuid", "vh1-check", string(d.params.tokenAD())} {
		if out := derive(t, d, label, "Marie"); bytes.Contains(raw, []byte(out[:checkLen])) {
			t.Errorf("label %q gives what stands in the token", label)
		}
	}
}

func TestDeriveOnlyWithHash(t *testing.T) {
	for _, m := range []Method{Tokenize, Encrypt} {
		out, err := newDomain(t, "d", m).Derive([]byte("x"), "uuid", []byte("Marie"))
		if !errors.Is(err, errNoPRF) || string(out) != "x" || strings.Contains(err.Error(), "Marie") {
			t.Errorf("%s: %q, %v", m, out, err)
		}
	}
	if _, err := newDomain(t, "d", Hash).Derive(nil, "", []byte("Marie")); err == nil {
		t.Error("no label was taken")
	}
}

func TestDeriveAllocatesOnlyWhatTinkDoes(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool drop at random")
	}
	d := newDomain(t, "d", Hash)
	m, ok := d.mech.(*prfMechanism)
	if !ok {
		t.Fatal("no PRF")
	}
	value, dst := []byte(strings.Repeat("m", 100)), make([]byte, 0, 64)
	f, in := m.prfs[d.keys[0].ID], make([]byte, 200)
	tink := testing.AllocsPerRun(200, func() {
		if _, err := f.ComputePRF(in, DeriveLen); err != nil {
			t.Fatal(err)
		}
	})
	if ours := testing.AllocsPerRun(200, func() {
		if _, err := d.Derive(dst, "uuid", value); err != nil {
			t.Fatal(err)
		}
	}); ours != tink {
		t.Errorf("Derive allocates %v, Tink alone %v", ours, tink)
	}
}

// A derivedFile is a promise as a vectorFile is: what the domain of a vector file derives.
type derivedFile struct {
	Of      string    `json:"of"` // the vector file whose params and keyset these are
	Vectors []derived `json:"vectors"`
}

type derived struct {
	Label      string `json:"label"`
	Normalized string `json:"normalized"`
	Derived    string `json:"derived"`     // hex, under the primary key
	OldDerived string `json:"old_derived"` // under the old key, from before a rotation
}

var derivedDir = filepath.Join(vectorDir, "derived")

func TestFrozenDerivations(t *testing.T) {
	files := loadVectors(t)
	names, err := filepath.Glob(filepath.Join(derivedDir, "*.json"))
	if err != nil || len(names) < 2 {
		t.Fatalf("%d files in %s: %v", len(names), derivedDir, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var f derivedFile
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&f); err != nil || len(f.Vectors) < 20 {
			t.Fatalf("%s: %d vectors, %v", name, len(f.Vectors), err)
		}
		of, ok := files[f.Of]
		if !ok {
			t.Fatalf("%s: no vectors %s", name, f.Of)
		}
		primary, old := eachKey(t, of)
		for _, v := range f.Vectors {
			if got := hex.EncodeToString([]byte(derive(t, primary, v.Label, v.Normalized))); got != v.Derived {
				t.Errorf("%s: %s of %.40q is %s, want %s", name, v.Label, v.Normalized, got, v.Derived)
			}
			if got := hex.EncodeToString([]byte(derive(t, old, v.Label, v.Normalized))); got != v.OldDerived {
				t.Errorf("%s: %s of %.40q under the old key is %s, want %s", name, v.Label, v.Normalized, got, v.OldDerived)
			}
			if got := deriveByHand(t, of, v); got != v.Derived {
				t.Errorf("%s: %s of %.40q by hand is %s, want %s", name, v.Label, v.Normalized, got, v.Derived)
			}
		}
	}
}

// eachKey gives the domain of a vector file under its primary and under its old key.
func eachKey(t testing.TB, f vectorFile) (primary, old *Domain) {
	t.Helper()
	h := f.handle(t)
	primary = bareDomain(t, Params(f.Params), h)
	for _, k := range Keys(h) {
		if k.Primary {
			continue
		}
		manager := keyset.NewManagerFromHandle(h)
		if err := manager.SetPrimary(k.ID); err != nil {
			t.Fatal(err)
		}
		turned, err := manager.Handle()
		if err != nil {
			t.Fatal(err)
		}
		return primary, bareDomain(t, Params(f.Params), turned)
	}
	t.Fatal("no old key")
	return nil, nil
}

// deriveByHand puts the bytes together from the raw key without the code under test: what the ADR says.
func deriveByHand(t *testing.T, f vectorFile, v derived) string {
	t.Helper()
	entry, err := f.handle(t).Primary()
	if err != nil {
		t.Fatal(err)
	}
	key, ok := entry.Key().(*aescmacprf.Key)
	if !ok {
		t.Fatalf("a key of type %T", entry.Key())
	}
	cmac, err := prfsubtle.NewAESCMACPRF(key.KeyBytes().Data(insecuresecretdataaccess.Token{}))
	if err != nil {
		t.Fatal(err)
	}
	ad, err := hex.DecodeString(f.AssociatedData)
	if err != nil {
		t.Fatal(err)
	}
	in := append([]byte("vh1-derive"), byte(len(v.Label)))
	in = append(in, v.Label...)
	in = append(binary.BigEndian.AppendUint32(in, uint32(len(ad))), ad...)
	out, err := cmac.ComputePRF(append(in, v.Normalized...), 16)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(out)
}

// TestWriteMissingDerivations writes the files that do not exist yet; it never changes one that does.
func TestWriteMissingDerivations(t *testing.T) {
	if os.Getenv("VOILE_WRITE_VECTORS") == "" {
		t.Skip("writes only with VOILE_WRITE_VECTORS=1")
	}
	files := loadVectors(t)
	for _, of := range []string{"hash-text-1", "hash-email-1"} {
		name := filepath.Join(derivedDir, of+".json")
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		primary, old := eachKey(t, files[of])
		f := derivedFile{Of: of}
		for _, label := range []string{"shift-date", "pick", "uuid", "digits", "email"} {
			for _, v := range []string{"a", "marie.durand@example.fr", "crm-642179813", "日本語", "\x00", strings.Repeat("x", 100)} {
				f.Vectors = append(f.Vectors, derived{
					Label: label, Normalized: v,
					Derived:    hex.EncodeToString([]byte(derive(t, primary, label, v))),
					OldDerived: hex.EncodeToString([]byte(derive(t, old, label, v))),
				})
			}
		}
		text, err := json.MarshalIndent(f, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(derivedDir, 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
