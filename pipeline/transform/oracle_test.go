package transform_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"voile/pipeline/scan"
)

// The oracle says what the transform has to make of a text, byte by byte, in the plainest way there is: it parses to trees,
// evaluates each path by itself, and gives a list of edits of each text, which it then spells for the text around. It knows
// nothing of automata, plans and memory that is used again.

// An edit puts rep in the place of text[s:e].
type edit struct {
	s, e int
	rep  string
}

func applied(text string, edits []edit) string {
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.s] + e.rep)
		at = e.e
	}
	return b.String() + text[at:]
}

// An oRule is a rule as the oracle knows it.
type oRule struct {
	action string // d, secret, redact, remove, truncate
	redact bool   // on_invalid
}

// An oWay is what is left of a rule's way.
type oWay struct {
	rule  int
	steps []oStep
}

// An oStep decodes, and then selects: by a path, the names at a path, or a part.
type oStep struct {
	decoder string
	keys    bool
	path    []oSegment
	part    string
}

type oracle []oRule

// An outcome is what becomes of a value.
type outcome int

const (
	stays outcome = iota
	edited
	goes
	fails
)

// A oValue is a value or a text.
type oValue struct {
	raw  string
	json bool
	kind byte // its first byte, with json
}

func (v oValue) void() bool { return v.raw == "" || v.json && (v.kind == 'n' || v.raw == `""`) }

// text is the text of a string or a text; ok only where it can be read.
func (v oValue) text() (text string, ok bool) {
	if !v.json {
		return v.raw, true
	}
	if v.kind != '"' {
		return "", false
	}
	text, _, ok = unescaped(v.raw[1 : len(v.raw)-1])
	return text, ok
}

