package crypto

import (
	"bytes"
	"testing"
)

func TestPaddedSizes(t *testing.T) {
	tests := []struct{ n, wantBlock, wantPadme int }{
		{0, 16, 16}, {1, 16, 16}, {15, 16, 16}, {16, 32, 32}, {31, 32, 32}, {32, 48, 48}, {47, 48, 48}, {48, 64, 64},
		{63, 64, 64}, {64, 80, 72}, {71, 80, 72}, {72, 80, 80}, {79, 80, 80}, {127, 128, 128}, {128, 144, 144}, {143, 144, 144},
		{255, 256, 256}, {256, 272, 272}, {1000, 1008, 1024}, {9999, 10000, 10240}, {1_000_000, 1_000_016, 1_015_808},
	}
	for _, tt := range tests {
		if got := blockSize(tt.n); got != tt.wantBlock {
			t.Errorf("blockSize(%d) = %d, want %d", tt.n, got, tt.wantBlock)
		}
		if got := padmeSize(tt.n); got != tt.wantPadme {
			t.Errorf("padmeSize(%d) = %d, want %d", tt.n, got, tt.wantPadme)
		}
	}
}

// Every size holds the value and the marker, grows with it, adds at most what the documentation says, and is its own
// class: the size of the longest value that it holds.
func TestPaddedSizeLaws(t *testing.T) {
	for name, size := range map[string]func(int) int{"block": blockSize, "padme": padmeSize} {
		last := 0
		for n := range 1 << 17 {
			s := size(n)
			switch {
			case s <= n, s < last:
				t.Fatalf("%s: size of %d is %d, of one byte less %d", name, n, s, last)
			case size(s-1) != s:
				t.Fatalf("%s: %d is no class of its own", name, s)
			case name == "block" && s-n > 16, name == "padme" && n > 64 && float64(s-n-1) > 0.12*float64(n+1):
				t.Fatalf("%s: %d bytes become %d", name, n, s)
			}
			last = s
		}
	}
}

func TestUnpadRefuses(t *testing.T) {
	zeros := make([]byte, 16)
	tests := map[string][]byte{
		"nothing":                nil,
		"zeros":                  zeros,
		"no marker":              append(bytes.Clone(zeros[:15]), 1),
		"marker alone, no block": {padMarker},
		"a block too many":       append(append([]byte{padMarker}, zeros...), zeros[:15]...),
		"no whole block":         append([]byte("0123456789"), padMarker),
	}
	for name, padded := range tests {
		for _, size := range []func(int) int{blockSize, padmeSize} {
			if got, ok := unpad(padded, size); ok {
				t.Errorf("%s: unpad gives %d bytes", name, len(got))
			}
		}
	}
}

// Unpadding undoes padding, and no other value has the same padded form.
func FuzzPadding(f *testing.F) {
	for _, v := range values()[:40] {
		f.Add([]byte(v), []byte(v+"\x80"))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, size := range []func(int) int{blockSize, padmeSize} {
			padded := appendPadded(nil, a, size(len(a)))
			if len(padded) != size(len(a)) {
				t.Fatalf("%d bytes padded are %d", len(a), len(padded))
			}
			if got, ok := unpad(padded, size); !ok || !bytes.Equal(got, a) {
				t.Errorf("unpad of padded %x: %x, %v", a, got, ok)
			}
			if other := appendPadded(nil, b, size(len(b))); bytes.Equal(other, padded) != bytes.Equal(a, b) {
				t.Errorf("%x and %x have one padded form", a, b)
			}
			if got, ok := unpad(b, size); ok && !bytes.Equal(appendPadded(nil, got, size(len(got))), b) {
				t.Errorf("%x is not how %x is padded", b, got)
			}
		}
	})
}
