package config

import (
	"regexp"
	"strings"
	"time"
)

// decimalForm is a decimal number as the file spells it: as many digits behind the point as are written.
var decimalForm = scalarForm[string]{
	what: "a number such as 10 or 0.5", types: []scalarType{numberType, integerType}, rules: object{},
	parse: parseDecimal,
	print: func(v string) (any, bool) { return decimal(v), v != "" },
}

var positiveForm = func() scalarForm[string] {
	f := decimalForm
	f.rules = object{"exclusiveMinimum": 0}
	f.parse = func(s scalar) (string, *fault) {
		v, wrong := parseDecimal(s)
		if wrong == nil && (v[0] == '-' || strings.Trim(v, "0.") == "") {
			wrong = faultf("%s is not greater than 0", s.quote()).hintf("write a step such as 10 or 0.5")
		}
		return v, wrong
	}
	return f
}()

var decimalPattern = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$`)

func parseDecimal(s scalar) (string, *fault) {
	if !decimalPattern.MatchString(s.text) {
		return "", faultf("%s is not a number of at most 10 digits before and 4 behind the point", s.quote()).hintf("such as 10 or 0.5")
	}
	return s.text, nil
}

// A decimal is written to YAML as a number, digit by digit.
type decimal string

// MarshalYAML is the number.
func (d decimal) MarshalYAML() ([]byte, error) { return []byte(d), nil }

// dayForm is a day, in UTC.
var dayForm = scalarForm[time.Time]{
	what: "a day such as 2026-01-01", types: []scalarType{textType}, rules: object{"pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`},
	parse: func(s scalar) (time.Time, *fault) {
		t, err := time.Parse(time.DateOnly, s.text)
		if err != nil || t.Year() < 1900 {
			return time.Time{}, faultf("%s is not a day since 1900", s.quote()).hintf("for example 2026-01-01")
		}
		return t, nil
	},
	print: func(t time.Time) (any, bool) { return t.Format(time.DateOnly), !t.IsZero() },
}
