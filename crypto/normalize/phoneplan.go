package normalize

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// This file is the short way of phone: what the library makes of digits with a plus sign or without, computed from the
// library's own metadata without its strings, locks and searches. phoneplan_test.go holds it to the library, over numbers of every
// region.

// A plan is a region's numbering plan, as far as parsing needs it.
type plan struct {
	code     string          // the country calling code
	main     *plan           // of the code's main region: its lengths decide whether a number of the code is possible
	national *digitMachine   // the numbers of the plan, without prefixes
	lengths  [24]lengthClass // by number of digits; above, too long
	trunk    prefix          // the national prefix: 0 in most of Europe
	rule     []byte          // what takes the prefix's place, as in Argentina; mostly nothing
	dialOut  prefix          // the international prefix: 00 in most of the world
}

// lengthClass is what the library calls a ValidationResult.
type lengthClass byte

const (
	tooLong lengthClass = iota
	possible
	localOnly
	tooShort
	wrongLength
)

// A prefix is a list of alternatives, the first of which that fits is taken, or an expression. The zero prefix fits nothing.
type prefix struct {
	literals []string
	start    *digitMachine
	pattern  *regexp.Regexp
}

// numbering has the plans of every region and every country calling code.
type numbering struct {
	regions map[string]*plan
	codes   [1000]*plan
}

// plans reads the library's metadata, once in a process; nothing changes it. It is nil where the metadata has something that
// is not foreseen here: a number of one country may be read by the plan of another, so there is no part of it to go by.
var plans = sync.OnceValue(newNumbering)

func newNumbering() *numbering {
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		return nil
	}
	const world = "001" // the region of codes that belong to no country
	all := &numbering{regions: map[string]*plan{}}
	for _, m := range metadata.GetMetadata() {
		p, ok := newPlan(m)
		if !ok {
			return nil
		}
		if m.GetId() == world {
			all.codes[m.GetCountryCode()] = p
		} else {
			all.regions[m.GetId()] = p
		}
	}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		if region := phonenumbers.GetRegionCodeForCountryCode(code); region != world {
			all.codes[code] = all.regions[region]
		}
		if all.codes[code] == nil {
			return nil
		}
		all.codes[code].main = all.codes[code]
	}
	for _, p := range all.regions {
		code, _ := strconv.Atoi(p.code)
		if p.main = all.codes[code]; p.main == nil {
			return nil
		}
	}
	return all
}

// newPlan says false where the metadata has something that is not foreseen.
func newPlan(m *phonenumbers.PhoneMetadata) (p *plan, ok bool) {
	general := m.GetGeneralDesc()
	pattern, lengths := general.GetNationalNumberPattern(), general.GetPossibleLength()
	p = &plan{code: strconv.Itoa(int(m.GetCountryCode())), rule: []byte(m.GetNationalPrefixTransformRule())}
	if pattern == "" || len(lengths) == 0 || lengths[0] < 0 || int(lengths[len(lengths)-1]) >= len(p.lengths) || m.GetCountryCode() >= 1000 {
		return nil, false
	}
	for n := range p.lengths {
		p.lengths[n] = classify(int32(n), lengths, general.GetPossibleLengthLocalOnly()) //nolint:gosec // below 24
	}
	var err error
	if p.national, err = compileDigits("^(?:" + pattern + ")$"); err != nil {
		return nil, false
	}
	if trunk := m.GetNationalPrefixForParsing(); trunk != "" {
		if p.trunk, ok = newPrefix(trunk, len(p.rule) == 0); !ok {
			return nil, false
		}
	}
	p.dialOut, ok = newPrefix(m.GetInternationalPrefix(), true)
	return p, ok
}

func classify(n int32, lengths, local []int32) lengthClass {
	for _, l := range local {
		if l == n {
			return localOnly
		}
	}
	for _, l := range lengths {
		if l == n {
			return possible
		}
	}
	switch {
	case n < lengths[0]:
		return tooShort
	case n > lengths[len(lengths)-1]:
		return tooLong
	}
	return wrongLength
}

// newPrefix makes a list of an expression that is one: 00|16. An expression without anything in it fits everywhere.
func newPrefix(pattern string, mayList bool) (p prefix, ok bool) {
	if list := strings.Split(pattern, "|"); mayList && pattern != "" && areDigits([]byte(strings.Join(list, ""))) {
		return prefix{literals: list}, true
	}
	anchored := "^(?:" + pattern + ")"
	start, err := compileDigits(anchored)
	if err != nil {
		return prefix{}, false
	}
	expression, err := regexp.Compile(anchored)
	return prefix{start: start, pattern: expression}, err == nil
}

