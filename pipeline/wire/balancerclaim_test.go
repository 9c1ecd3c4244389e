package wire

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
)

func claimed(since int32, partitions map[string][]int32) claim { return claim{since, partitions} }

func TestClaimsTravel(t *testing.T) {
	for name, c := range map[string]claim{
		"nothing":    claimed(1, map[string][]int32{}),
		"partitions": claimed(7, map[string][]int32{"a": {0, 1, 2}, "b.raw": {5, 300, 70_000, math.MaxInt32}}),
		"the last":   claimed(math.MaxInt32, map[string][]int32{"a": {9}}),
	} {
		got, ok := decodeClaim(c.encode())
		want(t, name+" is read", ok, true)
		want(t, name, got, c)
	}
}

// The bytes of a claim are read by members of another version.
func TestClaimBytes(t *testing.T) {
	c := claimed(258, map[string][]int32{"b": {}, "a": {3, 5, 300}})
	want(t, "bytes", c.encode(), []byte("\x01\x00\x00\x01\x02\x02\x01a\x03\x03\x02\xa7\x02\x01b\x00"))
}

func TestClaimOfTooMuchIsNone(t *testing.T) {
	c := claimed(1, map[string][]int32{})
	for i := range 300 {
		c.partitions[fmt.Sprintf("%s%d", strings.Repeat("t", 240), i)] = []int32{0}
	}
	if b := c.encode(); b != nil {
		t.Errorf("%d bytes are sent", len(b))
	}
}

func TestBadClaims(t *testing.T) {
	for name, b := range map[string]string{
		"empty":                      "",
		"another version":            "\x02\x00\x00\x00\x01\x00",
		"a negative generation":      "\x01\xff\xff\xff\xff\x00",
		"cut in the generation":      "\x01\x00\x00",
		"no topics":                  "\x01\x00\x00\x00\x01",
		"more topics than there are": "\x01\x00\x00\x00\x01\x02\x01a\x00",
		"a name that is cut":         "\x01\x00\x00\x00\x01\x01\x05a",
		"a name as long as can be":   "\x01\x00\x00\x00\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a",
		"one topic twice":            "\x01\x00\x00\x00\x01\x02\x01a\x00\x01a\x00",
		"partitions without end":     "\x01\x00\x00\x00\x01\x01\x01a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x01",
		"one partition twice":        "\x01\x00\x00\x00\x01\x01\x01a\x02\x03\x00",
		"a partition over the end":   "\x01\x00\x00\x00\x01\x01\x01a\x02\xff\xff\xff\xff\x07\x01",
		"a varint over the end":      "\x01\x00\x00\x00\x01\x01\x01a\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
		"something behind it":        "\x01\x00\x00\x00\x01\x00\x00",
		"too large":                  "\x01\x00\x00\x00\x01\x01\x01a" + "\x80\x80\x04" + strings.Repeat("\x01", maxClaim),
	} {
		if c, ok := decodeClaim([]byte(b)); ok {
			t.Errorf("%s: read as %+v", name, c)
		}
	}
}

// FuzzClaim: what is read is written as the same claim again, and nothing makes it fail otherwise than by saying no.
func FuzzClaim(f *testing.F) {
	f.Add(claimed(3, map[string][]int32{"a": {0, 1, 500}, "b": {7}}).encode())
	f.Add([]byte("\x01\x00\x00\x00\x01\x01\x01a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, ok := decodeClaim(b)
		if !ok {
			return
		}
		again := c.encode()
		if len(again) > len(b) {
			t.Fatalf("%d bytes became %d", len(b), len(again))
		}
		if c2, ok := decodeClaim(again); !ok || !bytes.Equal(c2.encode(), again) {
			t.Fatalf("%+v became %+v", c, c2)
		}
	})
}
