package demo

import (
	"fmt"
	"strings"
	"unicode"
)

// A dialect is how a channel's software writes JSON strings. All of them are right, and a proxy must see one value in all.
type dialect struct {
	escape string // the verb of a UTF-16 unit that is not ASCII, "" for none: the text as it is, in UTF-8
	slash  bool   // a slash gets a backslash
}

var dialects = [...]dialect{
	Web:        {},
	Mobile:     {escape: `\u%04X`},
	POS:        {escape: `\u%04x`, slash: true},
	CallCenter: {escape: `\u%04x`},
	Email:      {},
}

// quote writes text as a JSON string.
func (d dialect) quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"', r == '\\', r == '/' && d.slash:
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ', r > 0x7E && d.escape != "": // no text of the demo needs a pair of surrogates
			escape := d.escape
			if escape == "" {
				escape = `\u%04x`
			}
			fmt.Fprintf(&b, escape, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// writtenEmail is how the person's address comes in by that channel.
func (e *event) writtenEmail() string {
	address := e.person.email
	switch e.channel {
	case Web:
		switch e.random.IntN(4) {
		case 0:
			return " " + address
		case 1:
			return capitals(address) + " "
		case 2:
			return "\u00a0" + address
		}
		return capitals(address)
	case Mobile:
		return address + strings.Repeat(" ", e.random.IntN(2))
	case POS:
		return strings.ToUpper(address)
	case CallCenter:
		return capitals(address)
	default:
		return strings.Replace(address, "bücher.example", "xn--bcher-kva.example", 1)
	}
}

// writtenPhone is how the person's number comes in by that channel: a JSON string, or an integer.
func (e *event) writtenPhone(of *person) string {
	n := of.phone
	pairs := []string{"0" + n[:1], n[1:3], n[3:5], n[5:7], n[7:]}
	switch e.channel {
	case Web:
		return strings.Join(pairs, []string{" ", "\u00a0", "-", ""}[e.random.IntN(4)])
	case Mobile:
		return "+33" + n
	case POS:
		return strings.Join(pairs, ".")
	case CallCenter:
		return "33" + n
	default:
		return "0033 " + n[:1] + " " + strings.Join(pairs[1:], " ")
	}
}

// capitals writes the first letter of each part in capitals.
func capitals(s string) string {
	var b strings.Builder
	up := true
	for _, r := range s {
		if up {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		up = r == '.' || r == '@'
	}
	return b.String()
}
