package detect

import (
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
	f.Fuzz(func(t *testing.T, text string) {
		want, err := netip.ParseAddr(text)
		is4, is6 := err == nil && want.Is4(), err == nil && !want.Is4() && !strings.Contains(text, "%")
		if got := parseIPv4([]byte(text)) == len(text) && text != ""; got != is4 {
			t.Errorf("%q as IPv4: %v, netip %v", text, got, is4)
		}
		if got := parseIPv6([]byte(text)) == len(text) && text != ""; got != is6 {
			t.Errorf("%q as IPv6: %v, netip %v", text, got, is6)
		}
	})
}
