package generalize_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"voile/pipeline/generalize"
)

func TestShift(t *testing.T) {
	for _, test := range []struct {
		name, text string
		days       int
		want       string // "" where it is refused
	}{
		{"a date", "2026-03-02", 3, "2026-03-05"},
		{"back over a month", "2026-03-02", -2, "2026-02-28"},
		{"over 29 February", "2024-02-28", 2, "2024-03-01"},
		{"over a year", " 2025-12-31 ", 1, "2026-01-01"},
		{"its time stays", "2026-03-02T07:00:06.123Z", 30, "2026-04-01T07:00:06.123Z"},
		{"its offset stays", "2026-03-01 00:30:00.5+02:00", -1, "2026-02-28 00:30:00.5+02:00"},
		{"basic", "20260302T070006Z", 1, "20260303T070006Z"},
		{"a basic date", "19841130", 1, "19841201"},
		{"a leap second", "2016-12-31T23:59:60Z", 1, "2017-01-01T23:59:60Z"},
		{"seconds", "1772434806", 1, "1772521206"},
		{"seconds with a fraction", "1772434806.120", -1, "1772348406.120"},
		{"milliseconds", "1772434806000", 365, "1803970806000"},
		{"microseconds", "1772434806123456", -1, "1772348406123456"},
		{"nanoseconds", "1772434806123456789", 1, "1772521206123456789"},
		{"to before 1970", "1.25", -1, "-86398.75"},
		{"to just before 1970", "86399.9", -1, "-0.1"},
		{"to just after 1970", "-86399.90", 1, "0.10"},
		{"from before 1970", "-0.5", 1, "86399.5"},
		{"before 1970", "-100.50", -1, "-86500.50"},
		{"zeros behind the point", "1.00", -1, "-86399.00"},
		{"to 0", "86400", -1, "0"},
		{"to 0 with zeros", "-86400.0", 1, "0.0"},
		{"to the end of time", "9999-12-31", 1, ""},
		{"to before the first year", "0001-01-01", -1, ""},
		{"digits of a year that is nobody's", "21991231", 1, ""},
		{"a count that another unit would be taken for", "4102444800", 1, ""},
		{"a count that a date would be taken for", "1", 211, ""},
		{"a month", "1984-11", 1, ""},
		{"a year", "1984", 1, ""},
		{"no date", "Ana", 1, ""},
		{"an exponent", "1.7e9", 1, ""},
		{"nothing", "", 1, ""},
	} {
		have, ok := generalize.AppendShifted([]byte("x"), []byte(test.text), test.days)
		if string(have) != "x"+test.want || ok != (test.want != "") {
			t.Errorf("%s: %s by %d: have %s, %v, want %s", test.name, test.text, test.days, have, ok, test.want)
		}
	}
}

// FuzzShift: what is shifted and shifted back is what it was, in the same layout, and two dates keep their distance.
func FuzzShift(f *testing.F) {
	for _, text := range []string{"2026-03-02T07:00:06.000Z", "20260302", "2024-02-29 23:59", "-0.5", "86399.001", "1772434806123", "1984-11", "0001-01-01"} {
		f.Add(text, 30, int64(1772434806))
	}
	f.Fuzz(func(t *testing.T, text string, days int, seconds int64) {
		days %= 3651
		if there, ok := generalize.AppendShifted(nil, []byte(text), days); ok {
			back, ok := generalize.AppendShifted(nil, there, -days)
			same, _ := generalize.AppendShifted(nil, []byte(text), 0)
			if !ok || string(back) != string(same) {
				t.Fatalf("%q by %d: %s, and back: %s, %v", text, days, there, back, ok)
			}
			if days != 0 && string(there) == string(same) {
				t.Fatalf("%q by %d days stays", text, days)
			}
		}
		at := time.Unix(seconds%4_000_000_000, 0).UTC()
		want := at.AddDate(0, 0, days)
		if y, w := at.Year(), want.Year(); min(y, w) < 1900 || max(y, w) > 2099 {
			return
		}
		for _, layout := range []string{time.DateOnly, "20060102", time.RFC3339, "20060102T150405Z", "2006-01-02 15:04 UTC"} {
			if have, ok := generalize.AppendShifted(nil, []byte(at.Format(layout)), days); !ok || string(have) != want.Format(layout) {
				t.Fatalf("%s by %d: have %s, %v, want %s", at.Format(layout), days, have, ok, want.Format(layout))
			}
		}
		in := strconv.FormatInt(at.Unix(), 10)
		if min(at.Unix(), want.Unix()) < 100_000_000 {
			return // as few digits as a date has
		}
		if have, ok := generalize.AppendShifted(nil, []byte(in), days); !ok || string(have) != fmt.Sprint(want.Unix()) {
			t.Fatalf("%s by %d: have %s, %v, want %d", in, days, have, ok, want.Unix())
		}
	})
}
