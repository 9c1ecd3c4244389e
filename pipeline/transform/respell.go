package transform

import (
	"bytes"

	"voile/pipeline/embedded"
	"voile/pipeline/scan"
)

// Around what is replaced inside a text, the spelling of the text stays: "\u00e9" stays an escape and "é" a letter, %2f and %2F
// stay what they are. So out, which takes the place of the text that raw spells, is spelled as raw is where it was copied from
// the text, and anew elsewhere.

// respellString appends out as a JSON string with its quotes. raw is the string that it takes the place of, same says which bytes
// of out are those of raw's text. copies gets which of what was appended are those of raw.
func respellString(dst, raw []byte, escaped bool, out []byte, same, copies []scan.Copy) ([]byte, []scan.Copy) {
	base := len(dst)
	dst = append(dst, '"')
	body := raw[1 : len(raw)-1]
	done, at, text := 0, 0, 0 // of out; in body; in the text that body spells
	for _, c := range same {
		dst = scan.AppendBody(dst, out[done:c.Dst])
		from, to := c.Src, c.Src+c.Len
		if escaped {
			at, text = spelled(body, at, text, c.Src, '\\', scan.Unit)
			from = at
			at, text = spelled(body, at, text, c.Src+c.Len, '\\', scan.Unit)
			to = at
		}
		copies = append(copies, scan.Copy{Src: 1 + from, Dst: len(dst) - base, Len: to - from})
		dst = append(dst, body[from:to]...)
		done = c.Dst + c.Len
	}
	dst = scan.AppendBody(dst, out[done:])
	return append(dst, '"'), copies
}

// respellPercent appends out in percent-encoding. raw is what it takes the place of, and begins at offset in the text that copies
// is about, which dst is to take the place of.
func respellPercent(dst, raw []byte, out []byte, same, copies []scan.Copy, offset int) ([]byte, []scan.Copy) {
	done, at, text := 0, 0, 0
	for _, c := range same {
		dst = embedded.AppendEscaped(dst, out[done:c.Dst])
		at, text = spelled(raw, at, text, c.Src, '%', percentUnit)
		from := at
		at, text = spelled(raw, at, text, c.Src+c.Len, '%', percentUnit)
		copies = append(copies, scan.Copy{Src: offset + from, Dst: len(dst), Len: at - from})
		dst = append(dst, raw[from:at]...)
		done = c.Dst + c.Len
	}
	return embedded.AppendEscaped(dst, out[done:]), copies
}

// spelled gives where in raw the text's byte at want is spelled, from a place on where raw[at:] spells text[text:]. What does not
// begin with mark spells itself.
func spelled(raw []byte, at, text, want int, mark byte, unit func([]byte) (int, int)) (int, int) {
	for text < want && at < len(raw) {
		if raw[at] == mark {
			spelling, length := unit(raw[at:])
			at, text = at+spelling, text+length
			continue
		}
		run := min(want-text, len(raw)-at)
		if n := bytes.IndexByte(raw[at:at+run], mark); n >= 0 {
			run = n
		}
		at, text = at+run, text+run
	}
	return at, text
}

// percentUnit is one byte, escaped or not; whether + is a space makes no difference for how long it is.
func percentUnit(raw []byte) (spelling, length int) {
	_, n := embedded.Unit(raw, false)
	return n, 1
}
