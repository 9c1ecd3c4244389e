package detect

import (
	"slices"
	"testing"
)

// An example is a text that is an identifier as a whole, or none at all.
type examples struct {
	kind      Kind
	region    string
	good, bad []string
}

func TestExamples(t *testing.T) {
	seen := map[Kind]bool{}
	for _, tt := range slices.Concat(addresses, accounts, national) {
		seen[tt.kind] = true
		if len(tt.good) < 3 || len(tt.bad) < 3 {
			t.Errorf("%s has %d good and %d bad examples, want three of each at least", tt.kind, len(tt.good), len(tt.bad))
		}
		alone := mustNew(t, tt.region, tt.kind)
		for _, text := range tt.good {
			if kind, whole := alone.Whole([]byte(text)); !whole || kind != tt.kind {
				t.Errorf("%q is no %s, want one", text, tt.kind)
			}
			inside := "(voir: " + text + ")"
			if found := alone.Find(nil, []byte(inside)); len(found) != 1 || inside[found[0].Start:found[0].End] != text {
				t.Errorf("in %q %v is found, want the %s", inside, found, tt.kind)
			}
		}
		for _, text := range tt.bad {
			if found := alone.Find(nil, []byte(text)); len(found) != 0 {
				t.Errorf("in %q a %s is found: %q", text, tt.kind, text[found[0].Start:found[0].End])
			}
		}
	}
	for _, k := range Kinds() {
		if !seen[k] {
			t.Errorf("%s has no examples", k)
		}
	}
}

func mustNew(tb testing.TB, region string, kinds ...Kind) *Set {
	tb.Helper()
	s, err := New(Options{Region: region, Kinds: kinds})
	if err != nil {
		tb.Fatalf("New(%q, %v): %v", region, kinds, err)
	}
	return s
}

// Addresses of machines and mailboxes, and what is as long and as random.
var addresses = []examples{
	{kind: Email,
		good: []string{
			"john.q.public@example.com", "jdoe@one.test", "mary@x.test", // RFC 5322 appendix A.1.1, A.1.2
			"user+mailbox@example.com", "smith@[192.0.2.1]", `"joe.@blow"@example.org`, // RFC 5321 §4.1.2, §4.1.3
			"user@[IPv6:2001:db8::1]",
			"Pelé@example.com", "δοκιμή@παράδειγμα.δοκιμή", "我買@屋企.香港", "二ノ宮@黒川.日本", "ana@bücher.example", // RFC 6531
			"ana@xn--bcher-kva.example", "o'brien@example.org", "_ana@example.org", "ana%40example.org", "ana＠example.org",
			"a@b.museum", "1234567890@example.org",
		},
		bad: []string{
			"", "@", "ana@", "@example.org", "ana@localhost", "ana@-example", "ana @example.org", "ana@ example.org", "ana.@example.org",
			"ana@1.2.3.4", "pkg@1.2.3-beta.4", "logo@2x.png", "@scope/name", "ana@[999.0.2.1]", `""@example.org`, "ana@example.1",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org", // 65 bytes before the at sign
			"50% of 40", "ana%41example.org",
		}},
	{kind: IPv4,
		good: []string{"192.0.2.235", "198.51.100.7", "203.0.113.255", "8.8.8.8", "10.0.0.1", "255.255.255.0"}, // RFC 5737
		bad: []string{
			"192.0.2", "192.0.2.256", "192.0.2.01", "192.0.2.1.5", "1.192.0.2.1", "192.0.2.1234", "0.0.0.0", "127.0.0.1", "255.255.255.255",
			"120.0.0.0", "Chrome/87.0.42.88", "Mozilla/5.0 (X11) Chrome/120.0.6.7 Safari/537.36", "v1.2.3.4", "1.2.3.4-rc1", "1.2.3.4a",
		}},
	{kind: IPv6,
		good: []string{ // RFC 4291 §2.2, RFC 5952 §4
			"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "2001:DB8:0:0:8:800:200C:417A", "2001:DB8::8:800:200C:417A", "FF01::101",
			"::13.1.68.3", "::FFFF:129.144.52.38", "0:0:0:0:0:FFFF:129.144.52.38", "2001:db8:0:1:1:1:1:1", "fe80::1%eth0", "2001:db8::",
		},
		bad: []string{
			"::", "::1", "12:30:45", "2024-01-01T12:30:45Z", "std::vector", "abc::def", "2001:db8::1::2", "2001:db8:0:1:1:1:1",
			"1:2:3:4:5:6:7:8:9", "2001:db8::12345", "arn:aws:iam::123456789012:role", "00:1a:2b:3c:4d:5e", "g001:db8::1",
		}},
	{kind: MAC,
		good: []string{"00-00-5E-00-53-01", "00:00:5e:00:53:af", "AC:DE:48:23:45:67", "0000.5e00.5301", "01:23:45:67:89:01"}, // RFC 7042 §2.1.1, IEEE 802
		bad: []string{
			"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:00:5e:00:53", "00:00:5e:00:53:0g", "00:00:5e-00:53:01", "20-11-26-10-20-30",
			"1234.5678.9012", "00:00:5e:00:53:01:02:03", "00005e005301",
		}},
	{kind: UUID,
		good: []string{ // RFC 9562 appendix A
			"C232AB00-9414-11EC-B3C8-9F6BDECED846", "5df41881-3aed-3515-88a7-2f4a814cf09e", "919108f7-52d1-4320-9bac-f847db4148a8",
			"2ed6657d-e927-568b-95e1-2665a8aea6a2", "1EC9414C-232A-6B00-B3C8-9F6BDECED846", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
		},
		bad: []string{
			"00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "919108f7-52d1-9320-9bac-f847db4148a8",
			"919108f7-52d1-4320-cbac-f847db4148a8", "919108f752d143209bacf847db4148a8", "919108f7-52d1-4320-9bac-f847db4148a",
			"919108f7-52d1-4320-9bac-f847db4148a8a", "a919108f7-52d1-4320-9bac-f847db4148a8",
		}},
	{kind: AdvertisingID,
		good: []string{"EA7583CD-A667-48BC-B806-42ECB2B48606", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "38400000-8CF0-41BD-B23E-10B96E40000D"},
		bad: []string{
			"00000000-0000-0000-0000-000000000000", "38400000-8cf0-41bd-b23e-10b96e40000d", "C232AB00-9414-11EC-B3C8-9F6BDECED846",
			"EA7583CD-A667-48BC-B806-42ECB2B4860",
		}},
	{kind: JWT,
		good: []string{
			// RFC 7519 §3.1 (with line ends in the JSON) and §6.1 (unsecured).
			"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
			"eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
			"ewogImFsZyIgOiAiRVMyNTYiCn0.eyJzdWIiOiIxIn0.c2ln",
		},
		bad: []string{
			"eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiIxIn0.c2ln", "eyJhbGciOjF9.eyJzdWIiOiIxIn0.c2lnc2ln", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0",
			"eyJhbGciOiJIUzI1NiJ9..c2lnc2lnc2ln", "example.example.example.org", "eyewitness.reports.everything", "ey.ey.ey",
		}},
}

