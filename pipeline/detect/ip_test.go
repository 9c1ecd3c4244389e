package detect

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// Go's own parser reads an address just where ours does, to its end.
func FuzzIP(f *testing.F) {
	for _, tt := range addresses {
		if tt.kind == IPv4 || tt.kind == IPv6 {
			for _, text := range slices.Concat(tt.good, tt.bad) {
				f.Add(text)
			}
		}
	}
	f.Add("1:2:3:4:5:6:7::")
	f.Add("::2:3:4:5:6:7:8")
	f.Add("1:2:3:4:5:6:1.2.3.4")
	f.Add("1::1.2.3.4")
	f.Fuzz(checkIP)
}

func TestRandomIPs(t *testing.T) {
	source, valid := rand.New(rand.NewPCG(1, 2)), 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + source.IntN(9) {
			b.WriteString([]string{":", "::", ".", "0", "1", "00", "01", "25", "255", "256", "a", "ffff", "12345", "1.2.3.4", "1.2.3", "a:b:c", "2001:db8"}[source.IntN(17)])
			if source.IntN(2) == 0 {
				b.WriteByte(":."[source.IntN(2)])
			}
		}
		if _, err := netip.ParseAddr(b.String()); err == nil {
			valid++
		}
		checkIP(t, b.String())
	}
	if valid < 1000 {
		t.Errorf("%d of the texts were addresses, want 1000 at least", valid)
	}
	t.Logf("%d of 200,000 texts were addresses", valid)
}

func checkIP(t *testing.T, text string) {
	t.Helper()
	want, err := netip.ParseAddr(text)
	is4, is6 := err == nil && want.Is4(), err == nil && !want.Is4() && !strings.Contains(text, "%")
	if got := parseIPv4([]byte(text)) == len(text) && text != ""; got != is4 {
		t.Errorf("%q as IPv4: %v, netip %v", text, got, is4)
	}
	if got := parseIPv6([]byte(text)) == len(text) && text != ""; got != is6 {
		t.Errorf("%q as IPv6: %v, netip %v", text, got, is6)
	}
}
