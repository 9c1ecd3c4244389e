package detect

import (
	"errors"
	"slices"
	"strconv"

	"github.com/nyaruka/phonenumbers"
)

// A dialing has the lengths of the world's numbers, and the region's own way to write them. It does not change.
type dialing struct {
	lengths [1000]uint16 // by country code: a bit for each length of a national number

	region string
	code   int    // the region's country code; 0: no region
	prefix string // the code, as digits
	trunk  string // what comes before a national number in its own country: 0 in most
	single bool   // the region's numbers all have one length
}

// newDialing asks the library for what its tables say of lengths. region may be "".
func newDialing(region string) (*dialing, error) {
	d := &dialing{region: region}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		for length := 4; length < maxNumber; length++ {
			n := &phonenumbers.PhoneNumber{}
			national := uint64(2)
			for range length - 1 {
				national = national*10 + 2
			}
			n.CountryCode, n.NationalNumber = ptr(int32(code)), ptr(national)
			if phonenumbers.IsPossibleNumberWithReason(n) == phonenumbers.IS_POSSIBLE {
				d.lengths[code] |= 1 << length
			}
		}
	}
	if region == "" {
		return d, nil
	}
	if len(region) != 2 || !phonenumbers.GetSupportedRegions()[region] {
		return nil, errors.New("unknown region: an ISO 3166-1 alpha-2 code in capitals is expected, as FR")
	}
	d.code = phonenumbers.GetCountryCodeForRegion(region)
	d.prefix = strconv.Itoa(d.code)
	d.trunk = phonenumbers.GetNddPrefixForRegion(region, true)
	d.single = d.lengths[d.code]&(d.lengths[d.code]-1) == 0
	return d, nil
}

func ptr[T any](v T) *T { return &v }

// possible says whether digits are a country code and a national number of a length that the country has, also behind a
// zero, which people keep from the national form.
func (d *dialing) possible(digits []byte) bool {
	if len(digits) < 7 || len(digits) > maxNumber || digits[0] == '0' {
		return false
	}
	code := 0
	for i, c := range digits[:3] {
		code = code*10 + int(c-'0')
		if lengths := d.lengths[code]; lengths != 0 {
			national := digits[i+1:]
			return lengths>>len(national)&1 != 0 || national[0] == '0' && lengths>>(len(national)-1)&1 != 0
		}
	}
	return false
}

// national says whether digits, without a trunk prefix, are a number of the region.
func (d *dialing) national(digits []byte) bool {
	if len(digits) >= maxNumber || d.lengths[d.code]>>len(digits)&1 == 0 || digits[0] == '0' {
		return false
	}
	if d.single {
		return true
	}
	n := d.parse(digits)
	return n != nil && phonenumbers.IsValidNumber(n)
}

// zero says whether the region's trunk prefix begins with a zero, as no other number does.
func (d *dialing) zero() bool { return d.trunk != "" && d.trunk[0] == '0' }

// grouped says whether digits, as they are dialed in the region, are a valid number in the groups in which its numbers are
// written.
func (d *dialing) grouped(digits []byte, written *dialed) bool {
	bare := len(digits)
	if hasPrefix(digits, d.trunk) {
		bare -= len(d.trunk)
	}
	if len(digits) < 8 || d.lengths[d.code]>>bare&1 == 0 && d.lengths[d.code]>>len(digits)&1 == 0 {
		return false
	}
	n, err := phonenumbers.Parse(string(digits), d.region)
	if err != nil || int(n.GetCountryCode()) != d.code || !phonenumbers.IsValidNumber(n) {
		return false
	}
	var usual []int
	group := 0
	for _, c := range []byte(phonenumbers.Format(n, phonenumbers.NATIONAL) + " ") {
		if isDigit(c) {
			group++
		} else if group > 0 {
			usual = append(usual, group)
			group = 0
		}
	}
	groups := written.groups()
	return slices.Equal(usual, groups) || string(digits[:groups[0]]) == d.trunk && slices.Equal(usual, groups[1:])
}

func (d *dialing) parse(national []byte) *phonenumbers.PhoneNumber {
	n, err := phonenumbers.Parse("+"+d.prefix+string(national), d.region)
	if err != nil {
		return nil
	}
	return n
}
