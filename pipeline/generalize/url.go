package generalize

import "bytes"

// A URL cuts URLs (RFC 3986) to their origin, or takes the query and the fragment off them.
type URL struct {
	// Origin says that scheme, host and port are all that stays. Else the path stays too, with all that it may say.
	Origin bool
}

// Append appends what stays of a URL. A user and a password never stay. The origin is spelled as RFC 6454 §6 does, in small
// letters and without the port that its scheme has anyway; without Origin every byte that stays is as it was.
//
// It takes absolute URLs, and those that begin with // or, without Origin, with /. Others say nothing of an origin, or
// could be anything: mailto:, data:, a text.
func (g URL) Append(dst, text []byte) (out []byte, ok bool) {
	text = bytes.TrimSpace(text)
	for _, c := range text {
		if c <= ' ' || c == 0x7f || c == '\\' || c == '"' || c == '<' || c == '>' {
			return dst, false // browsers read some of these as something else
		}
	}
	scheme := schemeLength(text)
	if !bytes.HasPrefix(text[scheme:], slashes) {
		if g.Origin || scheme > 0 || len(text) == 0 || text[0] != '/' {
			return dst, false
		}
		return append(dst, withoutQuery(text)...), true
	}
	rest := text[scheme+len(slashes):]
	end := bytes.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, path := rest[:end], rest[end:]
	authority = authority[bytes.LastIndexByte(authority, '@')+1:]
	host, port, ok := splitHost(authority)
	if !ok {
		return dst, false
	}
	if !g.Origin {
		dst = append(append(append(dst, text[:scheme]...), slashes...), authority...)
		return append(dst, withoutQuery(path)...), true
	}
	dst = append(appendLower(dst, text[:scheme]), slashes...)
	dst = appendLower(dst, host)
	if len(port) > 0 && !usualPort(text[:scheme], port) {
		dst = append(append(dst, ':'), port...)
	}
	return dst, true
}

var slashes = []byte("//")

// schemeLength counts the bytes of a scheme with its colon (RFC 3986 §3.1); 0: there is none.
func schemeLength(text []byte) int {
	for i, c := range text {
		switch letter := 'a' <= c|0x20 && c|0x20 <= 'z'; {
		case c == ':' && i > 0:
			return i + 1
		case letter, i > 0 && (digit(c) || c == '+' || c == '-' || c == '.'):
		default:
			return 0
		}
	}
	return 0
}

func withoutQuery(text []byte) []byte {
	if i := bytes.IndexAny(text, "?#"); i >= 0 {
		return text[:i]
	}
	return text
}

// splitHost takes the port off a host, and looks at both: letters, digits, dots, dashes, what is no ASCII, or an IPv6 address
// in brackets.
func splitHost(authority []byte) (host, port []byte, ok bool) {
	host = authority
	if i := bytes.LastIndexByte(authority, ':'); i >= 0 && i > bytes.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
		if n, ok := number(port); len(port) > 0 && !ok || len(port) > 5 || n > 65535 {
			return nil, nil, false
		}
	}
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		_, ok := parse6(host[1 : len(host)-1])
		return host, port, ok
	}
	for _, c := range host {
		if !digit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '.' && c != '-' && c != '_' && c < 0x80 {
			return nil, nil, false
		}
	}
	return host, port, len(host) > 0
}

func usualPort(scheme, port []byte) bool {
	switch string(port) {
	case "80":
		return bytes.EqualFold(scheme, []byte("http:"))
	case "443":
		return bytes.EqualFold(scheme, []byte("https:"))
	}
	return false
}

// appendLower appends text with its capitals of ASCII as small letters.
func appendLower(dst, text []byte) []byte {
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
