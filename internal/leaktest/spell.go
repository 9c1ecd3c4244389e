package leaktest

import (
	"math/rand/v2"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// spell writes an identity in one of the ways that people and programs do.
func spell(class, canonical string, r *rand.Rand) string {
	pick := func(forms ...string) string { return forms[r.IntN(len(forms))] }
	switch class {
	case "email":
		return spellEmail(canonical, r)
	case "phone":
		return spellPhone(canonical, r)
	case "first_name", "last_name", "full_name":
		return pick(canonical, strings.ToUpper(canonical), strings.ToLower(canonical), norm.NFD.String(canonical), "  "+strings.ReplaceAll(canonical, " ", "  ")+" ")
	case "ip":
		return pick(canonical, canonical, strings.ToUpper(canonical), strings.Replace(canonical, ":db8:", ":0db8:", 1))
	case "device_id", "anonymous_id", "advertising_id":
		return pick(canonical, canonical, strings.ToUpper(canonical))
	case "iban", "card":
		return pick(canonical, grouped(canonical, 4, " "), grouped(canonical, 4, "\u00a0"), grouped(canonical, 4, "-"))
	case "nir":
		return pick(canonical, canonical[:1]+" "+grouped(canonical[1:], 2, " "), strings.ToLower(canonical))
	}
	return canonical
}

func grouped(s string, n int, by string) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%n == 0 {
			b.WriteString(by)
		}
		b.WriteRune(c)
	}
	return b.String()
}

func spellEmail(canonical string, r *rand.Rand) string {
	local, domain, _ := strings.Cut(canonical, "@")
	for _, d := range mailDomains {
		if d[0] == domain && d[1] != "" && r.IntN(2) == 0 {
			domain = d[1]
		}
	}
	out := local + "@" + domain
	switch r.IntN(7) {
	case 0:
		out = strings.ToUpper(out)
	case 1: // as some keyboards write it
		out = strings.ToUpper(out[:1]) + out[1:]
	case 2:
		out = strings.Map(func(c rune) rune {
			if r.IntN(2) == 0 {
				return unicode.ToUpper(c)
			}
			return c
		}, out)
	case 3:
		out = " " + out + "  "
	case 4:
		out = "\u00a0" + norm.NFD.String(out) + "\t"
	}
	return out
}

func spellPhone(canonical string, r *rand.Rand) string {
	if us, ok := strings.CutPrefix(canonical, "+1"); ok {
		area, a, b := us[:3], us[3:6], us[6:]
		return [...]string{canonical, "+1 (" + area + ") " + a + "-" + b, "001 " + area + " " + a + " " + b, "+1-" + area + "-" + a + "-" + b, "+1." + area + "." + a + "." + b}[r.IntN(5)]
	}
	n := canonical[3:] // without the trunk's 0
	by := [...]string{"", " ", ".", "-", "\u00a0", "\u202f"}[r.IntN(6)]
	pairs := grouped("0"+n, 2, by)
	out := [...]string{canonical, "+33" + by + pairs[1:], "0033" + by + pairs[1:], pairs, "+33 (0)" + pairs[1:], "(" + pairs[:2] + ")" + pairs[2:], "+33(0)" + n}[r.IntN(7)]
	if r.IntN(6) == 0 {
		out = strings.Map(func(c rune) rune { // full width
			if '0' <= c && c <= '9' {
				return c - '0' + '０'
			}
			return c
		}, out)
	}
	return out
}
