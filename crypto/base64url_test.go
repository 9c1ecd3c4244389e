package crypto

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

func TestAppendBase64(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		src := make([]byte, n)
		for i := range src {
			src[i] = byte(r.Uint32())
		}
		for _, room := range []int{0, 1, 1000} {
			dst := append(make([]byte, 0, 6+room), "before"...)
			want := base64.RawURLEncoding.AppendEncode([]byte("before"), src)
			if got := appendBase64(dst, src); !bytes.Equal(got, want) {
				t.Fatalf("%d bytes: %s, want %s", n, got, want)
			}
		}
	}
}

// FuzzAppendBase64: what is encoded is what encoding/base64 encodes, and decodes to what it was.
func FuzzAppendBase64(f *testing.F) {
	f.Add([]byte("t"), []byte("\x00\xff\x10\x83\x10\x51\x87\x20\x92"))
	f.Fuzz(func(t *testing.T, dst, src []byte) {
		got := appendBase64(dst, src)
		if want := base64.RawURLEncoding.AppendEncode(bytes.Clone(dst), src); !bytes.Equal(got, want) {
			t.Fatalf("%x: %q, want %q", src, got, want)
		}
		back, err := base64.RawURLEncoding.DecodeString(string(got[len(dst):]))
		if err != nil || !bytes.Equal(back, src) {
			t.Fatalf("%x comes back as %x, %v", src, back, err)
		}
	})
}

func BenchmarkAppendBase64(b *testing.B) {
	src, dst := make([]byte, 53), []byte(nil)
	for b.Loop() {
		dst = appendBase64(dst[:0], src)
	}
}
