package crypto

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// tinkAlone does with Tink's primitives alone what making and opening a token takes: the right number of calls on inputs
// of the right length, and nothing else.
func tinkAlone(t testing.TB, d *Domain, value []byte) (seal, open func()) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch m := d.mech.(type) {
	case *sivMechanism:
		padded := appendPadded(nil, value, blockSize(len(value)))
		raw, err := m.daead.EncryptDeterministically(padded, m.ad)
		must(err)
		return func() { _, err := m.daead.EncryptDeterministically(padded, m.ad); must(err) },
			func() { _, err := m.daead.DecryptDeterministically(raw, m.ad); must(err) }
	case *aeadMechanism:
		padded := appendPadded(nil, value, padmeSize(len(value)))
		raw, err := m.aead.Encrypt(padded, m.ad)
		must(err)
		return func() { _, err := m.aead.Encrypt(padded, m.ad); must(err) },
			func() { _, err := m.aead.Decrypt(raw, m.ad); must(err) }
	case *prfMechanism:
		f := m.prfs[d.keys[0].ID]
		in, check := append(m.ad[:len(m.ad):len(m.ad)], value...), make([]byte, len(checkLabel)+21)
		return func() {
				_, err := f.ComputePRF(in, hashLen)
				must(err)
				_, err = f.ComputePRF(check, checkLen)
				must(err)
			},
			func() { _, err := f.ComputePRF(check, checkLen); must(err) }
	}
	t.Fatal("unknown mechanism")
	return nil, nil
}

// Per token nothing is allocated beyond what Tink's primitives do by themselves, or for tokenize Go's CTR.
func TestNoAllocationOfOurOwn(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool drop at random")
	}
	for _, m := range Methods() {
		d := newDomain(t, "customer-email", m)
		for _, n := range []int{5, 23, 200, 240, 5000} {
			value := []byte(strings.Repeat("m", n))
			seal, open := tinkAlone(t, d, value)
			dst := make([]byte, 0, 16<<10)
			tok := []byte(token(t, d, string(value)))

			tink := testing.AllocsPerRun(200, seal)
			if m == Tokenize { // composed of Go's AES, and of its CTR where there is much to encrypt
				tink = 0
				if blockSize(n) >= bulk {
					tink = 1
				}
			}
			ours := testing.AllocsPerRun(200, func() {
				if _, err := d.AppendToken(dst, value); err != nil {
					t.Error(err)
				}
			})
			if ours != tink {
				t.Errorf("%s, %d bytes: AppendToken allocates %v, Tink alone %v", m, n, ours, tink)
			}
			tink = testing.AllocsPerRun(200, open)
			ours = testing.AllocsPerRun(200, func() {
				if own, _ := d.Recognize(tok); !own {
					t.Error("not recognized")
				}
			})
			if ours != tink {
				t.Errorf("%s, %d bytes: Recognize allocates %v, Tink alone %v", m, n, ours, tink)
			}
		}
	}
}

func TestNoAllocationWithoutOwnToken(t *testing.T) {
	texts := []string{"marie.durand@example.fr", "v", "vt1.", "vt1.d.x", "vh1.other." + body(29), "ve1.other." + body(45+1024), strings.Repeat("v", 10_000)}
	for _, m := range Methods() {
		d := newDomain(t, "d", m)
		for _, text := range texts {
			b := []byte(text)
			if n := testing.AllocsPerRun(100, func() { d.Recognize(b) }); n != 0 {
				t.Errorf("%s: Recognize(%.20q) allocates %v", m, text, n)
			}
		}
	}
}

// The scratch that waits in the pool holds nothing of the last value.
func TestScratchIsOverwritten(t *testing.T) {
	const secret = "marie.durand@example.fr"
	for _, m := range Methods() {
		d := newDomain(t, "d", m)
		var made []*scratch
		d.pool.New = func() any {
			made = append(made, new(scratch))
			return made[len(made)-1]
		}
		tok := []byte(token(t, d, secret))
		d.Recognize(tok)
		if _, err := d.Reveal(tok); err != nil && m != Hash {
			t.Fatal(err)
		}
		used := 0
		for _, s := range made {
			used += cap(s.work)
			if work := string(s.work[:cap(s.work)]); strings.Contains(work, secret[:8]) {
				t.Errorf("%s: the pool keeps a value", m)
			}
		}
		if used == 0 {
			t.Errorf("%s: no scratch was used", m)
		}
	}
}

func BenchmarkAppendToken(b *testing.B) {
	for _, m := range Methods() {
		for _, n := range []int{16, 100, 1000} {
			b.Run(fmt.Sprintf("method=%s/bytes=%d/by=voile", m, n), func(b *testing.B) {
				d := newDomain(b, "customer-email", m)
				value, dst := []byte(strings.Repeat("m", n)), make([]byte, 0, 4096)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := d.AppendToken(dst, value); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("method=%s/bytes=%d/by=tink", m, n), func(b *testing.B) {
				d := newDomain(b, "customer-email", m)
				seal, _ := tinkAlone(b, d, []byte(strings.Repeat("m", n)))
				b.ReportAllocs()
				for b.Loop() {
					seal()
				}
			})
		}
	}
}

func BenchmarkRecognize(b *testing.B) {
	for _, m := range Methods() {
		d := newDomain(b, "customer-email", m)
		for name, text := range map[string]string{
			"own":     token(b, d, "marie.durand@example.fr"),
			"foreign": "vt1.other." + base64.RawURLEncoding.EncodeToString(append([]byte{prefixByte}, make([]byte, 52)...)),
			"plain":   "marie.durand@example.fr",
		} {
			b.Run(fmt.Sprintf("method=%s/text=%s", m, name), func(b *testing.B) {
				tok := []byte(text)
				b.ReportAllocs()
				for b.Loop() {
					d.Recognize(tok)
				}
			})
		}
	}
}
