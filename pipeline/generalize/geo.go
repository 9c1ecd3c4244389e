package generalize

import (
	"bytes"
	"strings"
)

// A Geo rounds coordinates in decimal degrees to so many digits behind the point: 2 is a kilometer, 1 is ten, north to south.
type Geo struct{ Digits int }

// Append appends a coordinate, or a pair "latitude,longitude" with the space behind its comma if there is one, each with
// all its digits.
func (g Geo) Append(dst, text []byte) (out []byte, ok bool) {
	text = bytes.TrimSpace(text)
	first, second, pair := bytes.Cut(text, comma)
	if !pair {
		return g.appendOne(dst, text, maxLongitude)
	}
	if out, ok = g.appendOne(dst, bytes.TrimRight(first, " "), maxLatitude); !ok {
		return dst, false
	}
	out = append(out, ',')
	if len(second) > 0 && second[0] == ' ' {
		out = append(out, ' ')
	}
	if out, ok = g.appendOne(out, bytes.TrimLeft(second, " "), maxLongitude); !ok {
		return dst, false
	}
	return out, true
}

// In degrees.
const (
	maxLatitude  = 90
	maxLongitude = 180
)

func (g Geo) appendOne(dst, text []byte, most uint64) (out []byte, ok bool) {
	if _, ok := readDegrees(text, most); !ok {
		return dst, false
	}
	d, _ := readDecimal(text, g.Digits+1)
	return appendScaled(dst, d.rounded(1), g.Digits), true
}

// degreeScale is how many digits of a coordinate count: a tenth of a millimeter.
const (
	degreeScale = 9
	degree      = 1_000_000_000
)

// readDegrees reads a coordinate that is not beyond ±most degrees, in units of its scale.
func readDegrees(text []byte, most uint64) (n int64, ok bool) {
	d, ok := readDecimal(text, degreeScale)
	if !ok || d.huge || d.digits > most*degree || d.digits == most*degree && d.more {
		return 0, false
	}
	return d.floor(), true
}

// A Geohash cuts geohashes, or makes them of coordinates, of 1 to 7 characters: 5 characters are a field of five kilometers, 6 of one by a half.
type Geohash struct{ Length int }

// geohashAlphabet is the base 32 of geohashes; a, i, l and o are not in it.
const geohashAlphabet = "0123456789bcdefghjkmnpqrstuvwxyz"

// Append appends the first characters of a geohash, in small letters, or the geohash of a pair "latitude,longitude". Any text
// of up to 12 letters and digits of the alphabet is taken for a geohash.
func (g Geohash) Append(dst, text []byte) (out []byte, ok bool) {
	text = bytes.TrimSpace(text)
	if first, second, pair := bytes.Cut(text, comma); pair {
		latitude, ok := readDegrees(bytes.TrimSpace(first), maxLatitude)
		longitude, ok2 := readDegrees(bytes.TrimSpace(second), maxLongitude)
		if !ok || !ok2 {
			return dst, false
		}
		return g.appendHash(dst, latitude, longitude), true
	}
	if len(text) == 0 || len(text) > 12 {
		return dst, false
	}
	out = dst
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if strings.IndexByte(geohashAlphabet, c) < 0 {
			return dst, false
		}
		if i < g.Length {
			out = append(out, c)
		}
	}
	return out, true
}

// appendHash appends the characters of five bits each, of longitude and latitude by turns.
func (g Geohash) appendHash(dst []byte, latitude, longitude int64) []byte {
	bits := 5 * g.Length
	x := cell(longitude, maxLongitude, (bits+1)/2)
	y := cell(latitude, maxLatitude, bits/2)
	for i := range g.Length {
		c := 0
		for b := 5 * i; b < 5*i+5; b++ {
			var bit uint64
			if b%2 == 0 {
				bit = x >> ((bits+1)/2 - 1 - b/2)
			} else {
				bit = y >> (bits/2 - 1 - b/2)
			}
			c = c<<1 | int(bit&1)
		}
		dst = append(dst, geohashAlphabet[c])
	}
	return dst
}

// cell is the number of the cell that n lies in, of 2^bits from -most to most degrees.
func cell(n, most int64, bits int) uint64 {
	width := uint64(2 * most * degree)
	at := uint64(n+most*degree) << bits / width // at most 2^38.4 shifted by 18
	return min(at, 1<<bits-1)
}
