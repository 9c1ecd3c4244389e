package detect

// phone finds telephone numbers that are written as such (ITU-T E.123, E.164):
//
//   - with a plus sign or 00 before a country code, and a number of a length that the country has;
//   - in the region's national form, with its trunk prefix (0 in most countries), in one run or in groups; where there is
//     none, or it is no 0, in the groups that the region writes, for mere digits are an order or a time as well;
//   - as mere digits that begin with the region's country code of two digits or more and are as long as its numbers: what
//     becomes of an international number in a JSON integer.
//
// Where all numbers of the region have one length (as in France), that is enough, so that ranges that are not given out,
// as those kept for fiction, count; elsewhere the library has to call the number valid. Only that step allocates.
var phone = detector{
	kind:   Phone,
	needs:  []class{digits},
	digits: 7,
	first:  "+(0123456789",
	runs:   ^uint32(0),
	find: func(c candidate) (start, end int) {
		if c.dialing == nil {
			return 0, 0
		}
		switch {
		case c.text[c.at] == '+':
			return c.international(c.at+1, free)
		case c.text[c.at] == '0' && c.at+1 < len(c.text) && c.text[c.at+1] == '0':
			return c.international(c.at+2, apart)
		case c.dialing.code == 0:
			return 0, 0
		case c.run > 8:
			return c.oneRun()
		case c.run > 0 && c.text[c.at] != '0' && c.dialing.zero():
			return 0, 0
		}
		return c.groups()
	},
}

// maxNumber is the most digits of a number with its country code (E.164 §6.2.1).
const maxNumber = 15

// international finds the number whose country code begins at i: the longest of what the groups give.
func (c candidate) international(i int, alone func(text []byte, i, end int) bool) (start, end int) {
	var n dialed
	n.read(c.text, i)
	for ; n.parts > 0; n.parts-- {
		digits, end := n.digits[:n.ends[n.parts-1].digits], n.ends[n.parts-1].at
		if c.dialing.possible(digits) && alone(c.text, c.at, end) {
			return c.at, end
		}
	}
	return 0, 0
}

// oneRun finds a national number, or one with the country code, in a run of digits.
func (c candidate) oneRun() (start, end int) {
	end = c.at + c.run
	if c.run > maxNumber || !apart(c.text, c.at, end) {
		return 0, 0
	}
	digits := c.text[c.at:end]
	d := c.dialing
	if d.zero() && hasPrefix(digits, d.trunk) && d.national(digits[len(d.trunk):]) {
		return c.at, end
	}
	if len(d.prefix) > 1 && hasPrefix(digits, d.prefix) && d.national(digits[len(d.prefix):]) {
		return c.at, end
	}
	return 0, 0
}

// groups finds a national number in groups, all between the same separators but for brackets.
func (c candidate) groups() (start, end int) {
	var n dialed
	n.read(c.text, c.at)
	d := c.dialing
	for ; n.parts > 1; n.parts-- {
		digits, end := n.digits[:n.ends[n.parts-1].digits], n.ends[n.parts-1].at
		if !n.uniform() || n.isDate() || !apart(c.text, c.at, end) {
			continue
		}
		if d.zero() {
			if hasPrefix(digits, d.trunk) && n.least(len(d.trunk)) >= 2 && d.national(digits[len(d.trunk):]) {
				return c.at, end
			}
		} else if d.grouped(digits, &n) {
			return c.at, end
		}
	}
	return 0, 0
}

func hasPrefix(digits []byte, prefix string) bool {
	return len(digits) >= len(prefix) && string(digits[:len(prefix)]) == prefix
}

// A dialed number is the digits of a text in their groups, as far as they might be one telephone number.
type dialed struct {
	digits [maxNumber + 3]byte
	ends   [10]struct {
		digits, at int  // how many digits there are up to the end of the group, and where that is
		sign       byte // the separator before the group; 0 for brackets and for the first one
	}
	parts int
}

// read reads the groups from i on. "(0)" behind a country code, which is dialed only at home, is left out.
func (n *dialed) read(text []byte, i int) {
	count, sign := 0, byte(0)
	for n.parts < len(n.ends) {
		if i < len(text) && text[i] == '(' {
			if n.parts > 0 && i+3 < len(text) && text[i+1] == '0' && text[i+2] == ')' {
				i += 3
				if w := blank(text, i); w > 0 {
					i += w
				}
			} else {
				i++
			}
			sign = 0
		}
		begin := i
		for i < len(text) && isDigit(text[i]) {
			if count == len(n.digits) {
				return
			}
			n.digits[count] = text[i]
			count++
			i++
		}
		if i == begin {
			return
		}
		end := &n.ends[n.parts]
		end.digits, end.at, end.sign = count, i, sign
		n.parts++
		var next int
		if next, sign = separator(text, i); next == i && (i >= len(text) || text[i] != '(') {
			return
		}
		i = next
	}
}

// separator skips what separates two groups at i, and gives its sign: ' ', '.', '-' (for the dashes of Unicode too) or '/'; 0
// for brackets alone and for none.
func separator(text []byte, i int) (next int, sign byte) {
	closing := i < len(text) && text[i] == ')'
	if closing {
		i++
	}
	switch w := blank(text, i); {
	case w > 0:
		i, sign = i+w, ' '
	case i < len(text) && (text[i] == '.' || text[i] == '-' || text[i] == '/'):
		i, sign = i+1, text[i]
	case i+2 < len(text) && text[i] == 0xE2 && text[i+1] == 0x80 && 0x90 <= text[i+2] && text[i+2] <= 0x95: // U+2010 to U+2015
		i, sign = i+3, '-'
	}
	if closing {
		sign = 0
	}
	return i, sign
}

// uniform says whether the same sign separates all groups.
func (n *dialed) uniform() bool {
	sign := byte(0)
	for _, end := range n.ends[:n.parts] {
		if end.sign != 0 && sign != 0 && end.sign != sign {
			return false
		}
		if end.sign != 0 {
			sign = end.sign
		}
	}
	return true
}

// isDate says whether the groups are those of 02.01.2024 or 2024-01-02.
func (n *dialed) isDate() bool {
	e := &n.ends
	return n.parts == 3 && e[2].digits == 8 && (e[0].digits == 2 && e[1].digits == 4 || e[0].digits == 4 && e[1].digits == 6)
}

// least gives the length of the shortest group; a first one that is the trunk prefix alone does not count.
func (n *dialed) least(trunk int) int {
	least, before := len(n.digits), 0
	for i, end := range n.ends[:n.parts] {
		if length := end.digits - before; i > 0 || length > trunk {
			least = min(least, length)
		}
		before = end.digits
	}
	return least
}

// groups gives the lengths of the groups.
func (n *dialed) groups() []int {
	lengths := make([]int, n.parts)
	before := 0
	for i, end := range n.ends[:n.parts] {
		lengths[i] = end.digits - before
		before = end.digits
	}
	return lengths
}
