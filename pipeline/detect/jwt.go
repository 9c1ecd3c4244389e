package detect

import "encoding/base64"

// jwt finds JSON Web Tokens in the compact form (RFC 7519 §3, RFC 7515 §7.1): three parts of base64url between dots, the
// first two JSON objects, the first of which names an algorithm, as every header must (RFC 7515 §4.1.1). The last part is
// empty where the algorithm is none. The claims name somebody, and the token lets others act for them.
var jwt = detector{
	kind:   JWT,
	needs:  []class{dot | letters},
	first:  ".", // the first one: few texts have a dot before an object
	inside: true,
	find: func(c candidate) (start, end int) {
		if !beginsObject(c.text, c.at+1) {
			return 0, 0
		}
		for start = c.at; start > 0 && c.text[start-1] != '.' && isBase64URL(c.text[start-1]); {
			start--
		}
		if start > 0 && c.text[start-1] == '.' || !beginsObject(c.text, start) || !isHeader(c.text[start:c.at]) {
			return 0, 0
		}
		claims := base64Run(c.text, c.at+1)
		if claims >= len(c.text) || c.text[claims] != '.' {
			return 0, 0
		}
		return start, base64Run(c.text, claims+1)
	},
}

// beginsObject says whether what is encoded at i may begin with {" or with { and white space.
func beginsObject(text []byte, i int) bool {
	return i+1 < len(text) && text[i] == 'e' && (text[i+1] == 'y' || text[i+1] == 'w')
}

func isBase64URL(c byte) bool { return isAlnum(c) || c == '-' || c == '_' || c == '.' }

func base64Run(text []byte, i int) int {
	for i < len(text) && text[i] != '.' && isBase64URL(text[i]) {
		i++
	}
	return i
}

// isHeader says whether the begin of what is encoded is a JSON object, and "alg" is among its first names. A header is
// small; what is longer than room is looked at as far as room goes.
func isHeader(encoded []byte) bool {
	var room [768]byte
	n, err := base64.RawURLEncoding.Decode(room[:], encoded[:min(len(encoded), 1024)])
	if err != nil && n == 0 {
		return false
	}
	return namesAlgorithm(room[:n])
}

// namesAlgorithm says whether header is an object one of whose names is alg, with a string.
func namesAlgorithm(header []byte) bool {
	i := skipBlanks(header, 0)
	if i >= len(header) || header[i] != '{' {
		return false
	}
	for i++; i+5 < len(header); i++ {
		if string(header[i:i+5]) != `"alg"` {
			continue
		}
		if j := skipBlanks(header, i+5); j < len(header) && header[j] == ':' {
			j = skipBlanks(header, j+1)
			return j < len(header) && header[j] == '"'
		}
	}
	return false
}

func skipBlanks(s []byte, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}
