package generalize_test

import (
	"bytes"
	"net/netip"
	"testing"

	"voile/pipeline/generalize"
)

func TestIP(t *testing.T) {
	usual := generalize.IP{V4: 24, V6: 48}
	check(t, []generalization{
		{"IPv4", usual, "198.18.174.132", "198.18.174.0"},
		{"IPv4 to 20 bits", generalize.IP{V4: 20, V6: 48}, "198.18.174.132", "198.18.160.0"},
		{"IPv4 to nothing", generalize.IP{}, "198.18.174.132", "0.0.0.0"},
		{"white space", usual, " 198.18.174.132\n", "198.18.174.0"},
		{"a port", usual, "198.18.174.132:50443", "198.18.174.0:0"},
		{"IPv6", usual, "2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::"},
		{"IPv6 in capitals, with zeros", usual, "2001:0DB8:85A3:0000:0000:8A2E:0370:7334", "2001:db8:85a3::"},
		{"IPv6 to 52 bits", generalize.IP{V6: 52}, "2001:db8:85a3:88d3::1", "2001:db8:85a3:8000::"},
		{"IPv6 to nothing", generalize.IP{V4: 24}, "2001:db8::1", "::"},
		{"loopback", usual, "::1", "::"},
		{"mapped", usual, "::ffff:198.18.174.132", "::ffff:198.18.174.0"},
		{"mapped, in hexadecimal", usual, "::FFFF:c612:ae84", "::ffff:198.18.174.0"},
		{"6to4 holds an IPv4 address in its first 48 bits", usual, "2002:c612:ae84::1", "2002:c612:ae00::"},
		{"6to4 to less than that", generalize.IP{V4: 24, V6: 32}, "2002:c612:ae84::1", "2002:c612::"},
		{"NAT64", usual, "64:ff9b::198.18.174.132", "64:ff9b::"},
		{"a zone", usual, "fe80::1ff:fe23:4567:890a%eth0", "fe80::"},
		{"brackets", usual, "[2001:db8:85a3:8d3::1]", "[2001:db8:85a3::]"},
		{"brackets and a port", usual, "[2001:db8:85a3:8d3::1]:443", "[2001:db8:85a3::]:0"},
		{"a list, as X-Forwarded-For has it", usual, "198.18.174.132,2001:db8:1:2::3 , 203.0.113.9", "198.18.174.0, 2001:db8:1::, 203.0.113.0"},
		{"a number too many", usual, "198.18.174.132.1", ""},
		{"a number too few", usual, "198.18.174", ""},
		{"an octal number", usual, "198.018.174.132", ""},
		{"a number that is too large", usual, "198.18.174.256", ""},
		{"a prefix", usual, "198.18.174.132/32", ""},
		{"a port that is none", usual, "198.18.174.132:x", ""},
		{"two gaps", usual, "2001::85a3::1", ""},
		{"a group too many", usual, "1:2:3:4:5:6:7:8:9", ""},
		{"a group too few", usual, "1:2:3:4:5:6:7", ""},
		{"a list with something else", usual, "198.18.174.132, unknown", ""},
		{"a list that ends early", usual, "198.18.174.132,", ""},
		{"a bracket that does not end", usual, "[2001:db8::1", ""},
		{"a host", usual, "ana.example.org", ""},
		{"nothing", usual, " ", ""},
	})
}

// FuzzIP: what netip reads is understood, and the result is netip's own prefix of it; what netip does not read is not.
func FuzzIP(f *testing.F) {
	for _, s := range []string{"198.18.174.132", "::1", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "2002:c612:ae84::1", "fe80::1%a", "01.2.3.4", "12345::", ":::", "1:", ":1"} {
		f.Add(s, uint8(24), uint8(48))
	}
	f.Fuzz(func(t *testing.T, text string, v4, v6 uint8) {
		g := generalize.IP{V4: int(v4 % 33), V6: int(v6 % 65)}
		idempotent(t, g, text)
		if bytes.ContainsAny([]byte(text), ",[] \t\r\n\v\f\u0085\u00a0") {
			return
		}
		have, ok := g.Append(nil, []byte(text))
		addr, err := netip.ParseAddr(text)
		if err != nil {
			if _, portErr := netip.ParseAddrPort(text); ok && portErr != nil {
				t.Fatalf("%q became %q, and is no address", text, have)
			}
			return
		}
		if !ok {
			t.Fatalf("%q was not understood", text)
		}
		bits, plain := g.V6, addr.WithZone("")
		switch {
		case plain.Is4():
			bits = g.V4
		case plain.Is4In6():
			want, _ := plain.Unmap().Prefix(g.V4)
			if string(have) != netip.AddrFrom16(want.Addr().As16()).String() {
				t.Fatalf("%q became %q, want %s mapped", text, have, want)
			}
			return
		case plain.As16()[0] == 0x20 && plain.As16()[1] == 0x02:
			bits = min(bits, 16+g.V4)
		}
		want, _ := plain.Prefix(bits)
		if string(have) != want.Addr().String() {
			t.Fatalf("%q became %q, want %s", text, have, want.Addr())
		}
	})
}
