package audit

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
)

// needles looks for many texts at once. Each has at least window bytes, by the first of which it is found: a bit set
// answers for nearly every place of what is looked through, a map for the rest.
type needles struct {
	exact, folded index
}

const window = 8

type index struct {
	bits []uint64
	by   map[uint64][]needle
}

type needle struct {
	text     []byte
	encoding string
}

// newNeedles makes the re-encodings of what is planted: letters of any case, hexadecimal, percent signs, JSON escapes, and
// base64 at each of the three places that a text can have in what is encoded.
func newNeedles(planted []string) (*needles, error) {
	n := &needles{exact: newIndex(), folded: newIndex()}
	for i, p := range planted {
		if len(p) < window {
			return nil, fmt.Errorf("planted[%d]: an identifier of fewer than %d bytes would be found by chance", i, window)
		}
		for _, cased := range []string{p, strings.ToLower(p), strings.ToUpper(p)} {
			n.folded.add(strings.ToLower(cased), "plain")
			n.folded.add(hex.EncodeToString([]byte(cased)), "in hexadecimal")
			n.folded.add(strings.ToLower(url.QueryEscape(cased)), "URL-encoded")
			n.folded.add(strings.ToLower(url.PathEscape(cased)), "URL-encoded")
			n.folded.add(percent(cased), "URL-encoded")
			n.folded.add(strings.ToLower(strings.ReplaceAll(cased, "@", `\u0040`)), "with JSON escapes")
			for before := range 3 {
				n.exact.add(core(base64.StdEncoding, cased, before), "in base64")
				n.exact.add(core(base64.URLEncoding, cased, before), "in base64")
			}
		}
	}
	return n, nil
}

// percent writes every byte as %xx.
func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

// core gives the characters of base64 that depend on s alone, where `before` other bytes stand before it.
func core(e *base64.Encoding, s string, before int) string {
	text := e.EncodeToString(append(make([]byte, before), s...))
	return text[(before*8+5)/6 : (before+len(s))*8/6]
}

func newIndex() index { return index{make([]uint64, 1<<14), map[uint64][]needle{}} }

func (x *index) add(text, encoding string) {
	if len(text) < window {
		return // what base64 leaves of a text of 8 bytes has 8 characters at least
	}
	first := binary.LittleEndian.Uint64([]byte(text))
	for _, n := range x.by[first] {
		if string(n.text) == text {
			return
		}
	}
	x.by[first] = append(x.by[first], needle{[]byte(text), encoding})
	h := spread(first)
	x.bits[h>>6] |= 1 << (h & 63)
}

// spread takes a word to one of the 2^20 bits.
func spread(w uint64) uint64 { return w * 0x9e3779b97f4a7c15 >> 44 }

func (x *index) in(b []byte) (string, bool) {
	for i := 0; i+window <= len(b); i++ {
		first := binary.LittleEndian.Uint64(b[i:])
		h := spread(first)
		if x.bits[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		for _, n := range x.by[first] {
			if bytes.HasPrefix(b[i:], n.text) {
				return n.encoding, true
			}
		}
	}
	return "", false
}

// in says whether something planted is in b, and in which encoding.
func (n *needles) in(b []byte) (encoding string, ok bool) {
	if encoding, ok = n.folded.in(bytes.ToLower(b)); ok {
		return encoding, true
	}
	return n.exact.in(b)
}

// is says whether a text is one of what is planted.
func (n *needles) is(text string) bool {
	lower := strings.ToLower(text)
	if len(lower) < window {
		return false
	}
	for _, m := range n.folded.by[binary.LittleEndian.Uint64([]byte(lower))] {
		if string(m.text) == lower {
			return true
		}
	}
	return false
}
