package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// A Found is a text inside another that has the form of a token.
type Found struct {
	Start, End int // it is text[Start:End]
	Token      Token
}

// FindTokens yields what has the form of a token in text, from left to right, none overlapping another. A token is taken
// as far as characters of base64url follow, wherever it begins; one that is glued to such characters at its end is not
// found, nor is one of more than [MaxTokenLen] bytes. The time is linear in len(text).
func FindTokens(text []byte) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		f := finder{text: text, whole: true}
		for f.next() {
			if !yield(f.found) {
				return
			}
		}
	}
}

// ReplaceTokens copies r to w and puts in the place of each token that [FindTokens] would find what replace appends to
// dst, which is text itself where the token is to stay. text is valid until replace returns. It writes what it has
// before it reads on, and holds at most some MaxTokenLen bytes.
func ReplaceTokens(w io.Writer, r io.Reader, replace func(dst, text []byte, t Token) []byte) error {
	var (
		buf     = make([]byte, 0, 64<<10)
		out     []byte
		pending int // bytes of buf that may be the beginning of a token
	)
	for whole := false; !whole; {
		// At least as much as waits already: a token that comes in small pieces is not scanned over and over.
		for need := pending + max(1, pending); !whole && len(buf) < min(need, cap(buf)); {
			n, err := r.Read(buf[len(buf):cap(buf)])
			buf = buf[:len(buf)+n]
			if whole = errors.Is(err, io.EOF); err != nil && !whole {
				return fmt.Errorf("crypto: find tokens: read: %w", err)
			}
		}
		f := finder{text: buf, whole: whole}
		out = out[:0]
		copied := 0
		for f.next() {
			out = append(out, buf[copied:f.found.Start]...)
			out = replace(out, buf[f.found.Start:f.found.End], f.found.Token)
			copied = f.found.End
		}
		out = append(out, buf[copied:f.pos]...)
		if _, err := w.Write(out); err != nil {
			return fmt.Errorf("crypto: find tokens: write: %w", err)
		}
		pending = copy(buf, buf[f.pos:])
		if buf = buf[:pending]; pending > cap(buf)/2 {
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
	}
	return nil
}

// A finder walks over a text. Where the text is not whole it stops at what may be the beginning of a token whose rest is
// still to come.
type finder struct {
	text  []byte
	whole bool
	pos   int // all before it has been dealt with
	found Found
}

func (f *finder) next() bool {
	for {
		v := bytes.IndexByte(f.text[f.pos:], 'v')
		if v < 0 {
			f.pos = len(f.text)
			return false
		}
		start := f.pos + v
		n, open := candidate(f.text[start:])
		if open && !f.whole && len(f.text)-start <= MaxTokenLen {
			f.pos = start
			return false
		}
		if n > 0 && n <= MaxTokenLen {
			if t, ok := ParseToken(f.text[start : start+n]); ok {
				f.found = Found{Start: start, End: start + n, Token: t}
				f.pos = start + n
				return true
			}
		}
		f.pos = start + 1
	}
}

// candidate returns the length of what text begins with if that is a version, a domain's name and a run of base64url, and
// 0 otherwise. open says that the text ends before it is clear whether or how far.
func candidate(text []byte) (n int, open bool) {
	for i := range versionLen {
		if i == len(text) {
			return 0, true
		}
		c := text[i]
		if i == 1 && c != 't' && c != 'h' && c != 'e' || i != 1 && c != "v?1."[i] {
			return 0, false
		}
	}
	rest := text[versionLen:]
	name := domainNameLen(rest)
	if name == len(rest) {
		return 0, true
	}
	if name == 0 || rest[name] != '.' {
		return 0, false
	}
	for n = versionLen + name + 1; n < len(text); n++ {
		if _, ok := sextet(text[n]); !ok {
			return n, false
		}
	}
	return n, true
}
