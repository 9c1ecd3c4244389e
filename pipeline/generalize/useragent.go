package generalize

import (
	"bytes"
	"strconv"
)

// A UserAgent keeps the family and the major version of a User-Agent (RFC 9110 §10.1.5).
type UserAgent struct{}

// Other is what a User-Agent becomes that names nothing of the table.
const Other = "other"

// Append appends the family and the major version, such as "Firefox 128"; the family alone where no version stands there;
// "other" where the table knows nothing of it. It understands every text: what comes out is a word of the table and at most
// four digits, and never a piece of the text. Bots come before what they say they are, browsers before what they are made
// of.
func (UserAgent) Append(dst, text []byte) (out []byte, ok bool) {
	text = bytes.TrimSpace(text)
	if ownForm(text) {
		return append(dst, text...), true
	}
	var seen scanned
	for i := 0; i < len(text); {
		if !letter(text[i]) {
			i++
			continue
		}
		end := i + 1
		for end < len(text) && (letter(text[end]) || text[end] == '-') {
			end++
		}
		seen.see(text[i:end], text[end:])
		i = end
	}
	return seen.append(dst), true
}

// scanned is what was found so far.
type scanned struct {
	best    product
	version int // of best; 0: none
	// What is told by several words: Safari, whose version is that of Version, and views inside of applications.
	safari, mobile, webkit, view bool
	named                        int
}

// see looks at one word, and at what stands behind it.
func (s *scanned) see(word, behind []byte) {
	switch string(word) {
	case "Safari":
		s.safari = true
	case "Mobile":
		s.mobile = true
	case "AppleWebKit":
		s.webkit = true
	case "Version":
		s.named = major(behind)
	case "wv":
		s.view = true
	case "Trident":
		if version := major(behind); version > 0 && version < 10 {
			s.take(product{"Internet Explorer", rankEngine}, version+4) // Trident/7 is that of Internet Explorer 11
		}
	default:
		if p, ok := products[string(word)]; ok {
			s.take(p, major(behind))
		} else if robot(word) {
			s.take(product{"bot", rankRobot}, 0)
		}
	}
}

// take keeps the product of the highest rank; of two, the first.
func (s *scanned) take(p product, version int) {
	if p.rank > s.best.rank {
		s.best, s.version = p, version
	}
}

func (s *scanned) append(dst []byte) []byte {
	name, version := s.best.family, s.version
	if s.view && s.best.rank == rankEngine {
		name = "Android WebView"
	}
	if s.webkit && s.best.rank < rankEngine {
		switch {
		case s.safari && s.mobile:
			name, version = "Mobile Safari", s.named
		case s.safari:
			name, version = "Safari", s.named
		case s.mobile:
			name, version = "iOS WebView", 0
		}
	}
	if name == "" {
		name = Other
	}
	dst = append(dst, name...)
	if version > 0 {
		dst = strconv.AppendInt(append(dst, ' '), int64(version), 10)
	}
	return dst
}

// mostVersion is how many digits a version has at most: more could be anything.
const mostVersion = 4

// major reads the number behind a product's name and one character; 0 where it is none, or too long for one.
func major(behind []byte) (version int) {
	if len(behind) == 0 || behind[0] != '/' && behind[0] != ' ' && behind[0] != ':' {
		return 0
	}
	n := digitsAt(behind, 1)
	if n > mostVersion {
		return 0
	}
	version, _ = number(behind[1 : 1+n])
	return version
}

// robot says whether a word ends as the names of robots do.
func robot(word []byte) bool {
	for _, end := range [...]string{"bot", "crawler", "spider"} {
		if n := len(word) - len(end); n >= 0 && bytes.EqualFold(word[n:], []byte(end)) {
			return true
		}
	}
	return false
}

// ownForm says whether text is what Append makes: a family of the table, alone or with a version.
func ownForm(text []byte) bool {
	if i := bytes.LastIndexByte(text, ' '); i > 0 && families[string(text[:i])] {
		n := digitsAt(text, i+1)
		return n > 0 && n <= mostVersion && i+1+n == len(text) && text[i+1] != '0'
	}
	return families[string(text)]
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