// find gives the bounds of the prefix of n and of its groups, as package regexp does; nil where it has none. room is for the
// bounds of a list's.
func (p *prefix) find(n []byte, room *[2]int) []int {
	for _, literal := range p.literals {
		if len(n) >= len(literal) && string(n[:len(literal)]) == literal {
			*room = [2]int{0, len(literal)}
			return room[:]
		}
	}
	if p.start == nil || !p.start.matchesStart(n) {
		return nil
	}
	return p.pattern.FindSubmatchIndex(bytes.Clone(n)) // a copy: the expression keeps what it is given, which then cannot be on the stack
}

func (p *plan) class(n int) lengthClass {
	if n >= len(p.lengths) {
		return tooLong
	}
	return p.lengths[n]
}

// strip takes the national prefix away, or puts in its place what the plan says, unless that makes a number of the plan
// one that is none. room is where a changed number is written.
func (p *plan) strip(n, room []byte) []byte {
	var bounds [2]int
	if len(n) == 0 {
		return n
	}
	groups := p.trunk.find(n, &bounds)
	if groups == nil {
		return n
	}
	rest := n[groups[1]:]
	if len(p.rule) > 0 && groups[len(groups)-2] >= 0 { // the last group took part
		rest = append(p.trunk.pattern.Expand(room[:0], p.rule, bytes.Clone(n), groups), rest...)
	}
	if p.national.matchesAll(n) && !p.national.matchesAll(rest) {
		return n
	}
	return rest
}

// e164 appends a number of the plan in E.164 to dst, with its national prefix or without. What it appends it may take for
// granted to be digits: the library writes them back as they are, zeros in front too.
func (p *plan) e164(dst, n []byte) (out []byte, ok bool) {
	const minLength, maxLength = 2, 17
	if len(n) < minLength {
		return dst, false
	}
	var room [64]byte
	switch rest := p.strip(n, room[:0]); p.class(len(rest)) {
	case possible, tooLong:
		n = rest
	}
	if len(n) < minLength || len(n) > maxLength {
		return dst, false
	}
	if class := p.main.class(len(n)); class != possible && class != localOnly {
		return dst, false
	}
	dst = append(dst, '+')
	dst = append(dst, p.code...)
	return append(dst, n...), true
}

// parse appends the number that dialed, which has a digit at least, is in the region of home, in E.164 to dst: one parse of the library.
func (all *numbering) parse(dst, dialed []byte, home *plan) (out []byte, ok bool) {
	plus := dialed[0] == '+'
	if plus {
		dialed = dialed[1:]
		if len(dialed) < 3 {
			return dst, false
		}
		if p, rest := all.country(dialed); p != nil {
			return p.e164(dst, rest)
		}
		// A country that nobody knows: the plus sign is taken for a mistake, where the rest begins with a country.
	}
	var bounds [2]int
	if groups := home.dialOut.find(dialed, &bounds); groups != nil {
		if rest := dialed[groups[1]:]; len(rest) == 0 || rest[0] != '0' { // no country begins with 0
			if p, rest := all.country(rest); p != nil {
				return p.e164(dst, rest)
			}
			return dst, false
		}
	}
	if len(dialed) > len(home.code) && string(dialed[:len(home.code)]) == home.code {
		var room [64]byte
		rest := home.strip(dialed[len(home.code):], room[:0])
		if !home.national.matchesAll(dialed) && home.national.matchesAll(rest) || home.class(len(dialed)) == tooLong {
			return home.main.e164(dst, rest)
		}
	}
	if plus {
		return dst, false
	}
	return home.e164(dst, dialed)
}

// country gives the plan of the country calling code that the digits begin with, and the digits behind it.
func (all *numbering) country(digits []byte) (p *plan, rest []byte) {
	if len(digits) < 3 || digits[0] == '0' {
		return nil, nil
	}
	code := 0
	for i := range 3 {
		code = code*10 + int(digits[i]-'0')
		if p := all.codes[code]; p != nil {
			return p, digits[i+1:]
		}
	}
	return nil, nil
}