// unescaped gives a text, and for each of its bytes, and its end, where in body that is spelled.
func unescaped(body string) (text string, at []int, ok bool) {
	var b strings.Builder
	for i := 0; i < len(body); {
		n := 1
		if body[i] == '\\' {
			n = 2
			if body[i+1] == 'u' {
				n = 6
				if i+12 <= len(body) && body[i+6:i+8] == `\u` && strings.ContainsAny(body[i+2:i+3], "dD") && strings.ContainsAny(body[i+3:i+4], "89abAB") {
					n = 12
				}
			}
			var one string
			if json.Unmarshal([]byte(`"`+body[i:i+n]+`"`), &one) != nil || strings.ContainsRune(one, utf8.RuneError) && !strings.EqualFold(body[i:i+n], `\ufffd`) {
				return "", nil, false
			}
			for range len(one) {
				at = append(at, i)
			}
			b.WriteString(one)
		} else {
			at = append(at, i)
			b.WriteByte(body[i])
		}
		i += n
	}
	if text = b.String(); strings.Contains(body, `\`) && !utf8.ValidString(text) {
		return "", nil, false
	}
	return text, append(at, len(body)), true
}

// take gives what becomes of v where these ways meet, as edits of v.raw.
func (o oracle) take(v oValue, ways []oWay) (outcome, []edit) {
	if len(ways[0].steps) == 0 {
		out, rep := o.act(v, o[ways[0].rule])
		return out, []edit{{0, len(v.raw), rep}}
	}
	if v.void() {
		return stays, nil
	}
	var decoders []string
	by := map[string][]oWay{}
	for _, w := range ways {
		if len(w.steps) > 0 {
			d := w.steps[0].decoder
			if by[d] == nil {
				decoders = append(decoders, d)
			}
			by[d] = append(by[d], w)
		}
	}
	if len(decoders) == 1 {
		return o.enter(v, by[decoders[0]])
	}
	whole, changed := len(v.raw), stays
	for _, d := range decoders {
		out, edits := o.enter(v, by[d])
		switch out {
		case fails, goes:
			return out, nil
		case edited:
			v.raw, changed = applied(v.raw, edits), edited
		}
	}
	return changed, []edit{{0, whole, v.raw}}
}

// enter goes inside by one decoder.
func (o oracle) enter(v oValue, ways []oWay) (outcome, []edit) {
	text, ok := v.text()
	out, edits := fails, []edit(nil)
	if ok {
		switch d := ways[0].steps[0].decoder; d {
		case "json":
			if ok = json.Valid([]byte(text)); ok {
				out, edits = o.inJSON(text, ways)
			}
		case "base64", "base64url":
			out, edits, ok = o.inBase64(text, ways, d)
		default:
			out, edits = o.inParts(text, ways, d)
		}
	}
	if !ok {
		for _, w := range ways {
			if !o[w.rule].redact {
				return fails, nil
			}
		}
		return edited, []edit{{0, len(v.raw), v.spell("[redacted]")}}
	}
	if out != edited || !v.json {
		return out, edits
	}
	_, at, _ := unescaped(v.raw[1 : len(v.raw)-1])
	outer := []edit{{0, 1, `"`}}
	for _, e := range edits {
		outer = append(outer, edit{1 + at[e.s], 1 + at[e.e], string(scan.AppendBody(nil, []byte(e.rep)))})
	}
	return edited, append(outer, edit{len(v.raw) - 1, len(v.raw), `"`})
}

func (v oValue) spell(text string) string {
	if v.json {
		return string(scan.AppendString(nil, []byte(text)))
	}
	return text
}

func (o oracle) inBase64(text string, ways []oWay, decoder string) (outcome, []edit, bool) {
	padded, bare := base64.StdEncoding, base64.RawStdEncoding
	if decoder == "base64url" {
		padded, bare = base64.URLEncoding, base64.RawURLEncoding
	}
	pads := strings.HasSuffix(text, "=") || decoder == "base64" && len(text)%4 == 0
	plain, err := bare.DecodeString(strings.TrimRight(text, "="))
	again := bare
	if pads {
		again = padded
	}
	if err != nil || again.EncodeToString(plain) != text {
		return fails, nil, false
	}
	for i, w := range ways {
		ways[i] = oWay{w.rule, w.steps[1:]}
	}
	out, edits := o.take(oValue{raw: string(plain)}, ways)
	return out, []edit{{0, len(text), again.EncodeToString([]byte(applied(string(plain), edits)))}}, true
}

// url is RFC 3986 appendix B, with a scheme as §3.1 has it.
var url = regexp.MustCompile(`(?s)^(?:[A-Za-z][A-Za-z0-9+.\-]*:)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$`)

// inParts goes into a URL or a form.
func (o oracle) inParts(text string, ways []oWay, decoder string) (outcome, []edit) {
	var edits []edit
	out, done := stays, 0
	part := func(names []string, start, end, from, to int, plus bool) bool {
		var here []oWay
		for _, name := range names {
			if slices.ContainsFunc(ways, func(w oWay) bool { return w.steps[0].part == name }) {
				for _, w := range ways {
					if slices.Contains(names[slices.Index(names, name):], w.steps[0].part) {
						here = append(here, oWay{w.rule, w.steps[1:]})
					}
				}
				break
			}
		}
		if here == nil {
			return true
		}
		plain, at := unpercent(text[start:end], plus)
		effect, inner := o.take(oValue{raw: plain}, here)
		switch effect {
		case fails:
			return false
		case goes:
			edits, out = append(edits, edit{max(done, from), to, ""}), edited
			done = to
		case edited:
			for _, e := range inner {
				edits = append(edits, edit{start + at[e.s], start + at[e.e], percent(e.rep)})
			}
			out, done = edited, end
		}
		return true
	}
	parameters := func(start, end, lead int, prefix string) bool {
		for pos := start; pos < end; {
			one, _, _ := strings.Cut(text[pos:end], "&")
			stop := pos + len(one)
			name, value, ok := strings.Cut(one, "=")
			if name, _ = unpercent(name, true); ok {
				from := pos
				if stop == end {
					from = max(pos-1, lead)
				}
				if !part([]string{prefix + name, prefix + "*"}, stop-len(value), stop, from, min(stop+1, end), true) {
					return false
				}
			}
			pos = stop + 1
		}
		return true
	}
	if decoder == "form" {
		if !parameters(0, len(text), 0, "") {
			return fails, nil
		}
		return out, edits
	}
	at := url.FindStringSubmatchIndex(text)
	ok := true
	if n := strings.LastIndexByte(text[max(at[2], 0):max(at[3], 0)], '@'); n >= 0 {
		ok = part([]string{"userinfo"}, at[2], at[2]+n, at[2], at[2]+n+1, false)
	}
	path, end := at[4], at[5]
	if path < end && text[path] == '/' {
		path++
	}
	if slices.ContainsFunc(ways, func(w oWay) bool { return w.steps[0].part == "path" }) {
		if path < end {
			ok = ok && part([]string{"path"}, path, end, path, end, false)
		}
	} else {
		for i, segment := range strings.Split(text[path:end], "/") {
			if segment != "" {
				ok = ok && part([]string{"path." + string(rune('0'+i))}, path, path+len(segment), path, path+len(segment), false)
			}
			path += len(segment) + 1
		}
	}
	if at[6] >= 0 {
		ok = ok && parameters(at[6], at[7], at[6]-1, "query.")
	}
	if at[8] < at[9] {
		ok = ok && part([]string{"fragment"}, at[8], at[9], at[8]-1, at[9], false)
	}
	if !ok {
		return fails, nil
	}
	return out, edits
}

// escapes are percent-encoded bytes.
var escapes = regexp.MustCompile(`^%[0-9A-Fa-f]{2}`)

// unpercent gives a text, and for each of its bytes, and its end, where in raw that is spelled.
func unpercent(raw string, plus bool) (text string, at []int) {
	var b strings.Builder
	for i := 0; i < len(raw); {
		at = append(at, i)
		if escape := escapes.FindString(raw[i:]); escape != "" {
			c, _ := hex.DecodeString(escape[1:])
			b.Write(c)
			i += 3
			continue
		}
		c := raw[i]
		if c == '+' && plus {
			c = ' '
		}
		b.WriteByte(c)
		i++
	}
	return b.String(), append(at, len(raw))
}

func percent(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if strings.IndexByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// act does what a rule does with a value that it takes whole.
func (o oracle) act(v oValue, r oRule) (outcome, string) {
	if v.void() && r.action != "remove" || r.redact && v.raw == v.spell("[redacted]") {
		return stays, ""
	}
	isText := !v.json || v.kind == '"'
	text, readable := v.raw, true
	if isText {
		text, readable = v.text()
		readable = readable && utf8.ValidString(text)
	}
	scalar := !v.json || v.kind != '{' && v.kind != '['
	switch {
	case r.action == "redact":
		return edited, v.spell("[redacted]")
	case r.action == "remove":
		return goes, ""
	case (!readable || !scalar && r.action != "secret") && r.redact:
		return edited, v.spell("[redacted]")
	case !readable || !scalar && r.action != "secret":
		return fails, ""
	case r.action == "truncate" && utf8.RuneCountInString(text) <= 2:
		return stays, ""
	case r.action == "truncate":
		return edited, v.spell(string([]rune(text)[:2]))
	case tokens.MatchString(text) && strings.HasPrefix(text, "vt1."+r.action+".") && (isText || r.action == "d"):
		return stays, ""
	case r.action == "secret" && v.json:
		return edited, v.spell(tok("secret", v.raw))
	case r.action == "secret":
		return edited, tok("secret", string(scan.AppendString(nil, []byte(text))))
	}
	return edited, v.spell(tok("d", strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}, text)))
}

// tokens are those of testDomain.
var tokens = regexp.MustCompile(`^vt1\.[a-z]+\.[0-9a-f]*$`)
