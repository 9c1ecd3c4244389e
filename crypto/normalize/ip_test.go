package normalize

import (
	"bytes"
	"net/netip"
	"testing"
)

// The parser understands what net/netip does, as the same address; a zone counts for nothing.
func FuzzIP(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "192.0.2.010", "2001:db8::1", "::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1",
		"1:2:3:4:5:6:7:192.0.2.1", "1::2::3", ":::", "1:", ":1", "12345::", "0:0:0:0:0:0:0:0::", "fe80::1%eth0", "::%", "::1.2.3", "1.2.3.4.5", "::1:2:3:4:5:6:7", "::1:2:3:4:5:6:7:8"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		bare := trim(in)
		if len(bare) > 0 && bare[0] == '[' {
			return // not of net/netip
		}
		address, zone, zoned := bytes.Cut(bare, []byte("%"))
		want, err := netip.ParseAddr(string(address))
		wantUnderstood := err == nil && (!zoned || want.Is6() && len(zone) > 0)
		out, understood := ip{}.Append(nil, in)
		if understood != wantUnderstood || understood && string(out) != want.Unmap().String() {
			t.Fatalf("%q gives %q (understood %v), net/netip %v (%v)", in, out, understood, want, err)
		}
	})
}