// Numbers of accounts, cards and telephones.
var accounts = []examples{
	{kind: IBAN, // the registry's examples (ISO 13616-2)
		good: []string{
			"AD1200012030200359100100", "BE68539007547034", "BR1800360305000010009795493C1", "CH9300762011623852957", "DE89370400440532013000",
			"FR1420041010050500013M02606", "GB29NWBK60161331926819", "IT60X0542811101000000123456", "LC55HEMM000100010012001200023015",
			"MT84MALT011000012345MTLCAST001S", "MU17BOMM0101101030300200000MUR", "NO9386011117947", "SC18SSCB11010000000000001497USD",
			"XK051212012345678906", "FR14 2004 1010 0505 0001 3M02 606", "gb29nwbk60161331926819", "GB29-NWBK-6016-1331-9268-19",
			"FR14\u00a02004\u00a01010\u00a00505\u00a00001\u00a03M02\u00a0606",
		},
		bad: []string{
			"FR1420041010050500013M02607", "FR1420041010050500013M0260", "FR1420041010050500013M026066", "ZZ89370400440532013000",
			"DE8937040044053201300A", "GB29 NWB K6016 1331 9268 19", "XFR1420041010050500013M02606", "DE00370400440532013000",
		}},
	{kind: Card, // test numbers that the networks publish
		good: []string{
			"4111111111111111", "4012 8888 8888 1881", "5555-5555-5555-4444", "2223003122003222", "378282246310005", "3782 822463 10005",
			"6011111111111117", "30569309025904", "3566002020360505", "6200000000000005", "6759649826438453", "4222222222222",
			"2200770212727079", "9792030394440796",
		},
		bad: []string{
			"4111111111111112", "411111111111111", "41111111111111111", "0000000000000000", "1111111111111117", "7992739871300000",
			"4111 1111 11111111", "4111-1111 1111-1111", "0.4111111111111111", "4111111111111111.5", "a4111111111111111", "1772434800000000",
		}},
	{kind: Phone, region: "FR", // ITU-T E.123, ARCEP 2018-0881
		good: []string{
			"+33 1 99 00 12 34", "+33199001234", "+33 (0)1 99 00 12 34", "0033 1 99 00 12 34", "01 99 00 12 34", "01.99.00.12.34", "01-99-00-12-34",
			"0199001234", "06\u00a039\u00a098\u00a012\u00a034", "06\u202f39\u202f98\u202f12\u202f34", "33639981234", "+22670123456",
			"+1 202-555-0123", "+1 (202) 555-0123", "+44 7700 900123", "+49 30 23125000",
			"06/39/98/12/34", "06\u201139\u201198\u201112\u201134", "0 800 123 456", "+33.6.39.98.12.34", "+33 06 39 98 12 34", "+33(0)639981234",
		},
		bad: []string{
			"1772434800", "1772434800000", "639981234", "199001234", "2024-01-02 10:20", "01/02/2024", "01.02.2024 10:20", "0000012345",
			"+0639981234", "+999 123456789", "0.0199001234", "2019-0199001234", "0199001234-7", "CMD-0199001234", "01990012345", "1-0199001234",
			"(202) 555-0123", "12345678901", "20240102103000", "+33 1 99",
		}},
	{kind: Phone, region: "US",
		good: []string{"(202) 555-0123", "202-555-0123", "1-202-555-0123", "+12025550123", "+33199001234"},
		bad:  []string{"2025550123", "12025550123", "2024-01-0210", "20-25-55-01-23", "1772434800", "(199) 555-0123"}},
	{kind: Phone, region: "DE",
		good: []string{"030 23125000", "(030) 23125000", "+49 30 23125000", "03023125000"},
		bad:  []string{"23125000", "0000023125", "1772434800", "02.01.2024"}},
	{kind: Phone, region: "",
		good: []string{"+33199001234", "0033199001234", "+1 202-555-0123"},
		bad:  []string{"0199001234", "01 99 00 12 34", "33199001234"}},
}
